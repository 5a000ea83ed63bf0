#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What calibrated rounding keeps of the shipped networks' accuracy, through the commands that people type.

For each network and width: MASE's rule (half of the bits are fraction bits), --mase-calibrate on 2,000 jets without
labels, --mase-refine on 8,000 after it; points of accuracy lost on the test jets against float32.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
JSC = ROOT / "examples/jsc"
NETWORKS = ["jsc-new", "hls4ml", "jsc-s", "jsc-trt", "jsc-three-linear", "jsc-toy"]


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"shipped.py: {' '.join(map(str, command))} failed:\n{done.stderr.strip()}")
    return done.stdout


def layers(first, data, weight, names, fraction):
    """--mase-quantize's layers: the first input of `first` bits, the others of `data`."""
    entries = []
    for i, name in enumerate(names):
        width = first if i == 0 else data
        bias = f',bias_width=16,bias_frac_width={fraction}' if fraction == '"auto"' else ""
        entries.append(f"{name}:{{data_in_width={width},data_in_frac_width={fraction},weight_width={weight},"
                       f"weight_frac_width={fraction}{bias}}}")
    return f"by=name layers={','.join(entries)}"


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--tools", type=pathlib.Path, default=ROOT / "build/bin")
    ap.add_argument("--networks", nargs="+", default=NETWORKS)
    args = ap.parse_args()
    data = ["--scaler", JSC / "data/scaler.json"]
    calibration = f"data={JSC / 'data/calibration.h5'} scaler={JSC / 'data/scaler.json'}"
    rows = [("8", 8, 8, 8), ("6", 6, 6, 6), ("4", 4, 4, 4), ("first input 8, rest 4", 8, 4, 4), ("first input 8, rest 3", 8, 3, 3),
            ("first input 8, rest 2", 8, 2, 2), ("inputs 8, weights 2", 8, 8, 2)]
    with tempfile.TemporaryDirectory() as d:
        accuracy = lambda net: float(re.search(r"accuracy_micro\s+([\d.]+)", run(
            args.tools / "mase-run", net, "--input", JSC / "data/test.h5", *data))[1]) * 100
        for network in args.networks:
            run(args.tools / "mase-translate", "--import-onnx", JSC / f"{network}.onnx", "-o", f"{d}/net.mlir")
            run(args.tools / "mase-opt", f"{d}/net.mlir", "--mase-fold-batch-norm", "-o", f"{d}/folded.mlir")
            names = re.findall(r'mase\.linear "([^"]+)"', pathlib.Path(f"{d}/net.mlir").read_text())
            exact = accuracy(f"{d}/net.mlir")
            print(f"{network}: float32 {exact:.2f} %; points lost")
            print(f"  {'bits':24}{'rule':>8}{'calibrated':>12}{'refined':>9}   seconds (calibrate, refine)")
            for name, first, width, weight in rows:
                run(args.tools / "mase-opt", f"{d}/net.mlir", f"--mase-quantize={layers(first, width, weight, names, chr(34) + 'NA' + chr(34))}",
                    "-o", f"{d}/rule.mlir")
                start = time.perf_counter()
                run(args.tools / "mase-opt", f"{d}/folded.mlir", f"--mase-quantize={layers(first, width, weight, names, chr(34) + 'auto' + chr(34))}",
                    f"--mase-calibrate={calibration} samples=2000", "-o", f"{d}/calibrated.mlir")
                middle = time.perf_counter()
                run(args.tools / "mase-opt", f"{d}/calibrated.mlir", f"--mase-refine={calibration} samples=8000", "-o", f"{d}/refined.mlir")
                end = time.perf_counter()
                lost = [exact - accuracy(f"{d}/{x}.mlir") for x in ("rule", "calibrated", "refined")]
                print(f"  {name:24}{lost[0]:8.2f}{lost[1]:12.2f}{lost[2]:9.2f}   {middle - start:.2f} {end - middle:.2f}", flush=True)


if __name__ == "__main__":
    main()
