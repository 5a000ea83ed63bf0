#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What networks lose within budgets of a cost (--mase-shrink), through the commands that people type.

Means over a network's float seeds: cost; divergence from the float network (10^-3 nats) and points of accuracy lost on
the test jets, which choose nothing, with the standard error of one difference; shares of zero weights, processor seconds of the
whole path. Networks are shrunk on calibration jets without labels.
"""
import argparse
import pathlib
import re
import resource
import tempfile

import numpy as np

from networks import ROOT
from shipped import JSC, Measurement

BUDGETS = [20000, 13000, 7000, 4000, 2500, 1500]
# What is wanted at these budgets: points lost, and divergence.
WANTED = {"hls4ml": [(.3, 9), (.6, 16), (.8, 26), (1.3, 45), (1.8, 66), (2.5, 100)],
          "jsc-new": [None, (.2, 3.2), (.3, 4.7), (.4, 9.5), (.5, 15), (.9, 30)]}


def log_softmax(z):
    z = z.astype(np.float64) - z.max(1, keepdims=True)
    return z - np.log(np.exp(z).sum(1, keepdims=True))


def log_probabilities(measurement, name):
    measurement.right(name)
    return log_softmax(np.load(f"{measurement.d}/y.npy"))


def measure(args, onnx):
    """{budget: (cost, divergence, points lost, standard error, share of zeros, bits of inputs)}, and seconds."""
    with tempfile.TemporaryDirectory() as d:
        m = Measurement(args, onnx, d)
        exact = log_probabilities(m, "net")
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        said = m.run("mase-opt", f"{d}/folded.mlir", f"--mase-shrink={m.data(args.samples)} budget={min(args.budgets)} "
                     f"cost={args.cost} effort={args.effort} {args.options} path={d}/path", "-o", f"{d}/small.mlir")
        seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        result = {}
        for budget, cost, zeros, weights, width in re.findall(
                r"within (\d+): (\d+) .*, (\d+) of (\d+) weights 0, .*inputs of ([\d.]+) bits", said):
            difference = exact - log_probabilities(m, f"path/{args.cost}_{budget}")
            result[int(budget)] = (int(cost), 1e3 * (np.exp(exact) * difference).sum(1).mean(), *m.lost(f"path/{args.cost}_{budget}"),
                                   100 * int(zeros) / int(weights), float(width))
        return result, seconds


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--tools", type=pathlib.Path, default=ROOT / "build/bin", help="where mase-opt is (default: build/bin)")
    ap.add_argument("--effort", default="full", help="as the pass has it (default: %(default)s)")
    ap.add_argument("--cost", default="ebops", help="as the pass has it (default: %(default)s)")
    ap.add_argument("--budgets", type=int, nargs="+", default=BUDGETS, help="those that are printed, where the pass keeps networks")
    ap.add_argument("--options", default="", help="more options for the pass")
    ap.add_argument("--samples", type=int, default=8000, help="calibration jets (default: %(default)s)")
    ap.add_argument("networks", nargs="*", default=["hls4ml", "jsc-new"], help="names of shipped networks")
    args = ap.parse_args()
    for network in args.networks:
        seeds = [measure(args, onnx) for onnx in [JSC / f"{network}.onnx", *sorted((JSC / "seeds").glob(f"{network}-*.onnx"))]]
        print(f"{network}, {len(seeds)} float seeds, effort {args.effort}, {np.mean([s for _, s in seeds]):.2f} s each")
        print(f"  budget  {args.cost:>11}   divergence  (wanted)   points lost   (wanted)   weights 0  bits of inputs")
        known = dict(zip(BUDGETS, WANTED.get(network, []))) if args.cost == "ebops" else {}
        for budget in sorted(args.budgets, reverse=True):
            rows = [found[budget] for found, _ in seeds if budget in found]
            if not rows:
                continue
            cost, divergence, lost, error, zeros, width = np.mean(rows, axis=0)
            points, nats = known.get(budget) or ("", "")
            print(f"{budget:8} {cost:12.0f}   {divergence:10.1f}  {nats:>8}   {lost:5.2f} ±{error:.2f}  {points:>9}   {zeros:7.0f} %  {width:10.1f}",
                  flush=True)


if __name__ == "__main__":
    main()
