# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls a network through ctypes. usage: tagger.py LIBRARY INPUT.npy OUTPUT.npy"""
import ctypes
import sys

import numpy as np


class Tagger:
    def __init__(self, library):
        self.library = ctypes.CDLL(library)
        self.inputs, self.outputs = (
            ctypes.c_size_t.in_dll(self.library, name).value for name in ("tagger_inputs", "tagger_outputs"))
        if not self.library.tagger_self_test():
            raise RuntimeError(f"{library} does not give the bits that the search measured")

    def __call__(self, x):
        """[n, inputs] -> [n, outputs]"""
        x = np.ascontiguousarray(x, np.float32)
        if x.ndim != 2 or x.shape[1] != self.inputs:
            raise ValueError(f"expected samples of {self.inputs} features, found an array of shape {x.shape}")
        y = np.empty((len(x), self.outputs), np.float32)
        pointer = ctypes.POINTER(ctypes.c_float)
        self.library.tagger_infer(x.ctypes.data_as(pointer), y.ctypes.data_as(pointer), ctypes.c_size_t(len(x)))
        return y


if __name__ == "__main__":
    library, source, target = sys.argv[1:]
    np.save(target, Tagger(library)(np.load(source)))
