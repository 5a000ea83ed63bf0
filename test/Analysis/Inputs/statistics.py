# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What --mase-report and --mase-profile say about a network, from numpy.

usage: statistics.py data FILE            writes NPY samples for the network
       statistics.py report FILE JSON     compares the report of the data
       statistics.py profile FILE JSON    the estimate from a profile
       statistics.py attributes FILE IR   compares a profile's numbers
"""

import json
import re
import sys

import numpy as np

# The network of test/Analysis/report-data.mlir, before anything is rounded.
W = np.array([[1.3, -0.6, 0.2], [-2.7, 0.11, 3.9], [-1, -1, -1]], dtype=np.float32)
B = np.array([0.3, -0.2, -40], dtype=np.float32)


def rne(x):
    return np.rint(np.asarray(x, dtype=np.float64))


def codes(x, width, frac, signed=True):
    lo, hi = (-(2 ** (width - 1)), 2 ** (width - 1) - 1) if signed else (0, 2**width - 1)
    raw = rne(np.asarray(x, dtype=np.float64) * 2.0**frac)
    return np.clip(raw, lo, hi), (raw < lo) | (raw > hi)


def quality(x, width, frac, signed=True):
    x = np.asarray(x, dtype=np.float64).ravel()
    c, clamped = codes(x, width, frac, signed)
    error = x - c * 2.0**-frac
    _, counts = np.unique(c, return_counts=True)
    p = counts / counts.sum()
    return {
        "minimum": x.min(),
        "maximum": x.max(),
        "saturated_percent": 100 * clamped.mean(),
        "zero_percent": 100 * (c == 0).mean(),
        "sqnr_db": 10 * np.log10((x**2).sum() / (error**2).sum()),
        "entropy_bits": -(p * np.log2(p)).sum() + 0.0,
    }


def network(x):
    """The sums of fc (fraction 7), and what leaves fc before data_out."""
    xc, _ = codes(x, 6, 3)
    wc, _ = codes(W, 4, 2)
    bc, _ = codes(B, 10, 4)
    sums = xc @ wc.T + bc * 2
    return sums, sums * 2.0**-5


def expect(found, wanted, what, relative=1e-9, absolute=1e-9):
    if not np.isclose(found, wanted, rtol=relative, atol=absolute):
        sys.exit(f"{what}: found {found}, numpy has {wanted}")


def check_report(x, report, estimate):
    sums, y = network(x)
    rows = {(row["layer"], row["operand"]): row for row in report["operands"]}
    wanted = {
        ("fc", "data_in"): quality(x, 6, 3),
        ("fc", "weight"): quality(W, 4, 2),
        ("fc", "bias"): quality(B, 10, 4),
        ("fc", "data_out"): quality(y, 8, 2),
        ("act", "data_in"): quality(np.maximum(codes(y, 8, 2)[0] / 4, 0), 5, 1, False),
    }
    if set(rows) != set(wanted):
        sys.exit(f"operands: found {sorted(rows)}, expected {sorted(wanted)}")
    for key, values in wanted.items():
        for name, value in values.items():
            if key[0] == "act" and name in ("minimum", "maximum"):
                continue
            close = estimate and key[1].startswith("data")
            # A histogram of 256 bins knows shares to a bin's.
            tolerance = {"saturated_percent": 1.5, "zero_percent": 3, "sqnr_db": 1.5}
            expect(
                rows[key][name],
                value,
                f"{key}: {name}",
                absolute=tolerance.get(name, 0.3) if close else 1e-9,
            )
    (row,) = report["sums"]
    expect(row["minimum"], sums.min(), "least sum")
    expect(row["maximum"], sums.max(), "greatest sum")
    bits = 1 + int(abs(sums).max()).bit_length()
    expect(row["needed_bits"], bits, "bits of the sums")
    # 3 products of 2^5 * 2^3, and the bias' 2^9 shifted by 1.
    expect(row["accumulator_bits"], 1 + (3 * 2**8 + 2**10).bit_length(), "accumulator")


def numbers(text):
    return [float(part.split()[0]) for part in text.split(",") if part.strip()]


def check_attributes(x, text):
    # The argument, and what leaves fc.
    for layer, role, values in (("fc", "data_in", x), ("fc", "data_out", network(x)[1])):
        body = re.search(rf"\b{layer} = \{{(.*?\}})\}}", text, re.S).group(1)
        body = re.search(rf"{role} = \{{(.*?)\}}", body, re.S).group(1)
        v = np.asarray(values, dtype=np.float64).ravel()
        d = v - v.mean()
        wanted = {
            "count": v.size,
            "not_finite": 0,
            "zeros": (v == 0).sum(),
            "minimum": v.min(),
            "maximum": v.max(),
            "mean": v.mean(),
            "variance": v.var(),
            "skewness": (d**3).mean() / v.var() ** 1.5,
            "kurtosis": (d**4).mean() / v.var() ** 2,
        }
        for name, value in wanted.items():
            found = re.search(rf"\b{name} = ([^ ,:}}]*)", body).group(1)
            expect(float(found), value, f"{layer} {role} {name}")
        for name, value in {
            "quantiles": np.quantile(v, [0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999]),
            "histogram": np.histogram(v, 256)[0],
            "feature_minimum": np.asarray(values).min(axis=0),
            "feature_maximum": np.asarray(values).max(axis=0),
        }.items():
            found = re.search(rf"\b{name} = array<\w+: ([^>]*)>", body).group(1)
            found = np.array(numbers(found))
            if found.shape != value.shape or not np.allclose(found, value, rtol=1e-6, atol=1e-9):
                sys.exit(f"{layer} {role} {name}: found {found}, numpy has {value}")


mode, file = sys.argv[1:3]
if mode == "data":
    draw = np.random.default_rng(8)
    np.save(file, draw.normal(0.4, 1.7, (3000, 3)).astype(np.float32))
else:
    samples = np.load(file)
    with open(sys.argv[3]) as stream:
        text = stream.read()
    if mode == "attributes":
        check_attributes(samples, text)
    else:
        check_report(samples, json.loads(text), mode == "profile")
