# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whether the mean Kullback-Leibler divergence of logits is within bounds.

usage: divergence.py REFERENCE.npy OTHER.npy LEAST MOST [SAMPLES]
"""

import sys

import numpy as np

p, q = (np.load(path).astype(np.float64) for path in sys.argv[1:3])
p, q = (x - np.log(np.exp(x).sum(1, keepdims=True)) for x in (p, q))
if len(sys.argv) > 5:
    p, q = p[: int(sys.argv[5])], q[: int(sys.argv[5])]
found = (np.exp(p) * (p - q)).sum(1).mean()
least, most = map(float, sys.argv[3:5])
print("as wanted" if least <= found <= most else f"found {found}")
