#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles the headers of networks with compilers and flags, and compares their bits with the interpreter's.

usage: check_header.py --tools build/bin [--language c++] [--compilers "g++,clang++"] [--flags "-O2,-O3 -mavx2"] NETWORK...
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

WARNINGS = "-Wall -Wextra -Wconversion -Wshadow -pedantic -Werror".split()
HERE = pathlib.Path(__file__).parent


def run(*command, **options):
    p = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    if p.returncode:
        sys.exit(f"{' '.join(str(c) for c in command)}\nexit status {p.returncode}\n{p.stdout}{p.stderr[:4000]}")


def inputs(features, seed):
    """Numbers as networks see them, far ones, and ones that are none."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(77, features)).astype(np.float32)
    x[5] *= 1e4
    x[6] *= 1e-30
    x[7] = 0
    x[8] = np.float32(-0.0)
    x[9] = rng.choice(np.float32([np.inf, -np.inf, np.nan, 3e38, 1e-45]), features)
    return x


# What a language's header is called, what its programs are compiled with, and what stands before the number of features.
LANGUAGES = {
    "c++": ("net.hpp", ["-std=c++17"], "run.cpp", "kInputs = "),
    "c": ("net.h", ["-std=c11"], "run.c", "#define NET_INPUTS "),
}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--tools", type=pathlib.Path, required=True)
    ap.add_argument("--language", choices=LANGUAGES, default="c++")
    ap.add_argument("--compilers", default="g++,clang++-22")
    ap.add_argument("--flags", default="-O2")
    ap.add_argument("networks", nargs="+")
    args = ap.parse_args()
    header, standard, source, before = LANGUAGES[args.language]
    done = 0
    for number, network in enumerate(args.networks):
        with tempfile.TemporaryDirectory() as d:
            run(args.tools / "mase-translate", "--mase-to-cpp", f"--cpp-language={args.language}", "--cpp-namespace=net", "--cpp-self-test=32", network, "-o", f"{d}/{header}")
            features = re.search(before + r"(\d+)", pathlib.Path(d, header).read_text())
            x = inputs(int(features[1]), number)
            np.save(f"{d}/x.npy", x)
            run(args.tools / "mase-run", network, "--allow-nonfinite", "--input", f"{d}/x.npy", "--output", f"{d}/y.npy")
            expected = np.load(f"{d}/y.npy")
            for compiler in args.compilers.split(","):
                for flags in args.flags.split(","):
                    run(compiler, *([] if "-std=" in flags else standard), *flags.split(), *WARNINGS, f"-I{d}", HERE / source, "-o", f"{d}/run", "-lm")
                    for n in (0, 1, 15, 31, 66, len(x)):
                        x[:n].tofile(f"{d}/x.bin")
                        run(f"{d}/run", f"{d}/x.bin", f"{d}/y.bin")
                        y = np.fromfile(f"{d}/y.bin", np.float32).reshape(n, expected.shape[1])
                        differs = (y.view(np.int32) != expected[:n].view(np.int32)) & ~(np.isnan(y) & np.isnan(expected[:n]))
                        if differs.any():
                            sys.exit(f"{network}: {compiler} {flags}, {n} samples: {int(differs.sum())} results differ, "
                                     f"first {np.argwhere(differs)[0]}")
                    done += 1
    print(f"{done} headers compiled, all bits as the interpreter's")


if __name__ == "__main__":
    main()
