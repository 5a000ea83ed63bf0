# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the inputs of the tests into a folder: NPY files without numpy."""

import math
import pathlib
import struct
import sys


def write(path, descr, shape, data):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    code = {"<f4": "f", "<i8": "q"}[descr]
    path.write_bytes(
        b"\x93NUMPY\x01\x00"
        + struct.pack("<H", len(header))
        + header.encode()
        + struct.pack(f"<{len(data)}{code}", *data)
    )


folder = pathlib.Path(sys.argv[1])
x = [1, -2, 0.5, math.nan, math.inf, 0.03]
write(folder / "nonfinite.npy", "<f4", (3, 2), x)
write(folder / "cube.npy", "<f4", (3, 1, 2), x)
x = [1, -2, 0.5, 3, 8, 0.03]
write(folder / "x.npy", "<f4", (3, 2), x)
write(folder / "wide.npy", "<f4", (2, 3), x)
write(folder / "four.npy", "<f4", (2, 4), [*x, 3, -1])
write(folder / "flat.npy", "<f4", (6,), x)
write(folder / "none.npy", "<f4", (0, 2), [])
write(folder / "y.npy", "<i8", (3,), [0, 1, 0])
write(folder / "y_short.npy", "<i8", (2,), [0, 1])
write(folder / "y_range.npy", "<i8", (3,), [0, 2, 0])
write(folder / "y_float.npy", "<f4", (3, 1), [0, 1, 0])
write(folder / "y_half.npy", "<f4", (3, 1), [0, 1, 0.5])
(folder / "scaler.json").write_text('{"mean": [1, 0], "scale": [2, 0.5]}')
(folder / "data.csv").write_text("a,b,label\n1,-2,0\n0.5,3,1\n8,0.03,0\n")
