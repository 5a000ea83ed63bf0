#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a second job brings: wall time of mase-run with --jobs=1 and --jobs=2, from an NPY file to an NPY file.

usage: jobs.py [--jets N] [--rounds N] [--build build] [--beside BUILD] [--work FOLDER] [ENGINE...]

Writes N random jets of 16 features (with the Python that runs this, which needs NumPy) and runs jsc-new and the
16-64-32-32-5 network on them, in 8 bits. Prints for each engine the least seconds of all rounds with one job and with
two, their ratio beside what is wanted, the seconds that a run of 64 jets takes, and the largest memory. Those seconds
are the start and the compilation, which two jobs don't share: a ratio of 1.9 takes a run with one job that is 19 times
as long (jsc-new and the engine cpu: some 60 million jets). --beside runs another build in turns. Files lie in FOLDER (or a
temporary one), which should be in memory or on a fast disk: the results are on the disk when mase-run ends. The
machine must be idle.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
NETWORKS = {"jsc-new": "jsc-new.onnx", "16-64-32-32-5": "hls4ml.onnx"}
ENGINES = ("cpu", "interpreter", "linalg")
WANTED = 1.9


def run(command):
    """Seconds and MB."""
    begin = time.monotonic()
    process = subprocess.Popen([str(word) for word in command])
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    if status:
        sys.exit(f"error: {' '.join(map(str, command))}: status {status}")
    return seconds, usage.ru_maxrss * 1024 / 1e6


def write_jets(path, jets):
    """A part at a time: they may be more than memory."""
    random = np.random.default_rng(0)
    x = np.lib.format.open_memmap(path, "w+", np.float32, (jets, 16))
    step = 1000000
    for begin in range(0, jets, step):
        part = x[begin : begin + step]
        random.standard_normal(out=part, dtype=np.float32)
    x.flush()


def measure(builds, network, engine, x, few, y, rounds):
    """{build: [least seconds with one job, with two, set-up, MB]}"""
    best = {build: [float("inf")] * 3 + [0] for build in builds}
    for _ in range(rounds):
        for build in builds:
            for i, (jobs, data) in enumerate(((1, x), (2, x), (1, few))):
                # To replace a large file takes time of its own.
                y.unlink(missing_ok=True)
                seconds, memory = run(
                    [build / "bin/mase-run", network, f"--engine={engine}", f"--jobs={jobs}", f"--input={data}", f"--output={y}"]
                )
                best[build][i] = min(best[build][i], seconds)
                best[build][3] = max(best[build][3], memory)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engines", nargs="*", metavar="ENGINE")
    parser.add_argument("--jets", type=int, default=10000000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--beside", type=Path, help="another build")
    parser.add_argument("--work", help="where the files go, and stay")
    arguments = parser.parse_args()
    builds = [arguments.build] + ([arguments.beside] if arguments.beside else [])
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(arguments.work or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        x, few, y = folder / f"x{arguments.jets}.npy", folder / "few.npy", folder / "y.npy"
        if not x.exists():
            write_jets(x, arguments.jets)
        write_jets(few, 64)
        print(f"{'':24}{'1 job, s':>10}{'2 jobs, s':>10}{'ratio':>8}{'wanted':>8}{'set-up, s':>11}{'MB':>8}")
        for name, file in NETWORKS.items():
            network = folder / f"{name}.mlir"
            bin = arguments.build / "bin"
            config = ROOT / "examples/jsc/quantize.toml"
            text = subprocess.run([bin / "mase-translate", "--import-onnx", ROOT / "examples/jsc" / file], check=True, stdout=subprocess.PIPE).stdout
            subprocess.run([bin / "mase-opt", f"--mase-quantize=config={config}", "-o", network], check=True, input=text)
            for engine in arguments.engines or ENGINES:
                for build, (one, two, start, memory) in measure(builds, network, engine, x, few, y, arguments.rounds).items():
                    label = f"{name}, {engine}" if build == builds[0] else "  beside it"
                    print(f"{label:24}{one:10.3f}{two:10.3f}{one / two:8.2f}{WANTED:8.2f}{start:11.3f}{memory:8.0f}", flush=True)
        y.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
