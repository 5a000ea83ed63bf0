# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""zeros.py FILE.npz: 70,000,000 samples of two zeros, deflated to 2.4 MB."""

import io
import sys
import zipfile

import numpy as np

ROWS = 70_000_000
header = io.BytesIO()
np.lib.format.write_array_header_1_0(
    header, {"descr": "<f4", "fortran_order": False, "shape": (ROWS, 2)}
)
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
    with archive.open("x.npy", "w", force_zip64=True) as member:
        member.write(header.getvalue())
        for _ in range(ROWS * 8 // 1_000_000):
            member.write(bytes(1_000_000))
