#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a module whose layers, or functions, are called as words that C++ and
CUDA have taken: those below, and the macros that a compiler lists.

usage: reserved_names.py layers|functions [MACROS]   (MACROS: what -E -dM prints)
"""

import re
import sys

WORDS = """
min max printf int32_t int64_t uint8_t uintptr_t dim3 threadIdx blockIdx blockDim
gridDim warpSize typeof __typeof__ for class register restrict export import
module float float4 half2 clock exp expf tanh fma __fmaf_rn div link index y0 y1
j1 gamma signal time read write abort exit main std mase rt run kernel group
kSamples kThreads kInputs x y o s k code sum weight bias scale shift value steps
input output count first stride stream block blocks cudaError_t cudaSuccess
cudaStream_t NULL EOF assert errno stdin linux unix true nullptr and xor
h1 h2 unsigned wchar_t char8_t _Bool inline asm __asm__ printf_launch min_net
size_t memcpy malloc free operator this template int8_t pack relu softmax
sigmoid leakyRelu logSoftmax softmaxRows
""".split()


def layer(name, i):
    return f'  %{i + 1} = mase.relu "{name}" %{i} : tensor<?x1xf32>\n'


def main():
    names = list(WORDS)
    if len(sys.argv) > 2:
        with open(sys.argv[2], encoding="utf-8") as file:
            names += re.findall(r"^#define (\w*[a-z]\w*)", file.read(), re.M)
        assert len(names) > len(WORDS) + 300, "expected hundreds of macros"
    names = sorted(set(names))
    if sys.argv[1] == "layers":
        # A softmax between them, or they were one stage.
        body, i = "", 0
        for name in names:
            body += layer(name, i)
            body += layer(name, i + 1).replace("relu", "softmax")
            i += 2
        body = body.replace("%0 ", "%arg0 ")
        print(
            "func.func @net(%arg0: tensor<?x1xf32>) -> tensor<?x1xf32> {\n"
            f"{body}  return %{i} : tensor<?x1xf32>\n}}"
        )
        return
    # Names that differ in nothing but underscores give one C name: an error.
    plain = {re.sub("_+", "_", name).strip("_"): name for name in names}
    for name in sorted(plain.values()):
        print(
            f"func.func @{name}(%0: tensor<?x1xf32>) -> tensor<?x1xf32> {{\n"
            f"{layer('l', 0)}  return %1 : tensor<?x1xf32>\n}}".replace("%0", "%x")
        )


if __name__ == "__main__":
    main()
