# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random networks of particles and branches, beside another runtime's results.

usage: random_particles.py MASE_TRANSLATE MASE_RUN FOLDER DRAWS [FIRST]

Networks as exporters write them: a layer of each particle with its
BatchNormalization between two Transposes, sums and means over particles, branches
that part (Split, Slice, Gather, weights that two layers share) and join (Concat,
Add), operands that repeat beside others, and rows of all samples in one matrix.
Results of every engine are the same bits, and within 1e-5 of the other runtime's;
what is exported and imported again is what it was.
"""

import pathlib
import random
import subprocess
import sys

import numpy as np
import onnx
from compare_onnx import evaluator
from onnx import TensorProto, helper, numpy_helper


class Graph:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.numbers = np.random.default_rng(seed)
        self.opset = self.rng.choice([11, 13, 17, 18])
        self.nodes, self.initializers, self.shapes = [], [], {}
        self.weights = {}  # by shape: some layers share them
        self.count = 0
        sample = [self.rng.randint(2, 6), self.rng.randint(2, 5)]
        self.flat = self.rng.random() < 0.2
        self.input = [sample[0] * sample[1]] if self.flat else sample
        self.value = self.note("x", self.input)
        if self.flat:
            shape = self.integers([0, *sample])
            self.value = self.add("Reshape", ["x", shape], sample)

    def note(self, name, shape):
        self.shapes[name] = list(shape)
        return name

    def name(self, kind):
        self.count += 1
        return f"{kind}_{self.count}"

    def add(self, op, inputs, shape, **attributes):
        name = self.name(op.lower())
        self.nodes.append(helper.make_node(op, inputs, [name], name=f"/{name}/{op}", **attributes))
        return self.note(name, shape)

    def parameter(self, values, name=None):
        name = name or self.name("p")
        self.initializers.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def floats(self, *shape, name=None):
        return self.parameter(self.numbers.normal(size=shape, scale=0.6).astype("f4"), name)

    def integers(self, values):
        return self.parameter(np.array(values, "i8"))

    def shape(self, value=None):
        return self.shapes[value or self.value]

    def rank(self):
        return len(self.shape())

    # Layers; shapes are those of a sample.

    def linear(self, value=None, width=None):
        value = value or self.value
        *leading, features = self.shape(value)
        width = width or self.rng.randint(1, 7)
        shared = self.weights.get((features, width))
        if not shared or self.rng.random() < 0.5:
            shared = self.floats(features, width, name=f"block.{self.count}.weight")
            self.weights[features, width] = shared
        if not leading and self.rng.random() < 0.5:
            return self.add("Gemm", [value, shared, self.floats(width)], [width])
        product = self.add("MatMul", [value, shared], [*leading, width])
        if self.rng.random() < 0.8:
            operands = [product, self.floats(width)]
            self.rng.shuffle(operands)
            product = self.add("Add", operands, [*leading, width])
        return product

    def transpose(self, value=None):
        value = value or self.value
        return self.add("Transpose", [value], self.shape(value)[::-1], perm=[0, 2, 1])

    def batch_norm(self):
        turned = self.rank() == 2 and self.rng.random() < 0.7
        value = self.transpose() if turned else self.value
        channels = self.shape(value)[0]
        parameters = [self.floats(channels) for _ in range(3)]
        parameters.append(self.parameter((self.numbers.uniform(0.5, 2, size=channels)).astype("f4")))
        value = self.add("BatchNormalization", [value, *parameters], self.shape(value))
        return self.transpose(value) if turned else value

    def activation(self):
        op = self.rng.choice(["Relu", "Relu", "Tanh", "LeakyRelu", "Sigmoid"])
        return self.add(op, [self.value], self.shape())

    def reduce(self):
        particles, features = self.shape()
        kind = self.rng.random()
        if kind < 0.2:
            pooled = self.add("GlobalAveragePool", [self.transpose()], [features, 1])
            return self.flatten(pooled)
        op = self.rng.choice(["ReduceSum", "ReduceMean"])
        axis = self.rng.choice([1, -2]) if kind < 0.85 else self.rng.choice([2, -1])
        rest = features if axis in (1, -2) else particles
        keep = self.rng.randint(0, 1)
        shape = [rest] if not keep else [1, rest] if axis in (1, -2) else [rest, 1]
        if self.opset >= (13 if op == "ReduceSum" else 18):
            value = self.add(op, [self.value, self.integers([axis])], shape, keepdims=keep)
        else:
            value = self.add(op, [self.value], shape, axes=[axis], keepdims=keep)
        return self.flatten(value) if keep else value

    def flatten(self, value=None):
        value = value or self.value
        return self.add("Flatten", [value], [int(np.prod(self.shape(value)))], axis=1)

    def split(self):
        *leading, features = self.shape()
        first = self.rng.randint(1, features - 1)
        names = [self.name("split"), self.name("split")]
        sizes = [first, features - first]
        inputs, attributes = [self.value], {"axis": -1}
        if self.opset >= 13:
            inputs.append(self.integers(sizes))
        else:
            attributes["split"] = sizes
        self.nodes.append(helper.make_node("Split", inputs, names, name=f"/{names[0]}/Split", **attributes))
        return [self.note(name, [*leading, size]) for name, size in zip(names, sizes)]

    def axis(self):
        """An axis of a sample, and its number in the file."""
        axis = self.rng.randrange(self.rank())
        return axis, self.rng.choice([axis + 1, axis - self.rank()])

    def changed(self, axis, size):
        shape = list(self.shape())
        shape[axis : axis + 1] = size
        return shape

    def slice(self):
        axis, number = self.axis()
        size = self.shape()[axis]
        start = self.rng.randint(0, size - 1)
        end = self.rng.randint(start + 1, size)
        bounds = [start, end] if self.rng.random() < 0.5 else [start - size, end + 10 * (end == size)]
        inputs = [self.value, *(self.integers([i]) for i in (*bounds, number))]
        count = end - start
        if self.rng.random() < 0.3:
            step = self.rng.choice([2, 3])
            inputs.append(self.integers([step]))
            count = -(-count // step)
        return self.add("Slice", inputs, self.changed(axis, [count]))

    def gather(self):
        axis, number = self.axis()
        size = self.shape()[axis]
        if self.rank() == 2 and self.rng.random() < 0.3:
            index = self.parameter(np.array(self.rng.randrange(-size, size), "i8"))
            return self.add("Gather", [self.value, index], self.changed(axis, []), axis=number)
        indices = [self.rng.randrange(-size, size) for _ in range(self.rng.randint(1, 5))]
        return self.add("Gather", [self.value, self.integers(indices)], self.changed(axis, [len(indices)]), axis=number)

    def repeated(self):
        """The value beside its mean along an axis, or beside one of its features."""
        op = self.rng.choice(["Add", "Sub", "Mul"])
        if self.rank() == 1:
            other = self.linear(width=1)
        else:
            axis = self.rng.choice([1, 2])
            shape = self.changed(axis - 1, [1])
            if self.opset >= 18:
                other = self.add("ReduceMean", [self.value, self.integers([axis])], shape, keepdims=1)
            else:
                other = self.add("ReduceMean", [self.value], shape, axes=[axis], keepdims=1)
            if self.rng.random() < 0.3:
                shape = self.shape()
                other = self.add("Expand", [other, self.integers([1, *shape])], shape)
        operands = [self.value, other]
        self.rng.shuffle(operands)
        return self.add(op, operands, self.shape())

    def rows(self):
        """Layers of each particle as Keras has them: the rows of all samples."""
        particles, features = self.shape()
        self.value = self.add("Reshape", [self.value, self.integers([-1, features])], [features])
        for _ in range(self.rng.randint(1, 3)):
            self.value = self.rng.choice([self.linear, self.activation, self.batch_norm])()
        width = self.shape()[0]
        return self.add("Reshape", [self.value, self.integers([-1, particles, width])], [particles, width])

    def concat(self, values):
        *leading, _ = self.shape(values[0])
        features = sum(self.shape(value)[-1] for value in values)
        axis = self.rng.choice([-1, len(leading) + 1])
        shapes = [self.shape(value) for value in values]
        if leading and all(shape[1] == features // len(values) for shape in shapes) and self.rng.random() < 0.5:
            particles = sum(shape[0] for shape in shapes)
            return self.add("Concat", values, [particles, shapes[0][1]], axis=self.rng.choice([1, -2]))
        return self.add("Concat", values, [*leading, features], axis=axis)

    def branches(self):
        """Two ways from here, which join: one is maybe a skip."""
        if self.shape()[-1] > 1 and self.rng.random() < 0.4:
            left, right = self.split()
        else:
            left = right = self.value
        left = self.linear(left)
        if self.rng.random() < 0.6:
            right = self.linear(right, self.shape(left)[-1])
        if self.shape(left) == self.shape(right) and self.rng.random() < 0.4:
            return self.add("Add", [left, right], self.shape(left))
        return self.concat([left, right])

    def step(self):
        kind = self.rng.random()
        if kind < 0.3:
            return self.linear()
        if kind < 0.45:
            return self.batch_norm()
        if kind < 0.6:
            return self.activation()
        if kind < 0.8:
            return self.branches()
        if kind < 0.84:
            return self.slice()
        if kind < 0.87:
            return self.gather()
        if kind < 0.91:
            return self.repeated()
        if kind < 0.94 and self.rank() == 2:
            return self.rows()
        if kind < 0.96 and self.rank() == 2:
            return self.transpose()
        return self.add("Softmax", [self.value], self.shape(), axis=-1) if self.opset >= 13 and self.rank() == 1 else (
            self.linear())

    def build(self):
        for _ in range(self.rng.randint(1, 5)):
            self.value = self.step()
        if self.rank() == 2:
            self.value = self.reduce() if self.rng.random() < 0.8 else self.flatten()
        for _ in range(self.rng.randint(0, 3)):
            self.value = self.step()
        self.value = self.linear(width=3)
        tensor = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes, "particles", [tensor("x", TensorProto.FLOAT, ["batch", *self.input])],
            [tensor(self.value, TensorProto.FLOAT, ["batch", 3])], self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model


def compare(seed, translate, run, folder):
    graph = Graph(seed)
    model = graph.build()
    onnx.save(model, folder / "net.onnx")
    x = np.random.default_rng(seed).normal(size=(24, *graph.input)).astype("f4")
    np.save(folder / "x.npy", x)
    expected = evaluator(folder / "net.onnx")([graph.value], {"x": x})[0]

    def call(*arguments):
        subprocess.run(arguments, check=True, cwd=folder)

    call(translate, "--import-onnx", "net.onnx", "-o", "net.mlir")
    results = {}
    for engine in ("interpreter", "cpu", "cuda-host"):
        call(run, "net.mlir", f"--engine={engine}", "--input", "x.npy", "--output", "y.npy")
        results[engine] = np.load(folder / "y.npy")
        if results[engine].tobytes() != results["interpreter"].tobytes():
            return f"{engine} and interpreter differ"
    error = np.abs(results["interpreter"] - expected) / np.maximum(1, np.abs(expected).max())
    if not error.max() <= 1e-5:
        return f"off by {error.max()}"
    call(translate, "--export-onnx", "net.mlir", "-o", "again.onnx")
    onnx.checker.check_model(onnx.load(folder / "again.onnx"), full_check=True)
    call(translate, "--import-onnx", "again.onnx", "-o", "again.mlir")
    # A size of 1 may be in a shape or not, which two files say otherwise.
    if any(1 in shape for shape in graph.shapes.values()):
        return None
    if (folder / "net.mlir").read_text() != (folder / "again.mlir").read_text():
        return "exported and imported it is another"
    return None


def main():
    translate, run, folder, draws = *sys.argv[1:3], pathlib.Path(sys.argv[3]), int(sys.argv[4])
    first = int(sys.argv[5]) if len(sys.argv) > 5 else 0
    for seed in range(first, first + draws):
        reason = compare(seed, translate, run, folder)
        if reason:
            print(f"draw {seed}: {reason}")
            return 1
    print(f"{draws} of {draws} same")
    return 0


if __name__ == "__main__":
    sys.exit(main())
