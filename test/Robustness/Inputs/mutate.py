# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Damages files at random and gives them to the tools.

usage: mutate.py --bin FOLDER --work FOLDER [--seed N] [--count N] [FORMAT...]

Whatever the bytes, a tool must end within some seconds, with exit code 0, or
with 1, a message and no output file; and never by a signal. Prints what broke
that promise, keeps those files in --work, and then ends with exit code 1. The
same seed damages the same bytes.
"""

import argparse
import base64
import concurrent.futures
import io
import json
import os
import pathlib
import random
import re
import resource
import subprocess
import sys
import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SECONDS = 30  # what counts as a hang, on a loaded machine
MEMORY = 6 << 30  # address space; what asks for more has believed the file

# Two HDF5 files of made-up numbers, as HDF5 1.10 writes them: six rows in the
# layout of the jet data (chunked, gzip), and the arrays x [4, 2] and y [4].
JETS = (
    "eNrr9HBx4+WS4mIAAQ4OBhYGAQZk8B8KUoRR+TD5BCjNCKU7oPQKJpg4I1hOAiouCDUfXV1IkKsr"
    "SPV/NACzh4MTSjOMgpEIPFwdA0B0BJQPS08nmFDVlcQn5uQUJBbF56WWI6dLBzLtZWRgA5txgxXG"
    "h9jMyAgxmQ2qDkYzM3iwgmTERBkYgAmaISu+Kic/vYqgPYIK8sC8BwIKDOIcDOL1YL3JhvFJBvG5"
    "uSklIBkWss0whJvBQbYZRnAzeMgzwwjZHQJkm4FwhwhZZqSguEOCbDMQ7pAh14xERNQoUGIG1Ckq"
    "ZJmRixIeGmSbgQgPHbLMyENxhwHZZiDcYUKeXxKLi+FGMFiQZ0ZpTklmQU5mcmZJJQODDVlmpBNV"
    "bgnAyzgOoJ5CMMuRJD3gYpLBiSQ9kPLMmSQ9kPB0IUEPCLACaRCfiZkJLMwNDCNGcPkLK485wC2M"
    "lNS0nMSSVHg5zAHN2cxMTAFcsKIZUiSDgRDUfJAxno3s2cF+/i6MYNMgQIF5tM4lB4DacYwMTBjt"
    "OFw1YIMQhM5iQEQSMvglhMqHybuOBvUoGAWjYBSMglEwZEHFHN0zhnyMiSKtF91dICDnyBmdo0H/"
    "nBYG+CwM0FgWoCESrCHSFdmkGtGkanHQ169yf8f7a4KdbSeUwkRyPKaEXDGxqfx4Lmp//SnlbW9u"
    "BBc9ONHZZSy+7sqdHZ9PPI7XVLpV8uLS4vMNisrHfGYYJZ9rUtWS37lTTrlijug5dy6nQBGXg6/P"
    "ySmBgXyh7jOZbQnnEruvyYvMCbwsqOkqohm4zGmqVKmUSebFZc5u0+UCF+iz8Ugaph2aIlksphO5"
    "Me3wtFi7SevfHG1UVj8Xs6Po8blmdf17NT8+ef/s/cFs56j8BACHdhNo"
)
ARRAYS = (
    "eNrr9HBx4+WS4mIAAQ4OBhYGAQZk8B8KEjhQ+TD5BCjNCKU7oPQKJpg4I1hOAiouCDUfXV1IkKsr"
    "SPV/NACzx4AFQqO6bhSMFODh6hgAoiOgfFh6OsGEqq4CSleipUsHMu1lZGCDmMEI42tAaCaIADRZ"
    "MsCcgc5nBroUpFJQwZ6BA+oSE24Gk//MEHlWoChInokJYiAH1GfMjFDlaC4XggqDFHs2smczMGTQ"
    "NR6C/fxdGIG+gzqOQYEZv3pYfq1gHU3D+NMVJN4ZGVHTFQs8HQmAlQpwMMDTEf704wCNIgUC6adh"
    "NDJGPPhgD2UcgFAPoHwOaOGj4LBDrvV14I559jj0wctZdD4A4fA86Q=="
)

NETWORK = """func.func @main(%x: tensor<?x{n}xf32>) -> tensor<?x{n}xf32> {{
  %w = arith.constant dense<0.5> : tensor<{n}x{n}xf32>
  %0 = mase.linear "fc_0" %x, %w : (tensor<?x{n}xf32>, tensor<{n}x{n}xf32>) -> tensor<?x{n}xf32>
  %1 = mase.relu "act" %0 : tensor<?x{n}xf32>
  return %1 : tensor<?x{n}xf32>
}}
"""

QUANTIZE = """# a comment
[passes.quantize]
by = "regex_name"
[passes.quantize.default.config]
name = "NA"
[passes.quantize.'fc_\\d+(?:_x)?'.config]
name = "integer"
data_in_width = 8
data_in_frac_width = 4
"weight_width" = 6
weight_frac_width = "NA"
"""

SEARCH = """seed = 1
project = "p"
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
[search.search_space.setup]
by = "name"
[search.search_space.seed.default.config]
name = ["integer"]
data_in_width = [8, 4]
data_in_frac_width = ["NA"]
[search.search_space.seed.fc_0.config]
weight_width = [2, 4]
[search.strategy]
name = "optuna"
eval_mode = true
constraints = ["accuracy >= 0.25"]
[search.strategy.sw_runner.basic_evaluation]
data_loader = "val_dataloader"
num_samples = 4
[search.strategy.setup]
n_jobs = 1
n_trials = 2
sampler = "random"
[search.strategy.metrics]
accuracy.scale = 1.0
accuracy.direction = "maximize"
average_bitwidth.scale = 0.2
average_bitwidth.direction = "minimize"
"""


# Both levels, as text and as bytecode.
QUANTISED = b"""func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[0.5, -1.25], [2.0, 0.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<0.25> : tensor<2xf32>
  %s = arith.constant dense<1.5> : tensor<2xf32>
  %0 = mase.batch_norm "bn" %x, %s, %b, %b, %s epsilon 1.0e-5 : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %1 = mase.relu "act" %0 : tensor<?x2xf32>
  %2 = mase.linear "fc" %1, %w, %b precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<6, 3, floor>, bias = #mase.fixed<8, 4>> : (tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}
mase.configuration @trial_0 layers {fc = #mase.precision<weight = #mase.fixed<4, 2>>} metrics {accuracy = 0.5 : f64}
"""
INTEGER = b"""func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[4, -10], [16, 0]]> : tensor<2x2xi6>
  %b = arith.constant dense<4> : tensor<2xi8>
  %0 = mase.quantize %x to(#mase.fixed<8, 4>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %1 = mase.int_linear "fc" %0 as(#mase.fixed<8, 4>), %w as(#mase.fixed<6, 3>), %b as(#mase.fixed<8, 4>) : (tensor<?x2xi8>, tensor<2x2xi6>, tensor<2xi8>) -> tensor<?x2xi15>
  %2 = mase.dequantize %1 frac 7 : tensor<?x2xi15> -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}
"""


def unpack(text):
    return zlib.decompress(base64.b64decode(text))


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(save, **members):
    file = io.BytesIO()
    save(file, **members)
    return file.getvalue()


def network():
    value = helper.make_tensor_value_info
    arrays = {
        "fc.weight": np.ones((3, 2)),
        "fc.bias": np.zeros(3),
        "bn.weight": np.ones(2),
        "bn.running_var": np.ones(2),
    }
    nodes = [
        helper.make_node(
            "BatchNormalization",
            ["x", "bn.weight", "bn.weight", "bn.weight", "bn.running_var"],
            ["b"],
            name="/bn/BatchNormalization",
            epsilon=1e-5,
        ),
        helper.make_node(
            "Gemm", ["b", "fc.weight", "fc.bias"], ["f"], name="/fc/Gemm", transB=1
        ),
        helper.make_node("Relu", ["f"], ["y"], name="/couché/Relu"),
    ]
    graph = helper.make_graph(
        nodes,
        "net",
        [value("x", TensorProto.FLOAT, ["n", 2])],
        [value("y", TensorProto.FLOAT, ["n", 3])],
        [numpy_helper.from_array(a.astype("f4"), n) for n, a in arrays.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    return model.SerializeToString()


def bytecode(binaries, text):
    """What mase-opt writes of `text`."""
    command = [binaries / "mase-opt", "-", "--emit-bytecode", "-o", "-"]
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, check=True).stdout


def seeds(binaries):
    """(format, name of the file, bytes, command with {file} and {out})."""
    x = np.array([[1, -2], [0.5, 3], [8, 0.03], [0, 1]], "f4")
    y = np.array([0, 1, 0, 1])
    run = ["mase-run", "{net2}", "--input", "{file}", "--output", "{out}"]
    jets = ["mase-run", "{net16}", *run[2:]]
    scaler = json.dumps({"mean": [1, 0], "scale": [2, 0.5], "features": ["a", "b"]})
    scaled = ["mase-run", "{net2}", "--input", "{data}", "--scaler", "{file}"]
    search = "config={file} data={data} trials=2 jobs=1 sampler=random quiet=true "
    search += "journal=false log=false output-dir={folder}"
    opt = ["mase-opt", "{net2}", "-o", "{out}"]
    return [
        ("npy", "d.npy", npy(x), run),
        ("npy", "d.npy", npy(x.astype("f8").reshape(4, 2, 1)), run),
        ("npz", "d.npz", npz(np.savez, x=x, y=y), run),
        ("npz", "d.npz", npz(np.savez_compressed, x=x, y=y), run),
        ("csv", "d.csv", b'a,"b",label\n1,-2,0\n.5,3e0,1\n"8",0.03,0\n', run),
        ("hdf5", "d.h5", unpack(JETS), jets),
        ("hdf5", "d.h5", unpack(ARRAYS), run),
        ("scaler", "s.json", scaler.encode(), scaled),
        ("toml", "q.toml", QUANTIZE.encode(), [*opt, "--mase-quantize=config={file}"]),
        ("search", "s.toml", SEARCH.encode(), [*opt, f"--mase-search={search}"]),
        ("onnx", "n.onnx", network(), ["mase-translate", "--import-onnx", "{file}", "-o", "{out}"]),
        ("mlir", "n.mlir", QUANTISED, ["mase-opt", "{file}", "--mase-lower-to-integer", "-o", "{out}"]),
        ("mlir", "i.mlir", INTEGER, ["mase-translate", "--mase-to-cuda", "{file}", "-o", "{out}"]),
        ("bytecode", "n.mlirbc", bytecode(binaries, QUANTISED), ["mase-opt", "{file}", "-o", "{out}"]),
        ("bytecode", "i.mlirbc", bytecode(binaries, INTEGER), ["mase-opt", "{file}", "-o", "{out}"]),
    ]


INTEGERS = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8008, 0xFFFF, 0x7FFFFFFF]
INTEGERS += [0x80000000, 0xFFFFFFFF, 1 << 40, (1 << 63) - 1, (1 << 64) - 1]
TOKENS = ["nan", "inf", "-", "1e999", "99999999999999999999", "[", "{", '"', "'"]
TOKENS += [".", "a.", "=", "\n", ",", "(", "(a+)+", "\\d{1000}", "é", "\0", "NA"]
TOKENS += ['"""', "# ", "]", "}", "true", "NaN", "-Infinity"]
TOKENS += ["#mase.fixed<8, 4>", "tensor<", "?x", "xf32>", "i64", "%0", "->", ": "]


def mutate(data, draw, text):
    """One to four changes of one kind each."""
    data = bytearray(data)
    for _ in range(draw.choice([1, 1, 2, 4])):
        at = draw.randrange(len(data) + 1)
        kind = draw.randrange(9)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << draw.randrange(8)
        elif kind == 1 and at < len(data):
            data[at] = draw.choice([0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)])
        elif kind == 2:
            size = draw.choice([1, 2, 4, 8])
            value = draw.choice(INTEGERS) & ((1 << 8 * size) - 1)
            data[at : at + size] = value.to_bytes(size, draw.choice(["little", "big"]))
        elif kind == 3:
            del data[at:]
        elif kind == 4:
            del data[at : at + draw.choice([1, 2, 8, 100])]
        elif kind == 5:
            end = at + draw.choice([1, 8, 64, 512])
            data[at:at] = data[at:end] * draw.choice([1, 2, 50])
        elif kind == 6:
            other = draw.randrange(len(data) + 1)
            size = draw.choice([1, 2, 4, 8, 32])
            data[at : at + size] = data[other : other + size]
        elif text:
            token = draw.choice(TOKENS).encode()
            data[at:at] = token * draw.choice([1, 1, 1, 2, 60, 20000])
        elif at < len(data):
            data[at] = (data[at] + draw.choice([1, 255])) & 255
    return bytes(data)


def attempt(arguments, seed, number):
    """What is wrong with one attempt, or None."""
    format, name, data, command = seed
    draw = random.Random(f"{arguments.seed}-{format}-{len(data)}-{number}")
    text = format in ("csv", "scaler", "toml", "search", "mlir")
    folder = arguments.work / f"{format}-{len(data)}-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    file, out = folder / name, folder / "out"
    file.write_bytes(mutate(data, draw, text))
    names = {"file": file, "out": out, "folder": folder / "search"}
    names |= {n: arguments.work / f"{n}.mlir" for n in ("net2", "net16")}
    names["data"] = arguments.work / "data.csv"
    words = [word.format(**names) for word in command]
    words[0] = str(arguments.bin / words[0])
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=SECONDS,
        )
        message = done.stderr.decode("utf-8", "replace")
        if done.returncode not in (0, 1) or "Sanitizer" in message:
            wrong = f"exit code {done.returncode}"
        elif done.returncode == 1 and "error: " not in message:
            wrong = "no message"
        elif done.returncode == 1 and out.exists():
            wrong = "an output file in spite of an error"
        # Names of operations in bytecode are any bytes, and MLIR's verifier prints them.
        elif format != "bytecode" and any(
            ord(c) < 32 and c != "\t"
            for line in message.split("\n")
            if "error: " in line
            for c in line
        ):
            wrong = "raw bytes in the message"
        elif len(message) > 1000000:
            wrong = f"a message of {len(message)} characters"
        else:
            wrong = None
    except subprocess.TimeoutExpired:
        wrong, message = f"still at work after {SECONDS} s", ""
    if wrong:
        return f"{wrong}: {' '.join(words)}\n{message[:2000]}"
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()
    return None


def main():
    parser = argparse.ArgumentParser(description="tools and damaged files")
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20, help="files of each kind")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--sanitized", action="store_true", help="no memory limit")
    parser.add_argument("formats", nargs="*")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not arguments.sanitized:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    arguments.work.mkdir(parents=True, exist_ok=True)
    for n in (2, 16):
        (arguments.work / f"net{n}.mlir").write_text(NETWORK.format(n=n))
    (arguments.work / "data.csv").write_text("a,b,l\n1,-2,0\n0.5,3,1\n8,0.03,0\n")

    all_seeds = seeds(arguments.bin)
    unknown = set(arguments.formats) - {seed[0] for seed in all_seeds}
    if unknown:
        sys.exit(f"unknown formats {sorted(unknown)}")
    chosen = [s for s in all_seeds if not arguments.formats or s[0] in arguments.formats]
    tasks = [(s, n) for n in range(arguments.count) for s in chosen]
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for wrong in pool.map(lambda t: attempt(arguments, *t), tasks):
            if wrong:
                print(wrong, flush=True)
                failures += 1
    print(f"{len(tasks)} files, {failures} broke the promise")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
