#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every figure of a build beside that of another one, in the same run.

usage: compare.py OTHER_BIN [--tools build/bin] [--rounds N] [--arch 80 90]

OTHER_BIN is the bin folder of another commit's build:

    git worktree add ../before COMMIT && cd ../before
    cmake --preset default && cmake --build --preset default

Both builds take the same inputs, in turns, pinned to one core. Printed are the
processor times of whole commands (the median of the rounds), the trials/s of the
search, the time that code takes to be compiled (the CPU engine's on one jet,
less the interpreter's), and, where nvcc and a disassembler are (see
cuda/count_sass.py), instructions a jet of the generated kernels; then
the ratio of the two, and whether the printed kernels are the same bytes.
"""
import argparse
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
JETS = ROOT / "examples/jsc/data"
sys.path.insert(0, str(ROOT / "benchmarks/search"))


def run(*command):
    """Processor seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"compare.py: {' '.join(map(str, command))} failed:\n{done.stderr.strip()}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def commands(tools, folder):
    """What people type: (what it is, command)."""
    jets = ["--input", JETS / "test.h5", "--scaler", JETS / "scaler.json"]
    search = (f"config={ROOT / 'examples/jsc/search-joint.toml'} data={JETS / 'validation.h5'} "
              f"scaler={JETS / 'scaler.json'} jobs=1 output-dir={folder / 'search'}")
    return [
        ("import", [tools / "mase-translate", "--import-onnx", ROOT / "examples/jsc/jsc-new.onnx", "-o", folder / "net.mlir"]),
        ("quantize", [tools / "mase-opt", folder / "net.mlir", f"--mase-quantize=config={ROOT / 'examples/jsc/quantize.toml'}",
                      "-o", folder / "q.mlir"]),
        ("report", [tools / "mase-opt", folder / "q.mlir", "--mase-report", "-o", folder / "r.mlir"]),
        ("to .cu", [tools / "mase-translate", "--mase-to-cuda", folder / "q.mlir", "-o", folder / "net.cu"]),
        ("interpreter, test jets", [tools / "mase-run", folder / "q.mlir", *jets, "--output", folder / "y.npy"]),
        ("cpu engine, test jets", [tools / "mase-run", folder / "q.mlir", "--engine=cpu", *jets, "--output", folder / "y.npy"]),
        ("interpreter, one jet", [tools / "mase-run", folder / "q.mlir", "--input", folder / "jet.npy", "--output", folder / "y.npy"]),
        ("cpu engine, one jet", [tools / "mase-run", folder / "q.mlir", "--engine=cpu", "--input", folder / "jet.npy",
                                 "--output", folder / "y.npy"]),
        ("joint search", [tools / "mase-opt", folder / "net.mlir", f"--mase-search={search}", "-o", folder / "best.mlir"]),
    ]


def kernels(tools, folder):
    """jsc-new at the widths that count_sass.py takes."""
    for width in (8, 4, 2):
        layer = (f'{{name="integer", data_in_width=8, data_in_frac_width=4, weight_width={width}, '
                 f"weight_frac_width={width // 2}, bias_width=8, bias_frac_width=4}}")
        run(tools / "mase-opt", folder / "net.mlir", f"--mase-quantize=by=type layers='linear:{layer}'", "-o", folder / f"w{width}.mlir")
        run(tools / "mase-translate", "--mase-to-cuda", folder / f"w{width}.mlir", "-o", folder / f"jsc-new-w{width}.cu")
        yield width, folder / f"jsc-new-w{width}.cu"


def instructions(file, arch, include):
    """Of one jet, or none where the tools are missing."""
    done = subprocess.run([sys.executable, ROOT / "benchmarks/cuda/count_sass.py", "--arch", arch, "--include", include, file],
                          capture_output=True, text=True)
    found = re.search(r"([\d.]+) instructions a sample", done.stdout)
    return float(found[1]) if found else None


def line(what, before, after, unit, better):
    ratio = after / before if better == "less" else before / after
    print(f"{what:28}{before:14.4g}{after:14.4g}  {unit:12}{ratio:7.3f}", flush=True)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("other", type=pathlib.Path, help="bin folder of the other build")
    ap.add_argument("--tools", type=pathlib.Path, default=ROOT / "build/bin", help="bin folder of this build")
    ap.add_argument("--rounds", type=int, default=9)
    ap.add_argument("--arch", nargs="*", default=["80", "90"], help="GPU architectures; none: no kernels")
    args = ap.parse_args()
    for folder in (args.other, args.tools):
        if not (folder / "mase-opt").exists():
            ap.error(f"no '{folder}/mase-opt'")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    import numpy as np

    import problem

    print(f"{'':28}{'other':>14}{'this':>14}  {'':12}  ratio (below 1: this one is better)")
    with tempfile.TemporaryDirectory() as d:
        folders = {}
        for name, tools in (("other", args.other), ("this", args.tools)):
            folders[tools] = pathlib.Path(d) / name
            folders[tools].mkdir()
            np.save(folders[tools] / "jet.npy", np.zeros((1, 16), np.float32))
        times = {tools: {} for tools in folders}
        for _ in range(args.rounds):
            for tools, folder in folders.items():  # in turns: slow phases of the machine hit both
                for what, command in commands(tools, folder):
                    times[tools].setdefault(what, []).append(run(*command)[0])
        median = {tools: {what: statistics.median(t) for what, t in each.items()} for tools, each in times.items()}
        for what in median[args.tools]:
            line(what, median[args.other][what], median[args.tools][what], "s", "less")
        compiled = [median[t]["cpu engine, one jet"] - median[t]["interpreter, one jet"] for t in (args.other, args.tools)]
        line("compiling for the cpu", *compiled, "s", "less")

        problem.write(f"{d}/problem.json", problem.synthetic_parameters(0), *problem.synthetic_data(0, 512))
        rates = {tools: 0.0 for tools in folders}
        for _ in range(args.rounds):
            for tools in folders:
                report = json.loads(run(tools / "mase-bench-search", f"{d}/problem.json", f"{d}/metrics.bin", "20")[1])
                rates[tools] = max(rates[tools], report["trials"] / report["seconds"])
        line("evaluator", rates[args.other], rates[args.tools], "trials/s", "more")

        sources = {tools: dict(kernels(tools, folder)) for tools, folder in folders.items()}
        for width, file in sources[args.tools].items():
            other = sources[args.other][width]
            same = file.read_bytes() == other.read_bytes()
            print(f"jsc-new, {width}-bit weights: the kernels are {'the same bytes' if same else 'not the same'}")
            for arch in args.arch:
                counts = [instructions(f, arch, tools.parents[1] / "include") for f, tools in ((other, args.other), (file, args.tools))]
                if None in counts:
                    print("  no count of instructions: cuda/count_sass.py says what it needs")
                    break
                line(f"  sm_{arch}", *counts, "instructions", "less")


if __name__ == "__main__":
    main()
