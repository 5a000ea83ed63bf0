# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes small ONNX networks as torch's exporter would: make_onnx.py NAME FILE.

Parameters are small numbers in a fixed pattern, so that tests can name them.
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """Nodes and parameters in the order they are added."""

    def __init__(self, features, outputs, batch="batch"):
        self.nodes, self.parameters = [], []
        self.input = self.value("x", [batch, *features])
        self.output = self.value("logits", [batch, *outputs])

    @staticmethod
    def value(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    def parameter(self, name, *shape, first=1):
        values = np.arange(first, first + np.prod(shape, dtype=int))
        return self.constant(name, values.reshape(shape).astype(np.float32))

    def constant(self, name, array):
        self.parameters.append(numpy_helper.from_array(array, name))
        return name

    def node(self, op, inputs, output, path="", **attributes):
        name = f"{path}/{op}"
        self.nodes.append(
            helper.make_node(op, inputs, [output], name=name, **attributes)
        )
        return output

    def linear(self, x, out, inner, module, output):
        parameters = [
            self.parameter(f"{module}.weight", out, inner),
            self.parameter(f"{module}.bias", out),
        ]
        path = "/" + module
        return self.node("Gemm", [x, *parameters], output, path, transB=1)

    def batch_norm(self, x, width, module, output):
        names = ("weight", "bias", "running_mean", "running_var")
        parameters = [self.parameter(f"{module}.{n}", width) for n in names]
        path = "/" + module
        return self.node("BatchNormalization", [x, *parameters], output, path)

    def quant(self, x, output, scale, zero=0, width=8, path="", **attributes):
        """QONNX's Quant."""
        attributes = {"signed": 1, "narrow": 0, "rounding_mode": "ROUND"} | attributes
        parameters = [
            self.constant(f"{output}.{name}", np.asarray(value, np.float32))
            for name, value in (("scale", scale), ("zero", zero), ("width", width))
        ]
        domain = "qonnx.custom_op.general"
        return self.node("Quant", [x, *parameters], output, path, domain=domain, **attributes)

    def qdq(self, x, output, scale, zero, path, **attributes):
        """QuantizeLinear and DequantizeLinear; `zero` a NumPy integer."""
        parameters = [
            self.constant(f"{output}.scale", np.asarray(scale, np.float32)),
            self.constant(f"{output}.zero", np.asarray(zero)),
        ]
        codes = self.node("QuantizeLinear", [x, *parameters], f"{output}.codes", path, **attributes)
        return self.node("DequantizeLinear", [codes, *parameters], output, path, **attributes)

    def stored(self, name, codes, scale, **attributes):
        """A constant that is stored as codes."""
        self.constant(f"{name}_quantized", codes)
        scale = self.constant(f"{name}_scale", np.asarray(scale, np.float32))
        return self.node("DequantizeLinear", [f"{name}_quantized", scale], name, f"/{name}", **attributes)

    def save(self, path, name="main_graph", opset=13):
        graph = helper.make_graph(
            self.nodes, name, [self.input], [self.output], self.parameters
        )
        model = helper.make_model(
            graph,
            opset_imports=[
                helper.make_opsetid("", opset),
                *(helper.make_opsetid(d, 1) for d in {n.domain for n in self.nodes if n.domain}),
            ],
        )
        model.ir_version = 8
        onnx.save(model, path)


def jsc(path):
    """jsc-new: BN ReLU Linear three times, BN ReLU at the end."""
    g, x, width = Graph([16], [5]), "x", 16
    for k in range(11):
        y, path_k = f"t{k}" if k < 10 else "logits", f"seq_blocks.{k}"
        if k % 3 == 0:
            x = g.batch_norm(x, width, path_k, y)
        elif k % 3 == 1:
            x = g.node("Relu", [x], y, f"/seq_blocks/seq_blocks.{k}")
        else:
            out = {2: 8, 5: 64, 8: 5}[k]
            x = g.linear(x, out, width, path_k, y)
            width = out
    g.save(path)


def residual(path):
    """A block of layers without bias, a skip connection, constants, softmax."""
    g = Graph([2, 2], [4], batch=1)
    g.node("Flatten", ["x"], "f", axis=1)
    g.parameter("onnx::MatMul_9", 4, 4)
    g.parameter("block.fc.bias", 4)
    g.node("MatMul", ["f", "onnx::MatMul_9"], "m", "/block/fc")
    g.node("Add", ["block.fc.bias", "m"], "a", "/block/fc")
    g.node("Relu", ["a"], "r", "/block/act")
    g.node("Dropout", ["r"], "d", "/block/drop")
    g.node("Add", ["d", "f"], "s", "/block")
    g.node("Relu", ["s"], "u", "/block/act")
    g.constant("half", np.float32(0.5))
    g.node("Mul", ["u", "half"], "v")
    g.node("Sub", ["v", g.parameter("shift", 4)], "w")
    g.node("MatMul", ["w", g.parameter("projection", 4, 4)], "p")
    g.node("Identity", ["p"], "i")
    g.node("Softmax", ["i"], "logits", axis=-1)
    g.save(path, name="torch-jit-export", opset=17)


def unsupported(path):
    g = Graph([4], [4])
    g.node("Selu", ["x"], "t", "/act")
    g.node("Erf", ["t"], "s", "/gate")
    g.node("Selu", ["s"], "logits", "/last")
    g.save(path)


def convolution(path):
    g = Graph([1, 4, 4], [1, 2, 2])
    g.node("Conv", ["x", g.parameter("conv.weight", 1, 1, 3, 3)], "logits", "/conv")
    g.save(path)


def sigmoid(path):
    """A binary classifier that gates its input."""
    g = Graph([2, 2], [1])
    g.node("Sigmoid", ["x"], "s", "/gate")
    g.node("Mul", ["x", "s"], "m", "/gated")
    g.node("Flatten", ["m"], "f", axis=1)
    g.linear("f", 1, 4, "fc", "t")
    g.node("Sigmoid", ["t"], "logits", "/last")
    g.save(path)


def log_softmax(path):
    """Before opset 13, when the axis was 1 unless the node said otherwise."""
    g = Graph([4], [3])
    g.linear("x", 3, 4, "fc", "t")
    g.node("LogSoftmax", ["t"], "logits", "/last")
    g.save(path, opset=11)


def shapes(path):
    """The second layer takes 3 features and gets 8."""
    g = Graph([4], [2])
    g.linear("x", 8, 4, "fc1", "t")
    g.linear("t", 2, 3, "fc2", "logits")
    g.save(path)


def qonnx(path):
    """Quantisers in every place that a network has for them."""
    g = Graph([2, 2], [3])
    # In front of a change of shape: the layer behind it takes the format.
    g.quant("x", "q0", 0.0625, path="/input")
    g.node("Flatten", ["q0"], "f", axis=1)
    weight = g.quant(g.parameter("fc1.weight", 3, 4), "w1", [[1], [0.5], [2]], width=5, narrow=1, rounding_mode="CEIL",
                     path="/fc1/weight")
    bias = g.quant(g.parameter("fc1.bias", 3), "b1", 0.25, path="/fc1/bias")
    g.node("Gemm", ["f", weight, bias], "t1", "/fc1", transB=1)
    # Two readers, one of which takes no format: the ReLU's result has it.
    g.node("Relu", ["t1"], "r1", "/act1")
    g.quant("r1", "q1", 0.3, width=6, path="/act1", signed=0, rounding_mode="FLOOR")
    # Without a format of its own the bias stays what it is.
    g.node("BipolarQuant", [g.parameter("fc2.weight", 3, 3, first=-4), g.constant("one", np.float32(1))], "w2",
           domain="qonnx.custom_op.general")
    g.node("MatMul", ["q1", "w2"], "m2", "/fc2")
    g.node("Add", ["m2", g.parameter("fc2.bias", 3)], "t2", "/fc2")
    g.quant("t2", "q2", 0.5, zero=3, width=7, path="/fc2")
    g.node("Add", ["q2", "q1"], "s", "/skip")
    g.quant("s", "q3", 0.5, width=6, path="/skip")
    # Nobody around takes these.
    g.batch_norm("q3", 3, "bn", "n")
    g.quant("n", "logits", 0.125, width=8, path="/output")
    g.save(path)


def qdq(path):
    """As ONNX Runtime's quantiser writes it; and a weight of 4 bits, and values
    that leave in codes' steps."""
    g = Graph([4], [2])
    g.qdq("x", "q0", 0.05, np.uint8(128), "/input")
    codes = np.arange(12, dtype=np.int8).reshape(3, 4) - 6
    weight = g.stored("fc1.weight", codes, [0.5, 0.25, 0.1], axis=0)
    scales = np.float32([0.5, 0.25, 0.1]).astype("f8") * np.float32(0.05)
    bias = g.stored("fc1.bias", np.array([100000, -7, 2**31 - 1], np.int32), scales, axis=-1)
    g.node("Gemm", ["q0", weight, bias], "t1", "/fc1", transB=1)
    g.node("Relu", ["t1"], "r1", "/act1")
    g.qdq("r1", "q1", [0.1, 0.2, 0.4], np.array([1, 2, 3], np.uint16), "/act1", axis=1)
    four = helper.make_tensor("w2_quantized", TensorProto.INT4, [2, 3], [-8, 7, 0, 1, -1, 2])
    g.parameters.append(four)
    scale = g.constant("w2_scale", np.float32(0.125))
    g.node("DequantizeLinear", ["w2_quantized", scale], "w2", "/w2")
    g.node("Gemm", ["q1", "w2"], "t2", "/fc2", transB=1)
    g.qdq("t2", "logits", 0.25, np.int8(-3), "/output")
    g.save(path, opset=21)


FUNCTIONS = (jsc, residual, unsupported, convolution, sigmoid, log_softmax, shapes, qonnx, qdq)
NETWORKS = {f.__name__: f for f in FUNCTIONS}

if __name__ == "__main__":
    NETWORKS[sys.argv[1]](sys.argv[2])
