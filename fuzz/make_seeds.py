#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the seeds of the fuzz targets: small files of every form that is read.

usage: make_seeds.py CORPORA MASE-OPT     (needs numpy, onnx and h5py)

Files that are there already are overwritten, others stay: what a fuzzer found is
kept beside the seeds, and never removed.
"""

import io
import struct
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

X = np.array([[1, 2.5], [-3, 4]], np.float32)
Y = np.array([1, 0])


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def npz(compressed=False, **members):
    out = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(out, **members)
    return out.getvalue()


def hdf5(fill):
    out = io.BytesIO()
    with h5py.File(out, "w", libver="earliest") as file:
        fill(file)
    return out.getvalue()


def hdf5_arrays(file):
    file["x"] = X
    file["y"] = Y
    file["y"].attrs["classes"] = ["a", "bc"]


def hdf5_chunked(file):
    file.create_dataset("x", data=X.reshape(1, 2, 2), chunks=(1, 1, 2), compression="gzip")
    file["y"] = np.array([0], np.uint8)
    file["classes"] = np.array([b"a", b"b"])


def model(nodes, initializers, inputs=("x", (None, 2)), outputs="y"):
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info(inputs[0], TensorProto.FLOAT, inputs[1])],
        [helper.make_tensor_value_info(outputs, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in initializers.items()],
    )
    made = helper.make_model(
        graph,
        opset_imports=[
            helper.make_opsetid("", 13),
            helper.make_opsetid("qonnx.custom_op.general", 1),
        ],
    )
    helper.set_model_props(made, {"class_names": '["a","b"]'})
    return made.SerializeToString()


W = np.array([[1, 2], [3, 4]], np.float32)
B = np.array([5, 6], np.float32)


def onnx_seeds():
    node = helper.make_node
    yield "gemm", model(
        [node("Gemm", ["x", "fc.w", "fc.b"], ["g"], transB=1), node("Relu", ["g"], ["y"])],
        {"fc.w": W, "fc.b": B},
    )
    yield "norm", model(
        [
            node("BatchNormalization", ["x", "b", "b", "b", "b"], ["n"]),
            node("MatMul", ["n", "w"], ["m"]),
            node("Add", ["m", "b"], ["a"]),
            node("Softmax", ["a"], ["y"], axis=-1),
        ],
        {"w": W, "b": B},
    )
    yield "quant", model(
        [
            node(
                "Quant",
                ["x", "s", "z", "n"],
                ["q"],
                domain="qonnx.custom_op.general",
                signed=1,
                narrow=0,
                rounding_mode="ROUND",
            ),
            node("MatMul", ["q", "w"], ["y"]),
        ],
        {"w": W, "s": np.float32(0.25), "z": np.float32(0), "n": np.float32(4)},
    )
    yield "qdq", model(
        [
            node("QuantizeLinear", ["x", "s", "z"], ["q"]),
            node("DequantizeLinear", ["q", "s", "z"], ["d"]),
            node("Gemm", ["d", "w", "b"], ["y"]),
        ],
        {"w": W, "b": B, "s": np.float32(0.25), "z": np.int8(0)},
    )
    yield "shapes", model(
        [
            node("Shape", ["x"], ["s"]),
            node("Gather", ["s", "i"], ["n"]),
            node("Unsqueeze", ["n", "a"], ["u"]),
            node("Concat", ["u", "m"], ["c"], axis=0),
            node("Reshape", ["x", "c"], ["r"]),
            node("Sigmoid", ["r"], ["y"]),
        ],
        {"i": np.int64(0), "a": np.array([0]), "m": np.array([-1])},
    )


NETWORK = """\
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> attributes {mase.classes = ["a", "b"]} {
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = mase.linear "fc" %x, %w precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>> : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %1 = mase.relu "act" %0 : tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}
"""

SCHEDULE = """\
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op) {
    %kind = transform.tune.knob<"kind"> options = ["a", "b"] -> !transform.any_param
    %done = transform.tune.alternatives<"way"> -> !transform.any_op {
      %0 = transform.apply_registered_pass "canonicalize" to %module : (!transform.any_op) -> !transform.any_op
      transform.yield %0 : !transform.any_op
    }, {
      transform.yield %module : !transform.any_op
    }
    transform.yield
  }
}
"""

SEARCH = """\
project = "p"
seed = 1
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
setup.by = "name"
setup.calibration = { file = "c.npz", split = "a", fractions = { a = 0.5, b = 0.5 }, seed = 2 }
[search.search_space.seed.default.config]
name = ["NA"]
[search.search_space.seed.fc.config]
name = ["integer"]
"weight_width, weight_frac_width" = [[8, 6], [4, "NA"]]
data_in_width = [4, 8]
[search.strategy]
name = "optuna"
constraints = ["accuracy >= 0.5"]
[search.strategy.sw_runner.basic_evaluation]
data = "x.npz"
num_samples = 10
[search.strategy.setup]
n_trials = 5
sampler = "tpe"
[[search.strategy.enqueue]]
default = { weight_width = 4 }
[search.strategy.metrics]
accuracy.scale = 1.0
accuracy.direction = "maximize"
"""

QUANTIZE = """\
[passes.quantize]
by = "regex_name"
[passes.quantize.default.config]
name = "NA"
[passes.quantize."fc_[0-9]+".config]
name = "integer"
data_in_width = 8
data_in_frac_width = "auto"
weight_width = 4
weight_frac_width = [1, 2]
"""

JOURNAL = """\
{"op_code":4,"worker_id":"mase-opt","study_id":0,"datetime_start":"2026-11-23T11:45:09.526163+00:00"}
{"op_code":5,"worker_id":"mase-opt","trial_id":0,"param_name":"a/config/name","param_value_internal":1,"distribution":"{}"}
{"op_code":8,"worker_id":"mase-opt","trial_id":0,"user_attr":{"x":1.5}}
{"op_code":6,"worker_id":"mase-opt","trial_id":0,"state":1,"values":[0.5,NaN],"datetime_complete":"2026-11-23T11:45:09.526163+00:00"}
"""


def block(text):
    return bytes([len(text)]) + text


def pipe():
    number = lambda value: struct.pack("<q", value)
    header = b"H" + number(1) + number(0) + number(100) + number(1) + number(1) + number(2)
    header += number(1) + number(1) + b"a"
    return b"".join(
        map(
            block,
            [
                header,
                b"X" + struct.pack("<ff", 1, 2),
                b"L" + struct.pack("<i", 0),
                b"C" + number(1) + number(1) + number(1) + b"g" + number(0),
                b"D",
            ],
        )
    )


def seeds(mase_opt):
    yield "arff/dense", (
        "% jets\n@RELATION 'a b'\n@ATTRIBUTE a REAL\n@attribute \"b c\" numeric\n"
        "@ATTRIBUTE class {g, q, 't'}\n@DATA\n-2.5,1e2,t\n?, 1 'g'\n"
    )
    yield "arff/sparse", "@relation r\n@attribute a real\n@attribute l {u,v}\n@data\n{0 1.5, 1 v}\n{}\n"
    yield "csv/names", 'a,"b ""c""",label\n1,2.5,g\n-1e-40, +inf ,q\n'
    yield "csv/numbers", "a,b,label\r\n1,2,0\r\n\r\n3,4,1.0\r\n"
    yield "csv/onehot", "j_g,a,j_q,j_w,j_z,j_t\n0,1,0,0,1,0\n"
    yield "npy/float", npy(X)
    yield "npy/fortran", npy(np.asfortranarray(np.arange(12.0).reshape(2, 3, 2)))
    yield "npy/labels", npy(Y)
    yield "npy/empty", npy(np.zeros((0, 4), np.float32))
    yield "npz/stored", npz(x=X, y=Y)
    yield "npz/deflated", npz(True, X_test=np.asfortranarray(X.astype(float)), labels=Y)
    yield "npz/names", npz(x=X, y=Y, classes=np.array(["a", "bc"]))
    yield "npz/texts", npz(x=X, y=np.array([b"q", b"g"]))
    yield "hdf5/arrays", hdf5(hdf5_arrays)
    yield "hdf5/chunked", hdf5(hdf5_chunked)
    yield "hdf5-pipe/all", pipe()
    yield "hdf5-pipe/error", block(b"E" + struct.pack("<q", 3) + b"why")
    yield "scaler/names", '{"mean": [1, 2], "scale": [0.5, 1e3], "features": ["a", "b"]}\n'
    yield "scaler/nan", '{"mean": [NaN], "scale": [-Infinity]}\n'
    yield "options/layer", '{name="integer", data_in_width=8, weight_frac_width=[1, 2], scale="auto"}\n'
    yield "options/format", '{name="block_fp", width=8, exponent_width=4, block_size=[16]}\n'
    yield "options/data", '{file="x.npz", split="a", fractions={a=0.5, b=0.5}, seed=3, classes=["g"]}\n'
    yield "options/bare", 'file="x.npz", scaler="s.json"\n'
    yield "toml/search", SEARCH
    yield "toml/quantize", QUANTIZE
    yield "journal/trial", JOURNAL
    yield "schedule/knobs", SCHEDULE
    for name, content in onnx_seeds():
        yield "onnx/" + name, content
    yield "bytecode/network", subprocess.run(
        [mase_opt, "--emit-bytecode"], input=NETWORK.encode(), capture_output=True, check=True
    ).stdout


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    root = Path(sys.argv[1])
    for name, content in seeds(sys.argv[2]):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


if __name__ == "__main__":
    main()
