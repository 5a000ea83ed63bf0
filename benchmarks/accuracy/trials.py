#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calibrated trials per second on one core beside a numpy program of the same recipe that shares prefixes, too: all
combinations of widths of the Linears' inputs and weights, each calibrated for itself and measured.

Times are processor times. The peer takes scales of data of least squared error at each point, ours are chosen once for a
layer and width, so accuracies differ a little; their means are printed.
"""
import argparse
import os
import time

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy reads them

import numpy as np

import networks
import peer
from networks import DATA, ROOT


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--bench", default=ROOT / "build/bin/mase-bench-trials", help="mase-bench-trials (default: build/bin)")
    ap.add_argument("--network", default=ROOT / "examples/jsc/jsc-new.onnx")
    ap.add_argument("--widths", type=int, nargs="+", default=[2, 3, 4, 5, 6, 7, 8], help="ours (default: all 7^6 points of jsc-new)")
    ap.add_argument("--peer-widths", type=int, nargs="*", default=[2, 4, 8], help="the peer's; none: no peer")
    ap.add_argument("--calibration-jets", type=int, default=2000)
    ap.add_argument("--jets", type=int, default=7000)
    args = ap.parse_args()

    scaler = DATA / "scaler.json"
    calibration, _ = networks.read_jets(DATA / "calibration.h5", scaler, args.calibration_jets)
    x, y = networks.read_jets(DATA / "validation.h5", scaler, args.jets)
    steps = networks.binary32(networks.folded(networks.read_steps(args.network)))

    def ours(widths):
        return networks.measure(args.bench, steps, calibration, x, y, data=widths, weight=widths)

    r = ours(args.widths)
    seconds = r["setup_seconds"] + r["seconds"]
    print(f"{r['trials']} trials, {args.calibration_jets} calibration jets, metrics on {args.jets}, one core")
    print(f"  mase   {r['trials'] / seconds:9.0f} trials/s  ({seconds:.2f} s, {r['setup_seconds']:.2f} of them for scales of data)")
    if not args.peer_widths:
        return
    start = time.process_time()
    accuracies = peer.trials(steps, calibration, x, y, args.peer_widths)
    theirs = time.process_time() - start
    mine = ours(args.peer_widths)
    print(f"  numpy  {len(accuracies) / theirs:9.0f} trials/s  ({len(accuracies)} trials in {theirs:.2f} s)")
    print(f"  mean accuracy of those {100 * np.mean(mine['accuracy_micro']):.2f} %, numpy's {100 * accuracies.mean():.2f} %")


if __name__ == "__main__":
    main()
