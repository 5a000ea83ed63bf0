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

    def save(self, path, name="main_graph", opset=13):
        graph = helper.make_graph(
            self.nodes, name, [self.input], [self.output], self.parameters
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", opset)]
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
    g.node("Tanh", ["x"], "t", "/act")
    g.node("Erf", ["t"], "s", "/gate")
    g.node("Tanh", ["s"], "logits", "/last")
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


FUNCTIONS = (jsc, residual, unsupported, sigmoid, log_softmax, shapes)
NETWORKS = {f.__name__: f for f in FUNCTIONS}

if __name__ == "__main__":
    NETWORKS[sys.argv[1]](sys.argv[2])
