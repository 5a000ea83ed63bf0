# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random networks exported as QONNX and imported again, and run by qonnx.

usage: compare_export.py MASE_TRANSLATE MASE_RUN FOLDER DRAWS [execute]

The second import is the first one. With `execute`, scales are powers of two and
qonnx's executor gives the bits of mase-run.
"""

import os
import random
import subprocess
import sys

import numpy as np

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "..", "Import", "Inputs"))
import random_qonnx  # noqa: E402


def main():
    translate, run, folder, draws = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    executes = "execute" in sys.argv[5:]
    random_qonnx.PLAIN = executes
    for draw in range(draws):
        net = random_qonnx.draw_network(random.Random(2000 + draw))
        net.save_to(f"{folder}/net.onnx")

        def convert(*arguments):
            subprocess.run([translate, *arguments], check=True, cwd=folder)

        convert("--import-onnx", "net.onnx", "-o", "first.mlir")
        convert("--export-qonnx", "first.mlir", "-o", "again.onnx")
        convert("--import-onnx", "again.onnx", "-o", "second.mlir")
        first, second = (open(f"{folder}/{name}.mlir").read() for name in ("first", "second"))
        if first != second:
            print(f"draw {draw}: imported\n{first}\nexported and imported\n{second}")
            return 1
        if not executes:
            continue
        from compare_qonnx import execute

        numbers = np.random.default_rng(draw)
        x = (numbers.normal(size=(50, net.first)) * 2).astype("f4")
        np.save(f"{folder}/x.npy", x)
        subprocess.run([run, f"{folder}/first.mlir", "--input", f"{folder}/x.npy", "--output", f"{folder}/y.npy"],
                       check=True)
        y, expected = np.load(f"{folder}/y.npy"), execute(f"{folder}/again.onnx", x, net.width)
        if not np.array_equal(y, expected):
            print(f"draw {draw}: qonnx gives {expected[0]}, mase-run {y[0]}")
            return 1
    print("same")
    return 0


if __name__ == "__main__":
    sys.exit(main())
