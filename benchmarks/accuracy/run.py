#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What each step of calibrated rounding is worth: test accuracy of a network under recipes that add one step each, all
Linears at one width, and mixed ones.

Calibration sees jets without their labels; accuracy is that of the integers, by the evaluator.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import networks

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "examples/jsc/data"

RECIPES = [
    ("per tensor, largest value fits", {"per_tensor": True, "rounding": "nearest", "range": "max", "passes": 0}),
    ("per tensor, least squared error", {"per_tensor": True, "rounding": "nearest", "passes": 0}),
    ("per channel", {"rounding": "nearest", "passes": 0}),
    ("+ error feedback", {"passes": 0}),
    ("+ exponents", {}),
    ("+ refined", {"refine": 4}),
    ("+ exponents of features", {"refine": 4, "equalize": True}),
]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("networks", nargs="*", default=[str(ROOT / "examples/jsc/jsc-new.onnx")], help="ONNX files; accuracies are means over them")
    ap.add_argument("--bench", default=ROOT / "build/bin/mase-bench-calibrate", help="mase-bench-calibrate (default: build/bin)")
    ap.add_argument("--samples", type=int, default=2000, help="calibration jets")
    ap.add_argument("--widths", type=int, nargs="+", default=[8, 6, 5, 4, 3, 2])
    ap.add_argument("--scaler", default=DATA / "scaler.json")
    args = ap.parse_args()

    calibration, _ = networks.read_jets(DATA / "calibration.h5", args.scaler)
    x, y = networks.read_jets(DATA / "test.h5", args.scaler)
    rows = {}
    for path in args.networks:
        steps = networks.binary32(networks.folded(networks.read_steps(path)))
        linears = sum(s["kind"] == "linear" for s in steps)
        recipes = [dict(options, samples=args.samples, data=[w] * linears, weight=[w] * linears)
                   for _, options in RECIPES for w in args.widths]
        recipes += [dict(samples=args.samples, data=[8] + [w] * (linears - 1), weight=[w] * linears) for w in args.widths]
        recipes += [dict(samples=args.samples, data=[8] * linears, weight=[w] * linears) for w in args.widths]
        problem = {"in": x.shape[1], "steps": networks.to_json(steps), "calibration": calibration.ravel().tolist(),
                   "x": x.ravel().tolist(), "labels": y.tolist(), "recipes": recipes}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            json.dump(problem, f)
            f.flush()
            p = subprocess.run([args.bench, f.name], capture_output=True, text=True)
        if p.returncode:
            sys.exit(f"run.py: {p.stderr.strip()}")
        results = json.loads(p.stdout)
        z = x
        for s in steps:
            z = z @ s["weight"].T + s["bias"] if s["kind"] == "linear" else \
                z * s["scale"] + s["shift"] if s["kind"] == "affine" else np.maximum(z, 0)
        rows.setdefault("float", []).append([(z.argmax(1) == y).mean()])
        names = [n for n, _ in RECIPES] + ["first input 8 bits", "inputs 8 bits"]
        for i, name in enumerate(names):
            part = results[i * len(args.widths):(i + 1) * len(args.widths)]
            rows.setdefault(name, []).append([r["accuracy_micro"] for r in part])
            rows.setdefault(name + ": ms", []).append([(r["seconds"] + r["refine_seconds"]) * 10 for r in part])
    print(f"{'accuracy in %, bits':36}" + "".join(f"{w:8}" for w in args.widths))
    for name, values in rows.items():
        print(f"{name:36}" + "".join(f"{100 * v:8.2f}" for v in np.mean(values, 0)))


if __name__ == "__main__":
    main()
