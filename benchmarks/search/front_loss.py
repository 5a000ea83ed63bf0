#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How near samplers come to the front of an exhaustive search: mase-opt tries every data and weight width of a network's
Linears, then a few hundred with each sampler. Printed are the share of the exhaustive front's hypervolume, and by how much
the loss that was found lies above the exhaustive front's at the same cost: mean and largest over the front's members, means
over the seeds; and how long the whole command takes.
"""
import argparse
import csv
import pathlib
import subprocess
import tempfile
import time

import sampler_problems as problems

CONFIG = """[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
setup.by = "type"
[search.search_space.seed.default.config]
name = ["NA"]
[search.search_space.seed.linear.config]
name = ["integer"]
data_in_width = {widths}
data_in_frac_width = ["NA"]
weight_width = {widths}
weight_frac_width = ["NA"]
bias_width = [8]
bias_frac_width = ["NA"]
[search.strategy.setup]
n_trials = 100
[search.strategy.metrics]
{quality}.scale = 1.0
{quality}.direction = "minimize"
{cost}.scale = 1.0
{cost}.direction = "minimize"
"""


def search(args, folder, *options):
    """(quality, cost) of the trials in their order; seconds."""
    start = time.time()
    subprocess.run([args.bin / "mase-opt", f"{folder}/network.mlir", "-o", "/dev/null",
                    f"--mase-search=config={folder}/search.toml output-dir={folder}/out log=false journal=false results=true "
                    f"{' '.join(options)}"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.time() - start
    with open(f"{folder}/out/results.csv") as f:
        rows = [r for r in csv.DictReader(f) if r["state"] == "COMPLETE"]
    rows.sort(key=lambda r: int(r["number"]))
    return [(float(r[args.quality]), float(r[args.cost])) for r in rows], seconds


def front_of(values):
    front = []
    for quality, cost in sorted(values, key=lambda v: (v[1], v[0])):
        if not front or quality < front[-1][0]:
            front.append((quality, cost))
    return front


def excess(found, front):
    """Of each member of the front: by what share the best that was found at its cost is worse."""
    shares = []
    for quality, cost in front:
        best = min((q for q, c in found if c <= cost), default=None)
        if best is not None:
            shares.append(best / quality - 1)
    return sum(shares) / len(shares), max(shares)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--bin", type=pathlib.Path, default=problems.ROOT / "build/bin", help="where mase-opt is")
    ap.add_argument("--network", default=problems.ROOT / "examples/jsc/jsc-new.onnx", help="ONNX file of a network of jets")
    ap.add_argument("--widths", default="2,3,4,5,6,7,8")
    ap.add_argument("--quality", default="loss", help="metric that is 0 at best")
    ap.add_argument("--cost", default="bitops")
    ap.add_argument("--samplers", default="sensitivity,auto,greedy,gp,tpe,random")
    ap.add_argument("--trials", default="50,100,200,300")
    ap.add_argument("--seeds", type=int, default=5)
    args = ap.parse_args()
    args.bin = args.bin.resolve()
    if not (args.bin / "mase-opt").exists():
        ap.error(f"no '{args.bin / 'mase-opt'}': build mase-opt, or name its folder with --bin")
    marks = [int(n) for n in args.trials.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([args.bin / "mase-translate", "--import-onnx", args.network, "-o", f"{folder}/network.mlir"], check=True)
        pathlib.Path(f"{folder}/search.toml").write_text(
            CONFIG.format(widths=[int(w) for w in args.widths.split(",")], quality=args.quality, cost=args.cost))
        everything, seconds = search(args, folder, "sampler=brute", f"trials={10**9}")
        front = front_of(everything)
        reference = (-max(q for q, _ in front), max(c for _, c in everything))
        volume = problems.hypervolume([(-q, c) for q, c in front], reference)
        print(f"exhaustive: {len(everything)} trials, {len(front)} on the front, {seconds:.1f} s")
        print(f"{'':12}" + "".join(f"{f'after {n}':>22}" for n in marks) + f"{'seconds':>9}")
        for sampler in args.samplers.split(","):
            cells, times = [[] for _ in marks], []
            for seed in range(args.seeds):
                found, seconds = search(args, folder, f"sampler={sampler}", f"trials={max(marks)}", f"seed={seed}")
                times.append(seconds)
                for cell, n in zip(cells, marks):
                    share = problems.hypervolume([(-q, c) for q, c in found[:n]], reference) / volume
                    cell.append((share, *excess(found[:n], front)))
            text = f"{sampler:12}"
            for cell in cells:
                share, mean, most = (sum(v) / len(cell) for v in zip(*cell))
                text += f"{share:8.3f} {mean:5.1%} {most:6.1%} "
            print(text + f"{sum(times) / len(times):9.2f}", flush=True)


if __name__ == "__main__":
    main()
