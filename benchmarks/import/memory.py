#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Peak memory of --import-onnx, as a multiple of the file, beside onnx.load.

usage: benchmarks/import/memory.py [--megabytes 60] [--build build]

Networks of random weights: ten layers, and one, in float32, as codes of int8 with
a scale for each output, and in float32 behind a Quant of QONNX; in Gemms, and in
MatMuls, whose weights are transposed. The peak is the resident set that the kernel
reports when the process ends, files that it mapped included; less what importing a
network of one small layer takes. (A tensor has 2^26 elements at most.)
"""

import argparse
import itertools
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

STORED = ("float32", "int8", "Quant")
QONNX = "qonnx.custom_op.general"
LOAD = "import onnx, sys; onnx.load(sys.argv[1])"
# The kernel counts what a process had before it became the command: a small one
# starts it, and not this one, which has made the network.
SMALL = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(status, usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime)
"""


def network(path, bytes_of_weights, layers, stored, product):
    element = 1 if stored == "int8" else 4
    width = max(int((bytes_of_weights / element / layers) ** 0.5), 1)
    random = np.random.default_rng(0)
    nodes, parameters, x = [], [], "x"
    for k in range(layers):
        if stored != "int8":
            weights = random.normal(size=(width, width)).astype("f4")
            parameters.append(numpy_helper.from_array(weights, f"w{k}"))
        if stored == "Quant":
            parameters[-1].name = f"f{k}"
            inputs = [f"f{k}", "scale", "zeropt", "bitwidth"]
            nodes.append(helper.make_node("Quant", inputs, [f"w{k}"], domain=QONNX))
        if stored == "int8":
            codes = random.integers(-128, 128, size=(width, width), dtype=np.int8)
            scales = random.uniform(0.01, 0.02, width).astype("f4")
            parameters += [numpy_helper.from_array(codes, f"c{k}"), numpy_helper.from_array(scales, f"s{k}")]
            nodes.append(helper.make_node("DequantizeLinear", [f"c{k}", f"s{k}"], [f"w{k}"], axis=0))
        options = {"transB": 1} if product == "Gemm" else {}
        # A MatMul and an Add are a Linear, which has the weight transposed.
        result = f"y{k}" if product == "Gemm" else f"z{k}"
        nodes.append(helper.make_node(product, [x, f"w{k}"], [result], **options))
        if product == "MatMul":
            parameters.append(numpy_helper.from_array(np.ones(width, "f4"), f"b{k}"))
            nodes.append(helper.make_node("Add", [result, f"b{k}"], [f"y{k}"]))
        x = f"y{k}"
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])
    for name, number in (("scale", 0.0625), ("zeropt", 0), ("bitwidth", 8)) if stored == "Quant" else ():
        parameters.append(numpy_helper.from_array(np.array(number, "f4"), name))
    graph = helper.make_graph(nodes, "net", [value("x")], [value(x)], parameters)
    opsets = [helper.make_opsetid("", 13), helper.make_opsetid(QONNX, 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)


def peak(command):
    """Bytes, and seconds."""
    small = [sys.executable, "-I", "-S", "-c", SMALL, *map(str, command)]
    status, most, seconds = subprocess.run(small, check=True, capture_output=True, text=True).stdout.split()[-3:]
    if status != "0":
        sys.exit(f"{command[0]} failed")
    return int(most), float(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=60)
    parser.add_argument("--build", default="build", type=pathlib.Path)
    options = parser.parse_args()
    translate = options.build / "bin" / "mase-translate"
    print(f"{'network':<24}{'file':>10}{'import':>10}{'/ file':>8}{'onnx.load':>11}{'CPU s':>8}")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "net.onnx"

        def measure():
            return (
                peak([translate, "--import-onnx", path, "-o", path.with_suffix(".mlir")]),
                peak([sys.executable, "-c", LOAD, path]),
            )

        network(path, 64, 1, "float32", "Gemm")
        (base, _), (base_load, _) = measure()
        for stored, product, layers in itertools.product(STORED, ("Gemm", "MatMul"), (10, 1)):
            network(path, options.megabytes * 1e6, layers, stored, product)
            size = path.stat().st_size
            (used, seconds), (load, _) = measure()
            print(
                f"{f'{stored}, {layers} {product}':<24}{size / 1e6:>7.0f} MB{(used - base) / 1e6:>7.0f} MB"
                f"{(used - base) / size:>8.2f}{(load - base_load) / size:>9.2f} x{seconds:>8.1f}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
