# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints the shape of an NPY file of float32, then its rows."""

import ast
import pathlib
import struct
import sys

data = pathlib.Path(sys.argv[1]).read_bytes()
end = 10 + struct.unpack("<H", data[8:10])[0]
shape = ast.literal_eval(data[10:end].decode())["shape"]
values = struct.unpack(f"<{(len(data) - end) // 4}f", data[end:])
print(shape)
row = shape[-1]
for i in range(0, len(values), row):
    print(*values[i : i + row])
