# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random uniform formats against their definition in exact fractions.

usage: uniform_reference.py MASE_OPT MASE_RUN FOLDER DRAWS

A Linear with formats of every kind (scales, zero points, widths and
fractions by slice, all roundings, wrapping, narrow, zero point first) run
through mase-opt and mase-run; here they are worked out from what the documents
say (docs/number-formats.md), sharing no code.
"""

import random
import subprocess
import sys
from fractions import Fraction

import numpy as np

F32 = np.float32
ROUNDINGS = ["nearest_even", "floor", "ceil", "towards_zero", "away_from_zero",
             "nearest_away", "nearest_towards_zero", "nearest_up"]
IN, OUT = 4, 3


def to_f32(q):
    """The binary32 nearest to a fraction, ties to even."""
    near = F32(float(q))
    best = None
    for c in (near, np.nextafter(near, F32(np.inf)), np.nextafter(near, F32(-np.inf))):
        if not np.isfinite(c):
            continue
        key = (abs(Fraction(float(c)) - q), int(c.view(np.uint32)) & 1)
        if best is None or key < best[0]:
            best = (key, c)
    return best[1]


def to_integer(v, rounding):
    down = v.numerator // v.denominator
    rest = v - down
    if rest == 0:
        return down
    up, half = down + 1, Fraction(1, 2)
    inner, outer = (up, down) if v < 0 else (down, up)
    near = down if rest < half else up
    return {
        "nearest_even": near if rest != half else (down if down % 2 == 0 else up),
        "floor": down, "ceil": up, "towards_zero": inner, "away_from_zero": outer,
        "nearest_away": near if rest != half else outer,
        "nearest_towards_zero": near if rest != half else inner,
        "nearest_up": near if rest != half else up,
    }[rounding]


class Format:
    """One for each slice."""

    def __init__(self, rng, slices):
        self.keys, self.n = {}, slices
        wide = rng.randint(2, 12)
        widths = [rng.randint(2, 12) for _ in range(slices)]
        self.width = widths if rng.random() < 0.2 else [wide] * slices
        self.keys["width"] = self.width if len(set(self.width)) > 1 else self.width[0]
        self.rounding = rng.choice(ROUNDINGS)
        self.keys["rounding"] = self.rounding
        kind = rng.random()
        self.wrap, self.first, self.narrow = kind < 0.25, 0.25 <= kind < 0.4, kind > 0.85
        if self.wrap:
            self.keys["overflow"] = "wrap"
        if self.first:
            self.keys["zero_point_first"] = True
        if self.narrow:
            self.keys["narrow"] = True
        many = rng.random() < 0.5
        count = slices if many else 1
        if rng.random() < 0.5:
            fractions = [rng.randint(-1, 8) for _ in range(count)]
            self.keys["frac_width"] = fractions if many else fractions[0]
            scales = [F32(2.0 ** -f) for f in fractions]
        else:
            base = rng.choice([0.05, 0.3, 1.7])
            # Now and then multiples by powers of two.
            powers = rng.random() < 0.5
            scales = [F32(base * 2.0 ** rng.randint(-2, 2)) if powers
                      else F32(rng.choice([0.05, 0.3, 1.7, 0.25])) for _ in range(count)]
            texts = [float(str(s)) for s in scales]
            self.keys["scale"] = texts if many else texts[0]
        self.scale = scales * (slices // count)
        self.signed = rng.random() < 0.8
        if not self.signed:
            self.keys["signed"] = False
        self.zero = [0] * slices
        if rng.random() < 0.4:
            zeros = [rng.randint(*self.codes(i)) for i in range(slices)]
            self.zero = zeros if len(set(self.width)) > 1 or rng.random() < 0.5 else [zeros[0]] * slices
            self.keys["zero_point"] = self.zero if len(set(self.zero)) > 1 else self.zero[0]

    def codes(self, i):
        w, n = self.width[i], self.narrow
        return (-(1 << (w - 1)) + n, (1 << (w - 1)) - 1) if self.signed else (0, (1 << w) - 1 - n)

    def is_power(self, i):
        return np.frexp(self.scale[i])[0] == 0.5

    def code(self, x, i):
        low, high = self.codes(i)
        if np.isnan(x):
            return self.zero[i]
        if np.isinf(x):
            return low if x < 0 else high
        s = self.scale[i]
        with np.errstate(all="ignore"):
            quotient = F32(x) / s
        if self.is_power(i):
            v = Fraction(float(x)) / Fraction(float(s))
        elif np.isinf(quotient):
            return low if quotient < 0 else high
        else:
            v = Fraction(float(quotient))
        if self.first:
            if abs(v) > 1 << 40:
                return low if v < 0 else high
            v = Fraction(float(to_f32(v + self.zero[i])))
            return to_integer(min(max(v, low), high), self.rounding)
        code = to_integer(v, self.rounding) + self.zero[i]
        if not self.wrap:
            return min(max(code, low), high)
        code %= 1 << self.width[i]
        return code - (1 << self.width[i]) if self.signed and code >> (self.width[i] - 1) else code

    def value(self, x, i):
        return F32(self.code(x, i) - self.zero[i]) * self.scale[i]

    def text(self, role):
        def spelt(v):
            if isinstance(v, bool):
                return "true" if v else "false"
            if isinstance(v, list):
                return "[" + ",".join(map(spelt, v)) + "]"
            return f'"{v}"' if isinstance(v, str) else repr(v)

        return ",".join(f"{role}_{k}={spelt(v)}" for k, v in self.keys.items())


def common(format):
    """One scale and its shifts, or None."""
    least = min(format.scale)
    shifts = []
    for s in format.scale:
        mantissa, exponent = np.frexp(float(s) / float(least))
        if mantissa != 0.5:
            return None
        shifts.append(int(exponent) - 1)
    return least, shifts


def linear(x, w, b, data, weight, bias):
    shared = common(data)
    result = []
    for o in range(OUT):
        rounded = bias.value(b[o], o)
        if shared is None:
            y = rounded
            for i in range(IN):
                y = to_f32(Fraction(float(data.value(x[i], i))) * Fraction(float(weight.value(w[o][i], o)))
                           + Fraction(float(y)))
            result.append(y)
            continue
        least, shifts = shared
        total = sum((data.code(x[i], i) - data.zero[i]) * (weight.code(w[o][i], o) - weight.zero[o]) << shifts[i]
                    for i in range(IN))
        product = float(least) * float(weight.scale[o])
        scale = F32(product)
        powers = (np.frexp(least)[0] == 0.5 and all(weight.is_power(k) for k in range(OUT))
                  and all(bias.is_power(k) for k in range(OUT)))
        same = all(bias.scale[k] == F32(float(least) * float(weight.scale[k])) for k in range(OUT))
        if powers:
            unit = min(Fraction(product), Fraction(float(bias.scale[o])))
            exact = total * Fraction(product) + (bias.code(b[o], o) - bias.zero[o]) * Fraction(float(bias.scale[o]))
            integer, scale = exact / unit, unit
            assert integer.denominator == 1
            result.append(to_f32(Fraction(float(to_f32(integer))) * scale))
        elif same:
            total += bias.code(b[o], o) - bias.zero[o]
            result.append(to_f32(Fraction(float(to_f32(Fraction(total)))) * Fraction(float(scale))))
        else:
            result.append(to_f32(Fraction(float(to_f32(Fraction(total)))) * Fraction(float(scale))
                                 + Fraction(float(rounded))))
    return result


def main():
    opt, run, folder, draws = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    numbers = np.random.default_rng(5)
    x = (numbers.normal(size=(24, IN)) * 3).astype(F32)
    x[0, 0], x[1, 1], x[2, 2], x[3, 3] = np.nan, np.inf, -np.inf, 3e38
    x[4:14] = numbers.integers(-40, 40, size=(10, IN)) * F32(0.125)  # ties
    np.save(f"{folder}/x.npy", x)
    for draw in range(draws):
        rng = random.Random(draw)
        w = numbers.normal(size=(OUT, IN)).astype(F32)
        b = numbers.normal(size=OUT).astype(F32)
        data, weight = Format(rng, IN), Format(rng, OUT)
        bias, out = Format(rng, OUT), Format(rng, OUT)

        def dense(v):
            return str(v.astype("f8").tolist())

        open(f"{folder}/net.mlir", "w").write(f"""
func.func @net(%x: tensor<?x{IN}xf32>) -> tensor<?x{OUT}xf32> {{
  %w = arith.constant dense<{dense(w)}> : tensor<{OUT}x{IN}xf32>
  %b = arith.constant dense<{dense(b)}> : tensor<{OUT}xf32>
  %0 = mase.linear "fc" %x, %w, %b : (tensor<?x{IN}xf32>, tensor<{OUT}x{IN}xf32>, tensor<{OUT}xf32>) -> tensor<?x{OUT}xf32>
  return %0 : tensor<?x{OUT}xf32>
}}
""")
        settings = [data.text("data_in"), weight.text("weight"), bias.text("bias"), out.text("data_out")]
        layers = "fc:{" + ",".join(settings) + "}"
        quantize = f"--mase-quantize=by=name layers={layers}"
        subprocess.run([opt, f"{folder}/net.mlir", quantize, "-o", f"{folder}/q.mlir"], check=True,
                       stderr=subprocess.DEVNULL)
        for engine in ("interpreter", "cpu"):
            subprocess.run([run, f"{folder}/q.mlir", "--input", f"{folder}/x.npy", "--output", f"{folder}/y.npy",
                            f"--engine={engine}", "--allow-nonfinite"], check=True)
            y = np.load(f"{folder}/y.npy")
            for n in range(len(x)):
                expected = [out.value(v, o) for o, v in enumerate(linear(x[n], w, b, data, weight, bias))]
                if not np.array_equal(y[n] + F32(0), np.array(expected, F32) + F32(0)):
                    print(f"draw {draw}, {engine}, sample {n}: expected {expected}, found {y[n]} with {layers}")
                    return 1
    print("same")
    return 0


if __name__ == "__main__":
    sys.exit(main())
