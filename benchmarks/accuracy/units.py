#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What networks lose when --mase-remove-units takes hidden units out, through the commands that people type.

Means over a network's float seeds: multiplications a jet, before and after; points of accuracy lost on the test jets in
float32, with the standard error of one difference; and calibrated at 8 bits on 2,000 jets, refined on 8,000, without and with
the units. Units are removed on 8,000 jets without labels; test jets choose nothing.
"""
import argparse
import pathlib
import re
import tempfile

import numpy as np

from networks import ROOT
from shipped import JSC, Measurement, layers

LIMITS = [0.0015, 0.006, 0.015]


def rounded(measurement, name):
    """Points lost of the network `name`, calibrated and refined."""
    measurement.run("mase-opt", f"{measurement.d}/{name}.mlir",
                    "--mase-quantize=" + layers(8, 8, 8, measurement.names, '"auto"'),
                    f"--mase-calibrate={measurement.data(2000)}", "-o", f"{measurement.d}/calibrated.mlir")
    return measurement.refined("calibrated")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--tools", type=pathlib.Path, default=ROOT / "build/bin", help="where mase-opt is (default: build/bin)")
    ap.add_argument("networks", nargs="*", default=["jsc-new", "hls4ml"], help="names of shipped networks")
    args = ap.parse_args()
    for network in args.networks:
        rows = {limit: [] for limit in LIMITS}
        for onnx in [JSC / f"{network}.onnx", *sorted((JSC / "seeds").glob(f"{network}-*.onnx"))]:
            with tempfile.TemporaryDirectory() as d:
                m = Measurement(args, onnx, d)
                whole = rounded(m, "folded")
                for limit in LIMITS:
                    said = m.run("mase-opt", f"{d}/folded.mlir", f"--mase-remove-units={m.data(8000)} kl={limit}", "-o", f"{d}/small.mlir")
                    before, after = map(int, re.search(r"(\d+) multiplications a sample became (\d+)", said).groups())
                    rows[limit].append((before, after, *m.lost("small"), *whole, *rounded(m, "small")))
        print(f"{network}, {len(rows[LIMITS[0]])} float seeds\n   kl     multiplications   float32      8 bits, all units   8 bits, fewer")
        for limit, seeds in rows.items():
            before, after, lost, error, all8, error8, few8, few_error = np.mean(seeds, axis=0)
            print(f"{limit:7.4f}  {before:6.0f} -> {after:6.0f}   {lost:5.2f} ±{error:.2f}   {all8:5.2f} ±{error8:.2f}   {few8:5.2f} ±{few_error:.2f}")


if __name__ == "__main__":
    main()
