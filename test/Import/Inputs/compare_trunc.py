# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Both versions of QONNX's Trunc beside qonnx's executor, bit for bit.

usage: compare_trunc.py MASE_TRANSLATE MASE_RUN FOLDER
"""

import itertools
import sys

import numpy as np
import onnx
from compare_qonnx import execute
from computing import compute
from onnx import TensorProto, helper, numpy_helper

DOMAIN = "qonnx.custom_op.general"


def network(version, rounding, first, signed):
    """Trunc of what a Quant gives (`first`), or of any numbers."""
    nodes, parameters = [], []

    def numbers(*values):
        for value in values:
            name = f"c{len(parameters)}"
            parameters.append(numpy_helper.from_array(np.float32(value), name))
            yield name

    x = "x"
    if first:
        nodes.append(helper.make_node("Quant", [x, *numbers(0.125, 0, 8)], ["q"], domain=DOMAIN, signed=1, narrow=0,
                                      rounding_mode="ROUND"))
        x = "q"
    inputs = numbers(0.125, 0, 8, 5) if version == 1 else numbers(0.125, 0, 8, 1.0, 4)
    attributes = {"rounding_mode": rounding} | ({} if version == 1 else {"signed": signed, "narrow": 0})
    nodes.append(helper.make_node("Trunc", [x, *inputs], ["t"], domain=DOMAIN, **attributes))
    # A layer behind it takes the format.
    nodes.append(helper.make_node("Relu", ["t"], ["y"]))
    value = lambda name, size: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size])
    graph = helper.make_graph(nodes, "net", [value("x", 4)], [value("y", 4)], parameters)
    opsets = [helper.make_opsetid("", 13), helper.make_opsetid(DOMAIN, version)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def main():
    translate, run, folder = sys.argv[1:]
    x = np.random.default_rng(0).normal(size=(200, 4)).astype("f4") * 6
    x[100:] = np.rint(x[100:] * 16) / 16  # ties
    cases = list(itertools.product((1, 2), ("FLOOR", "ROUND", "CEIL", "UP", "HALF_DOWN"), (True, False), (0, 1)))
    for case in cases:
        onnx.save(network(*case), f"{folder}/net.onnx")
        y, expected = compute(translate, run, folder, x), execute(f"{folder}/net.onnx", x, 4)
        assert len(np.unique(expected)) > 4
        if not np.array_equal(y, expected):
            n = np.argwhere(y != expected)[0]
            print(f"{case}: qonnx gives {expected[tuple(n)]} for {x[tuple(n)]}, mase-run {y[tuple(n)]}")
            return 1
    print(f"{len(cases)} cases: same")
    return 0


if __name__ == "__main__":
    sys.exit(main())
