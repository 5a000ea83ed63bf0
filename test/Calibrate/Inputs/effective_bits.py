# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Counts the effective bit operations of a network's text, bit by bit, and compares.

usage: effective_bits.py NETWORK.mlir MOST [EXACTLY]
"""
import re
import sys

import numpy as np

text = open(sys.argv[1]).read()
constants = {}
for name, body, shape in re.findall(r"(%\w+) = arith.constant dense<(.*?)> : tensor<([\dx]*)xf32>", text, re.S):
    shape = [int(n) for n in shape.split("x")]
    if body.startswith('"0x'):
        values = np.frombuffer(bytes.fromhex(body[3:-1]), "<f4")
    else:
        values = np.array([float(v) for v in re.findall(r"-?\d[\d.eE+-]*", body)], np.float32)
    constants[name] = np.broadcast_to(values, [np.prod(shape)]).reshape(shape) if len(values) == 1 else values.reshape(shape)


def numbers(of, key, default=None):
    """A key's numbers, one or a list."""
    found = re.search(rf"\b{key} = (\[[^]]*\]|-?\d+)", of)
    return [int(n) for n in re.findall(r"-?\d+", found[1])] if found else default


def attribute(layer, role):
    """(widths, fraction widths) of a format."""
    found = re.search(rf"{role} = #mase\.(fixed<(\d+), (-?\d+)|format<integer, ([^>]*)>)", layer)
    if found[2]:
        return [int(found[2])], [int(found[3])]
    return numbers(found[4], "width"), numbers(found[4], "frac_width")


total = 0
for weight, layer in re.findall(r'mase\.linear "[^"]*" %\w+, (%\w+), (.*)', text):
    widths, _ = attribute(layer, "data_in")
    _, fractions = attribute(layer, "weight")
    matrix = constants[weight]
    for o, row in enumerate(matrix):
        for i, value in enumerate(row):
            code = abs(float(value)) * 2.0 ** fractions[o if len(fractions) > 1 else 0]
            assert code == int(code), f"{value} is not on its grid"
            bits = bin(int(code))[2:].strip("0")
            total += len(bits) * widths[i if len(widths) > 1 else 0]
most = int(sys.argv[2])
wanted = len(sys.argv) < 4 or total == int(sys.argv[3])
print("as wanted" if 0 < total <= most and wanted else f"found {total}")
