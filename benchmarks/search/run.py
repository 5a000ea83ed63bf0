#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trials per second of MASE's evaluator beside a Python peer, in the same run, on one core: accuracy and loss of all
18^3 points of jsc-new's three Linears on 512 jets. Checks that both come to the same metrics.

Times are processor times (of either side's one thread), since other work on the machine would disturb a long run more
than a short one. Without options the network and the jets are made up from a seed. Values matter a little: mase-opt
evaluates precisions that round a layer's parameters alike once, and leaves words of zero weights out.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy and torch read them

import numpy as np

import peer
import problem

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--bench", default=ROOT / "build/bin/mase-bench-search", help="mase-bench-search (default: build/bin)")
    ap.add_argument("--network", help="jsc-new as .onnx, or .json with 'params'")
    ap.add_argument("--data", help="jets: .h5 in the public data set's layout, or .csv")
    ap.add_argument("--scaler", help="scaler.json for --data *.h5")
    ap.add_argument("--samples", type=int, default=512)
    ap.add_argument("--rounds", type=int, default=5, help="how often each side takes its turn")
    ap.add_argument("--repetitions", type=int, default=5, help="runs of a side in its turn; the least time counts")
    ap.add_argument("--seed", type=int, default=0)
    ap.add_argument("--core", type=int, help="the core to pin to (default: the last one allowed)")
    ap.add_argument("--numpy", action="store_true", help="the peer uses numpy even where torch is there")
    args = ap.parse_args()
    if not pathlib.Path(args.bench).exists():
        ap.error(f"no '{args.bench}': build mase-bench-search, or name it with --bench")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0)) if args.core is None else args.core})

    if args.network:
        load = problem.onnx_parameters if args.network.endswith(".onnx") else problem.json_parameters
        parameters = load(args.network)
    else:
        parameters = problem.synthetic_parameters(args.seed)
    if args.data:
        x, y = (problem.csv_data(args.data, args.samples) if args.data.endswith(".csv")
                else problem.hdf5_data(args.data, args.scaler, args.samples))
    else:
        x, y = problem.synthetic_data(args.seed, args.samples)

    xp = peer.Numpy if args.numpy else peer.best_library()
    ours = theirs = float("inf")
    with tempfile.TemporaryDirectory() as d:
        problem.write(f"{d}/problem.json", parameters, x, y)
        for _ in range(args.rounds):  # in turns: the machine's slow phases then hit both
            p = subprocess.run([args.bench, f"{d}/problem.json", f"{d}/metrics.bin", str(4 * args.repetitions)], capture_output=True, text=True)
            if p.returncode:
                sys.exit(f"run.py: {p.stderr.strip()}")
            report = json.loads(p.stdout)
            ours = min(ours, report["seconds"])
            seconds, (accuracy, loss) = peer.measure(parameters, x, y, args.repetitions, xp)
            theirs = min(theirs, seconds)
        mine = np.fromfile(f"{d}/metrics.bin").reshape(-1, 2)

    off = np.abs(mine[:, 1] - loss).max(), np.abs(mine[:, 0] - accuracy).max()
    n = report["trials"]
    print(f"{n} trials, {len(y)} jets, one core, accuracy and loss")
    print(f"  mase   {n / ours:9.0f} trials/s  ({ours * 1e3:.2f} ms, {report['isa']})")
    print(f"  {xp.name:6} {n / theirs:9.0f} trials/s  ({theirs * 1e3:.2f} ms)")
    print(f"  ratio  {theirs / ours:9.2f}")
    rate = peer.products_per_second(xp) / 1e9
    print(f"  {xp.name}'s matrix products: {rate:.0f} G multiply-adds/s" +
          ("" if rate > 12 else ": a slow BLAS; install libopenblas0 for a fair peer"))
    print(f"  largest difference: loss {off[0]:.1e}, accuracy {off[1]:.1e}")
    # A jet whose two best logits differ by a rounding may be counted either way.
    if not off[0] < 1e-5 or not off[1] < 2.5 / np.bincount(y).clip(1).min():
        sys.exit("run.py: the metrics disagree")


if __name__ == "__main__":
    main()
