# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs mase-run --quantize on golden cases of integer formats: MASE's, or
those of reference_data.py.

usage: golden_quantizers.py quantizers.json MASE_RUN FOLDER
"""

import json
import pathlib
import struct
import subprocess
import sys

cases, tool, folder = sys.argv[1:]
folder = pathlib.Path(folder)
folder.mkdir(exist_ok=True)
good, total = {}, {}


def toml(value):
    if value is None:
        return '"NA"'
    return str(value).lower()


for case in json.load(open(cases))["cases"]:
    name = case["quantizer"]
    if name not in ("integer", "integer_floor"):
        continue
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(case['shape'])}, }}\n"
    x, y = case["x"], case["y"]
    (folder / "x.npy").write_bytes(
        b"\x93NUMPY\x01\x00"
        + struct.pack("<H", len(header))
        + header.encode()
        + struct.pack(f"<{len(x)}f", *x)
    )
    fields = [f'name="{name}"'] + [f"{k}={toml(v)}" for k, v in case["params"].items()]
    subprocess.run(
        [tool, f"--quantize={{{', '.join(fields)}}}", "--mase-compat"]
        + ["--input", folder / "x.npy", "--output", folder / "y.npy"],
        check=True,
    )
    found = (folder / "y.npy").read_bytes()[-4 * len(y) :]
    total[name] = total.get(name, 0) + 1
    # Equal numbers: MASE's zeros have a sign.
    good[name] = good.get(name, 0) + (
        struct.unpack(f"<{len(y)}f", found)
        == struct.unpack(f"<{len(y)}f", struct.pack(f"<{len(y)}f", *y))
    )

for name in sorted(total):
    print(f"{name}: {good[name]}/{total[name]}")
