# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One network of all operations in each operator set, beside ONNX Runtime.

usage: opsets.py MASE_TRANSLATE MASE_RUN FOLDER FIRST LAST

Operations whose attributes became inputs, or whose default changed, are in the form
of their set. Results are the same within 1e-5 of their magnitude, or 1e-5.
"""

import pathlib
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


class Net:
    def __init__(self, opset):
        self.opset, self.nodes, self.parameters = opset, [], []
        self.random = np.random.default_rng(opset)

    def constant(self, array):
        name = f"c{len(self.parameters)}"
        self.parameters.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def normal(self, *shape):
        return self.constant(self.random.normal(size=shape).astype("f4"))

    def node(self, op, *inputs, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def axes(self, op, x, axes):
        if self.opset < 13:
            return self.node(op, x, axes=axes)
        return self.node(op, x, self.constant(np.array(axes, "i8")))

    def body(self, x):
        x = self.node("BatchNormalization", x, *(self.constant(self.random.uniform(0.5, 1, 4).astype("f4")) for _ in range(4)))
        x = self.node("Gemm", x, self.normal(8, 4), self.normal(8), transB=1)
        x = self.node("Relu", x)
        x = self.node("Add", self.node("MatMul", x, self.normal(8, 8)), self.normal(8))
        x = self.node("LeakyRelu", x, alpha=0.25)
        x = self.node("PRelu", x, self.normal(1, 8))
        x = self.axes("Squeeze", self.axes("Unsqueeze", x, [1]), [1])
        x = self.node("Flatten", x)
        x = self.node("Reshape", x, self.constant(np.array([0, 8], "i8")))
        if self.opset < 11:
            x = self.node("Clip", x, min=-2.0, max=2.0)
        else:
            x = self.node("Clip", x, self.constant(np.float32(-2)), self.constant(np.float32(2)))
        if self.opset < 12:
            x = self.node("Dropout", x, ratio=0.5)
        else:
            x = self.node("Dropout", x, self.constant(np.float32(0.5)))
        x = self.node("Identity", self.node("Cast", x, to=TensorProto.FLOAT))
        x = self.node("Sub", self.node("Mul", x, self.node("Sigmoid", x)), self.node("Tanh", x))
        x = self.node("Div", self.node("Neg", x), self.constant(self.random.uniform(1, 2, 8).astype("f4")))
        x = self.node("Add", x, self.node("HardSigmoid", x))
        if self.opset >= 10:
            parameters = self.constant(np.float32(1 / 64)), self.constant(np.int8(3))
            x = self.node("DequantizeLinear", self.node("QuantizeLinear", x, *parameters), *parameters)
        return self.node("Add", self.node("Softmax", x), self.node("LogSoftmax", x))

    def model(self):
        value = lambda name, size: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size])
        y = self.body("x")
        graph = helper.make_graph(self.nodes, "net", [value("x", 4)], [value(y, 8)], self.parameters)
        # The versions of the format that have the sets.
        version = 3 if self.opset < 9 else 4 if self.opset < 11 else 8 if self.opset < 21 else 10
        if version == 3:  # initializers are inputs there
            for p in self.parameters:
                graph.input.append(helper.make_tensor_value_info(p.name, p.data_type, p.dims))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=version)
        onnx.checker.check_model(model)
        return model


def main():
    translate, run, folder, first, last = sys.argv[1:]
    folder = pathlib.Path(folder)
    x = np.random.default_rng(1).normal(size=(50, 4)).astype("f4")
    np.save(folder / "x.npy", x)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    for opset in range(int(first), int(last) + 1):
        model = Net(opset).model()
        onnx.save(model, folder / "net.onnx")
        session = onnxruntime.InferenceSession(folder / "net.onnx", options, providers=["CPUExecutionProvider"])
        expected = session.run(None, {"x": x})[0]
        subprocess.run([translate, "--import-onnx", folder / "net.onnx", "-o", folder / "net.mlir"], check=True)
        subprocess.run([run, folder / "net.mlir", "--input", folder / "x.npy", "--output", folder / "y.npy"], check=True)
        error = np.abs(np.load(folder / "y.npy") - expected) / np.maximum(1, np.abs(expected))
        if error.max() > 1e-5:
            print(f"operator set {opset}: off by {error.max()}")
            return 1
    print(f"same in operator sets {first} to {last}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
