# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What integer formats and jsc-new must give, from the definitions alone.

usage: reference_data.py quantizers|jsc OUT.json SEED

Writes the same JSON that comes from MASE and torch where those are at hand, so
that every clone can compare. Rounding goes through rational numbers and sums
through Python's integers, slowly and with nothing to get wrong: there is no
floating-point operation here whose rounding matters, but those that are named.
"""
import json
import sys
from fractions import Fraction
from math import floor, sqrt

import numpy as np

F32 = np.float32


def nearest(value):
    """The binary32 nearest to a rational number, ties to even."""
    if value == 0:
        return F32(0)
    magnitude = abs(value)
    # magnitude = mantissa · 2^exponent, 2^23 ≤ mantissa < 2^24 but for denormals.
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length() - 24
    while magnitude / Fraction(2) ** exponent >= 2**24:
        exponent += 1
    exponent = max(exponent, -149)
    mantissa = round(magnitude / Fraction(2) ** exponent)  # Python's is to even
    # Exact in binary64, and a binary32.
    return F32((1 if value > 0 else -1) * np.ldexp(float(mantissa), exponent))


def fma(a, b, c):
    return nearest(Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c)))


def code(x, width, frac, signed=True, rounding=round):
    """The integer code of a number."""
    frac = width // 2 if frac is None else frac
    low, high = (-(2 ** (width - 1)), 2 ** (width - 1) - 1) if signed else (0, 2**width - 1)
    return min(max(rounding(Fraction(float(x)) * Fraction(2) ** frac), low), high)


# Quantisers ------------------------------------------------------------------
def quantizer_cases(seed):
    rng = np.random.default_rng(seed)
    formats = [(2, None), (3, None), (4, None), (8, None), (8, 4), (8, 6), (8, 9), (8, -1)]
    formats += [(16, 8), (5, 40), (12, 0), (24, 12)]
    for width, frac in formats:
        step = 2.0 ** -(width // 2 if frac is None else frac)
        halves = np.arange(-9, 10) * step / 2
        ends = np.array([2.0 ** (width - 1), 2.0**width]) * step
        x = np.concatenate([
            halves,  # ties, and codes in between
            np.nextafter(halves.astype(F32), F32(np.inf)),
            np.nextafter(halves.astype(F32), F32(-np.inf)),
            [s * (e + d * step) for s in (-1, 1) for e in ends for d in (-1.5, -1, -0.5, 0, 1)],
            [0.0, -0.0, 1e-45, -1e-45, 1e38, -1e38],
            rng.normal(size=60) * ends[0],
        ]).astype(F32)  # fmt: skip
        for name, rounding in (("integer", round), ("integer_floor", floor)):
            for signed in (True, False):
                frac_width = width // 2 if frac is None else frac
                y = [
                    float(nearest(code(v, width, frac, signed, rounding) / Fraction(2) ** frac_width))
                    for v in x
                ]
                params = {"width": width, "frac_width": frac, "is_signed": signed}
                yield {"quantizer": name, "params": params, "shape": [len(x)],
                       "x": [float(v) for v in x], "y": y}  # fmt: skip


# jsc-new ---------------------------------------------------------------------
def batch_norm(x, gamma, beta, mean, variance):
    # The two parameters in binary64, rounded once; then one fma.
    scale = [float(g) / sqrt(float(v) + EPSILON) for g, v in zip(gamma, variance)]
    shift = [F32(float(b) - float(m) * s) for b, m, s in zip(beta, mean, scale)]
    return [[fma(v, F32(s), t) for v, s, t in zip(row, scale, shift)] for row in x]


# As the network's file has it: a binary32.
EPSILON = float(F32(1e-5))


def linear(x, weight, bias, formats):
    if formats is None:  # binary32, in the order of the inputs
        rows = []
        for row in x:
            rows.append([])
            for weights, b in zip(weight, bias):
                total = b
                for v, w in zip(row, weights):
                    total = fma(v, w, total)
                rows[-1].append(total)
        return rows
    data, weights, biases = formats
    quantized = lambda values, f: [[code(v, *f) for v in row] for row in values]
    cx, cw, [cb] = quantized(x, data), quantized(weight, weights), quantized([bias], biases)
    unit = lambda f: Fraction(1, 2 ** (f[0] // 2 if f[1] is None else f[1]))
    return [
        [
            nearest(sum(a * b for a, b in zip(row, column)) * unit(data) * unit(weights) + c * unit(biases))
            for column, c in zip(cw, cb)
        ]
        for row in cx
    ]


def jsc_new(seed):
    rng = np.random.default_rng(seed)
    parameters, sizes = {}, {0: 16, 2: (8, 16), 3: 8, 5: (64, 8), 6: 64, 8: (5, 64), 9: 5}
    for k, size in sizes.items():
        spread = 1.0 / sqrt(size[1]) if isinstance(size, tuple) else 1.0
        outputs = size[0] if isinstance(size, tuple) else size
        drawn = {"weight": rng.normal(size=size) * spread, "bias": rng.normal(size=outputs) * 0.3}
        if not isinstance(size, tuple):
            drawn["weight"] = rng.uniform(0.5, 1.5, size)
            drawn["running_mean"] = rng.normal(size=size) * 0.3
            drawn["running_var"] = rng.uniform(0.3, 2.0, size)
        parameters |= {f"seq_blocks.{k}.{name}": v.astype(F32) for name, v in drawn.items()}
    x = rng.normal(size=(8, 16)).astype(F32)

    def run(config):
        y = [list(row) for row in x]
        for k in range(11):
            own = lambda *names: [parameters[f"seq_blocks.{k}.{n}"] for n in names]
            if k in (0, 3, 6, 9):
                y = batch_norm(y, *own("weight", "bias", "running_mean", "running_var"))
            elif k in (2, 5, 8):
                y = linear(y, *own("weight", "bias"), config.get(str(k)))
            else:
                y = [[v if v > 0 else F32(0) for v in row] for row in y]
        return [float(v) for row in y for v in row]

    same = lambda *formats: {k: [list(f) for f in formats] for k in "258"}
    configs = {
        "float": {},
        "all_8_4": same((8, 4), (8, 4), (8, 4)),
        "all_4_2": same((4, 2), (4, 2), (8, 4)),
        "all_16_8": same((16, 8), (16, 8), (8, 4)),
        "mixed": {"2": [[4, 2], [8, 6], [8, 4]], "5": [[6, 3], [3, 2], [8, 12]], "8": [[12, 6], [8, 7], [16, 8]]},
        "one": {"5": [[8, None], [2, None], [8, None]]},
    }
    return {
        "x": [float(v) for v in x.flat],
        "x_shape": list(x.shape),
        "params": {n: {"shape": list(v.shape), "v": [float(e) for e in v.flat]} for n, v in parameters.items()},
        "runs": [{"name": n, "config": c, "logits": run(c)} for n, c in configs.items()],
    }


if __name__ == "__main__":
    kind, path, seed = sys.argv[1:]
    if kind == "jsc":
        data = jsc_new(int(seed))
    elif kind == "quantizers":
        data = {"cases": list(quantizer_cases(int(seed)))}
    else:
        sys.exit(f"expected 'quantizers' or 'jsc', found '{kind}'")
    with open(path, "w") as file:
        json.dump(data, file)
