# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls a network through ctypes. usage: call.py LIBRARY INPUT.npy OUTPUT.npy"""
import ctypes
import sys

import numpy as np

library, source, target = sys.argv[1:]
library = ctypes.CDLL(library)
inputs, outputs = (ctypes.c_size_t.in_dll(library, f"net_{name}").value for name in ("inputs", "outputs"))
x = np.load(source)
assert x.shape[1] == inputs
y = np.empty((len(x), outputs), np.float32)
pointer = ctypes.POINTER(ctypes.c_float)
library.net_infer(x.ctypes.data_as(pointer), y.ctypes.data_as(pointer), ctypes.c_size_t(len(x)))
np.save(target, y)
