# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random QONNX networks beside qonnx's own executor, bit for bit.

usage: compare_qonnx.py MASE_TRANSLATE MASE_RUN FOLDER DRAWS

Scales are powers of two and sums are short, so that its binary32 is exact.
"""

import random
import sys

import numpy as np
import random_qonnx
from computing import compute
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from qonnx.transformation.infer_shapes import InferShapes


def execute(path, x, outputs):
    model = ModelWrapper(path)
    result = model.graph.output[0].name
    source = model.graph.input[0].name
    model.set_tensor_shape(source, list(x.shape))
    model.set_tensor_shape(result, [len(x), outputs])
    return execute_onnx(model.transform(InferShapes()), {source: x})[result]


def main():
    translate, run, folder, draws = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    random_qonnx.PLAIN = True
    # The domain that the package registers its operations under.
    random_qonnx.DOMAINS[:] = ["qonnx.custom_op.general"]
    for draw in range(draws):
        net = random_qonnx.draw_network(random.Random(1000 + draw))
        net.save_to(f"{folder}/net.onnx")
        numbers = np.random.default_rng(draw)
        x = (numbers.normal(size=(100, net.first)) * 2).astype("f4")
        x[50:] = numbers.integers(-40, 40, size=(50, net.first)) * np.float32(0.125)  # ties
        y, expected = compute(translate, run, folder, x), execute(f"{folder}/net.onnx", x, net.width)
        if not np.array_equal(y, expected):
            n = int(np.argwhere((y != expected).any(axis=1))[0, 0])
            print(f"draw {draw}, sample {n}: qonnx gives {expected[n]}, mase-run {y[n]}")
            return 1
    print("same")
    return 0


if __name__ == "__main__":
    sys.exit(main())
