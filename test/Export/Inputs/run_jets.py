# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Logits of exported networks beside those of mase-run.

usage: run_jets.py X.npy FLOAT.npy FLOAT.onnx Q.npy Q.onnx QUANT.onnx
"""

import os
import sys

import numpy as np
import onnxruntime

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "..", "Import", "Inputs"))
from compare_qonnx import execute  # noqa: E402


def run(path, x):
    options = onnxruntime.SessionOptions()
    # As written: fusing kernels would add in another order.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


x, expected, rounded = (np.load(sys.argv[k]) for k in (1, 2, 4))
assert len(x) > 1000 and len(np.unique(rounded)) > 100
far = np.abs(run(sys.argv[3], x) - expected).max()
print("float: differs by", "less than 1e-5" if far < 1e-5 else far)


def compare(name, y):
    different = (y != rounded).any(axis=1).mean()
    print(f"{name}:", "same" if different == 0 else f"{different:.2%} of the jets differ")


compare("QuantizeLinear", run(sys.argv[5], x))
compare("Quant", execute(sys.argv[6], x, rounded.shape[1]))
