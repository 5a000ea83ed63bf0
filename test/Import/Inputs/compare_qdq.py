# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What ONNX Runtime's quantiser makes of a network, beside ONNX Runtime.

usage: compare_qdq.py MASE_TRANSLATE MASE_RUN FOLDER NETWORK.onnx

Static quantisation in the QDQ form, with each type of codes of 8 bits, by tensor
and by channel, and in the form of products of codes (QGemm). Its kernels round where ours do not, so a logit may differ by one
step of the last scale.
"""

import itertools
import logging
import sys

import numpy as np
import onnx
import onnxruntime
from computing import compute
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process


class Samples(CalibrationDataReader):
    def __init__(self, name, x):
        self.batches = iter([{name: x}])

    def get_next(self):
        return next(self.batches, None)


def last_scale(model):
    """That of the DequantizeLinear which the network ends in. In the second form
    the layers behind the last product are in float."""
    makers = {output: node for node in model.graph.node for output in node.output}
    node = makers[model.graph.output[0].name]
    while node.op_type != "DequantizeLinear":
        node = makers[node.input[0]]
    scale = next(t for t in model.graph.initializer if t.name == node.input[1])
    return float(numpy_helper.to_array(scale))


def main():
    translate, run, folder, network = sys.argv[1:5]
    logging.disable()
    quant_pre_process(network, f"{folder}/float.onnx", skip_symbolic_shape=True)
    inputs = onnx.load(network).graph.input[0]
    features = inputs.type.tensor_type.shape.dim[1].dim_value
    numbers = np.random.default_rng(0)
    x = numbers.normal(size=(2000, features)).astype("f4")
    signed, unsigned = QuantType.QInt8, QuantType.QUInt8
    worst, exact, seen = 0, 0, set()
    kinds = itertools.product([(signed, signed), (unsigned, signed), (unsigned, unsigned)], [False, True],
                              [QuantFormat.QDQ, QuantFormat.QOperator])
    for (activation, weight), per_channel, form in kinds:
        samples = Samples(inputs.name, numbers.normal(size=(500, features)).astype("f4"))
        quantize_static(f"{folder}/float.onnx", f"{folder}/net.onnx", samples, quant_format=form,
                        per_channel=per_channel, activation_type=activation, weight_type=weight)
        session = onnxruntime.InferenceSession(f"{folder}/net.onnx", providers=["CPUExecutionProvider"])
        y, expected = compute(translate, run, folder, x), session.run(None, {inputs.name: x})[0]
        steps = np.rint(np.abs(y - expected) / last_scale(onnx.load(f"{folder}/net.onnx"))).max()
        worst, exact = max(worst, int(steps)), exact + np.array_equal(y, expected)
        assert len(np.unique(y)) > 20, "the network is constant"
        seen |= {node.op_type for node in onnx.load(f"{folder}/net.onnx").graph.node}
    print(f"at most {worst} steps; {exact} of 12 to the bit; {', '.join(sorted(seen))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
