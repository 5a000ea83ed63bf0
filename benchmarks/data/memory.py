#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What reading data takes: memory and time of mase-run on a million jets.

usage: memory.py [--jets N] [--build build] [--work FOLDER] [FORMAT...]

Writes N random jets of 16 features with labels in every format (with the Python
that runs this: NumPy, for HDF5 also h5py), runs a network of one layer on them
and prints, for each format, the file's size, the seconds, and the largest memory
of mase-run and its children together (proportional set size, looked at every 5
ms), beside what is allowed, however many features there are: 180 MB, and the
results and labels, which metrics look at.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

CLASSES = ["g", "q", "w", "z", "t"]
NETWORK = """\
func.func @main(%x: tensor<?x16xf32>) -> tensor<?x5xf32> attributes {mase.classes = ["g", "q", "w", "z", "t"]} {
  %w = arith.constant dense<0.125> : tensor<5x16xf32>
  %0 = mase.linear "fc" %x, %w : (tensor<?x16xf32>, tensor<5x16xf32>) -> tensor<?x5xf32>
  return %0 : tensor<?x5xf32>
}
"""


def write_text(path, header, x, names):
    with open(path, "w") as out:
        out.write(header)
        for begin in range(0, len(x), 1000):
            rows = x[begin : begin + 1000].astype(float).tolist()
            for row, name in zip(rows, names[begin : begin + 1000]):
                out.write(",".join(map(repr, row)) + "," + name + "\n")


def write(form, path, x, y):
    names = [CLASSES[label] for label in y]
    if form == "npy":
        np.save(path, x)
    elif form == "npy-float64":
        np.save(path, x.astype(float))
    elif form == "npy-fortran":
        np.save(path, np.asfortranarray(x))
    elif form == "npz":
        np.savez(path, x=x, y=y, classes=np.array(CLASSES))
    elif form == "npz-deflated":
        np.savez_compressed(path, x=x, y=y)
    elif form == "csv":
        write_text(path, ",".join(f"f{i}" for i in range(16)) + ",label\n", x, names)
    elif form == "arff":
        attributes = "".join(f"@attribute f{i} real\n" for i in range(16))
        classes = "@attribute class {" + ",".join(sorted(CLASSES)) + "}\n"
        write_text(path, "@relation jets\n" + attributes + classes + "@data\n", x, names)
    else:
        import h5py

        with h5py.File(path, "w") as out:
            if form == "hdf5":
                out["x"], out["y"] = x, y
            else:
                sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "jsc"))
                import layout

                columns = ["j_" + name for name in layout.FEATURES + layout.CLASSES]
                table = np.zeros(len(x), [(name, np.float32) for name in columns])
                for i, name in enumerate(layout.FEATURES):
                    table["j_" + name] = x[:, i]
                for i, name in enumerate(layout.CLASSES):
                    table["j_" + name] = y == i
                out.create_dataset(layout.DATASET, data=table, chunks=(2048,), compression="gzip")


FORMATS = {
    "npy": "npy",
    "npy-float64": "npy",
    "npy-fortran": "npy",
    "npz": "npz",
    "npz-deflated": "npz",
    "csv": "csv",
    "arff": "arff",
    "hdf5": "h5",
    "hdf5-jets": "h5",
}


def tree(pid):
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from tree(int(child))


def memory(pid):
    """Of a process and its children, in MB."""
    total = 0
    for one in tree(pid):
        try:
            for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            pass
    return total * 1024 / 1e6


def measure(command):
    begin = time.monotonic()
    most = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, memory(process.pid))
            time.sleep(0.005)
    if process.returncode:
        sys.exit(f"error: {' '.join(command)}: exit code {process.returncode}")
    return most, time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("formats", nargs="*", metavar="FORMAT")
    parser.add_argument("--jets", type=int, default=1000000)
    parser.add_argument("--build", default="build")
    parser.add_argument("--work", help="where the files go, and stay")
    arguments = parser.parse_args()
    for form in arguments.formats:
        if form not in FORMATS:
            sys.exit(f"error: unknown format '{form}'; valid: {', '.join(FORMATS)}")
    random = np.random.default_rng(0)
    x = random.standard_normal((arguments.jets, 16), np.float32)
    y = random.integers(0, 5, arguments.jets)
    allowed = 180 + arguments.jets * (len(CLASSES) + 1) * 4 / 1e6
    broken = False
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(arguments.work or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "net.mlir").write_text(NETWORK)
        print(f"{'format':14}{'file MB':>9}{'s':>8}{'MB':>8}{'allowed':>9}")
        for form in arguments.formats or FORMATS:
            path = folder / f"{form}.{FORMATS[form]}"
            try:
                write(form, path, x, y)
            except ImportError as error:
                print(f"{form:14}left out: {error}")
                continue
            most, seconds = measure(
                [
                    f"{arguments.build}/bin/mase-run",
                    str(folder / "net.mlir"),
                    "--engine=cpu",
                    f"--input={path}",
                    f"--output={folder / 'y.npy'}",
                ]
            )
            size = os.path.getsize(path) / 1e6
            broken |= most > allowed
            print(f"{form:14}{size:9.1f}{seconds:8.2f}{most:8.1f}{allowed:9.1f}", flush=True)
            if not arguments.work:
                path.unlink()
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
