# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Networks that others' tools quantised, beside those tools' runtimes.

usage: compare_others.py X.npy BREVITAS.onnx BREVITAS.npy ONNXRUNTIME.onnx ONNXRUNTIME.npy

The .npy files are logits of mase-run. qonnx's executor gives the same bits, for the
scales are powers of two; ONNX Runtime's kernels round where ours do not, so a logit
may differ by one step of the last scale.
"""

import sys

import numpy as np
import onnx
import onnxruntime
from compare_qdq import last_scale
from compare_qonnx import execute

x, brevitas, qdq = (np.load(sys.argv[k]) for k in (1, 3, 5))
assert len(x) == 10000 and min(len(np.unique(y)) for y in (brevitas, qdq)) > 100
different = (execute(sys.argv[2], x, 5) != brevitas).any(axis=1).mean()
print("qonnx:", "same" if different == 0 else f"{different:.2%} of the jets differ")
session = onnxruntime.InferenceSession(sys.argv[4], providers=["CPUExecutionProvider"])
expected = session.run(None, {"x": x})[0]
steps = np.rint(np.abs(qdq - expected) / last_scale(onnx.load(sys.argv[4])))
print(f"ONNX Runtime: at most {int(steps.max())} steps, {(steps > 0).any(axis=1).mean():.2%} of the jets differ")
