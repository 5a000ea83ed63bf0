#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What each step of calibrated rounding is worth: test accuracy of networks under recipes that add one step each, and at
mixed widths, with processor times; and whether a numpy program comes to the same codes.

Calibration sees jets without their labels; accuracy is that of the integers, by the evaluator.
"""
import argparse

import numpy as np

import networks
import peer
from networks import DATA, ROOT

FULL = {"refine": 4, "equalize": True}

# name, options, and the widths of inputs and weights of n Linears at width w.
RECIPES = [
    ("per tensor, largest value fits", {"per_tensor": True, "rounding": "nearest", "range": "max", "passes": 0}),
    ("per tensor, least squared error", {"per_tensor": True, "rounding": "nearest", "passes": 0}),
    ("per channel", {"rounding": "nearest", "passes": 0}),
    ("+ error feedback", {"passes": 0}),
    ("+ exponents", {}),
    ("+ coordinate descent", {"refine": 4}),
    ("+ exponents of features", FULL),
    ("first input 8 bits", FULL, lambda n, w: ([8] + [w] * (n - 1), [w] * n)),
    ("inputs 8 bits", FULL, lambda n, w: ([8] * n, [w] * n)),
]


def same_codes(layers, results):
    """The share of weights that numpy rounds alike, and whether formats of data are the same."""
    alike = [(codes * 2.0 ** exponents[:, None]).ravel() == np.array(r["weight"])
             for (_, _, codes, exponents, _), r in zip(layers, results)]
    formats = all(f"frac_width={-exponent}" in r["data_in_format"] for (exponent, *_), r in zip(layers, results))
    return np.concatenate(alike).mean(), formats


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("networks", nargs="*", default=[str(ROOT / "examples/jsc/jsc-new.onnx")], help="ONNX files of one kind: figures are means over them")
    ap.add_argument("--bench", default=ROOT / "build/bin/mase-bench-calibrate", help="mase-bench-calibrate (default: build/bin)")
    ap.add_argument("--samples", type=int, default=8000, help="calibration jets (default: %(default)s)")
    ap.add_argument("--widths", type=int, nargs="+", default=[8, 6, 5, 4, 3, 2])
    ap.add_argument("--scaler", default=DATA / "scaler.json")
    ap.add_argument("--test", default=DATA / "test.h5")
    args = ap.parse_args()

    calibration, _ = networks.read_jets(DATA / "calibration.h5", args.scaler, args.samples)
    x, y = networks.read_jets(args.test, args.scaler)
    rows, alike = {}, []
    for path in args.networks:
        steps = networks.binary32(networks.folded(networks.read_steps(path)))
        n = sum(s["kind"] == "linear" for s in steps)
        recipes = []
        for _, options, *widths in RECIPES:
            for w in args.widths:
                data, weight = widths[0](n, w) if widths else ([w] * n, [w] * n)
                recipes.append(dict(options, data=data, weight=weight))
        results = iter(networks.measure(args.bench, steps, calibration, x, y, recipes=recipes))
        logits = peer.float_values(steps, x)[-1]
        rows.setdefault("float", []).append([100 * (logits.argmax(1) == y).mean()])
        for name, options, *_ in RECIPES:
            part = [next(results) for _ in args.widths]
            rows.setdefault(name, []).append([100 * r["accuracy_micro"] for r in part])
            if options in ({}, {"refine": 4}, FULL) and name.startswith("+"):
                rows.setdefault(f"{name}: ms", []).append([1000 * (r["seconds"] + r["refine_seconds"]) for r in part])
            if options == {}:
                alike += [same_codes(peer.calibrate(steps, calibration, [w] * n, [w] * n)[0], r["layers"])
                          for w, r in zip(args.widths, part)]
    print(f"{'accuracy in %, bits':36}" + "".join(f"{w:9}" for w in args.widths))
    for name, values in rows.items():
        print(f"{name:36}" + "".join(f"{v:9.2f}" for v in np.mean(values, 0)))
    print(f"numpy rounds {100 * np.mean([a for a, _ in alike]):.2f} % of the weights alike, "
          f"and data in {sum(f for _, f in alike)} of {len(alike)} networks")


if __name__ == "__main__":
    main()
