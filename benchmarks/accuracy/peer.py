# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The recipe of mase/Calibrate/Calibrate.h in numpy: for figures beside ours, and to compare codes with."""
import numpy as np

RIDGE = 0.01


def fitting_exponent(largest, highest):
    """The least e with largest <= highest * 2^e."""
    if largest == 0:
        return 0
    mantissa, exponent = np.frexp(largest / highest)
    return int(exponent - (mantissa == 0.5))


def bounds(width, signed):
    return (-(1 << (width - 1)), (1 << (width - 1)) - 1) if signed else (0, (1 << width) - 1)


def codes(x, exponent, width, signed):
    return np.clip(np.rint(x * np.float32(2.0 ** -exponent)), *bounds(width, signed))


def data_format(x, width, moved=0):
    """(exponent, signed) of least squared error."""
    signed = bool((x < 0).any())
    highest = bounds(width, signed)[1]
    first = fitting_exponent(float(np.abs(x).max()), highest)

    def error(e):
        d = x - codes(x, e, width, signed).astype(np.float32) * np.float32(2.0 ** e)
        return float((d.astype(np.float64) ** 2).sum())
    return min(range(first, first - 5, -1), key=error) + moved, signed


class Fit:
    """What rounding a Linear depends on beside its weights' width."""

    def __init__(self, step, z, x):
        weight = step["weight"].astype(np.float64)
        self.mean_x, self.mean_z = x.mean(0), z.mean(0)
        x, z = x - self.mean_x, z - self.mean_z
        h = x.T @ x / len(x)
        variance = np.diag(h)
        ridge = RIDGE * variance.mean()
        self.order = np.argsort(-variance, kind="stable")
        h = (h + (ridge if ridge > 0 else 1) * np.eye(len(h)))[np.ix_(self.order, self.order)]
        c = (z.T @ x / len(x) + (ridge if ridge > 0 else 1) * weight)[:, self.order]
        self.target = np.linalg.solve(h, c.T).T
        upper = np.linalg.cholesky(h[::-1, ::-1])[::-1, ::-1]  # H = U U^T
        self.pivot = np.diag(upper) ** 2
        self.normalised = upper / np.diag(upper)

    def round(self, width):
        """(codes [out, in], exponent of each channel, bias)."""
        lowest, highest = bounds(width, True)
        out, n = self.target.shape
        first = np.array([fitting_exponent(v, highest) for v in np.abs(self.target).max(1)])
        exponents = first[:, None] - np.arange(5)
        step = (2.0 ** exponents)[:, :, None]
        target = np.repeat(self.target[:, None, :], 5, 1)
        error, code, cost = np.zeros_like(target), np.empty_like(target), np.zeros(target.shape[:2])
        for j in range(n):
            wanted = target[:, :, j] - error[:, :, :j] @ self.normalised[:j, j]
            code[:, :, j] = np.clip(np.rint(wanted / step[:, :, 0]), lowest, highest)
            value = code[:, :, j] * step[:, :, 0]
            error[:, :, j] = value - target[:, :, j]
            cost += (value - wanted) ** 2 * self.pivot[j]
        best = cost.argmin(1)
        rows = np.arange(out)
        result = np.empty((out, n))
        result[:, self.order] = code[rows, best]
        exponents = exponents[rows, best]
        bias = self.mean_z - (result * 2.0 ** exponents[:, None]) @ self.mean_x
        return result, exponents, bias


def forward(step, x):
    if step["kind"] == "linear":
        return x @ step["weight"].T + step["bias"]
    return x * step["scale"] + step["shift"] if step["kind"] == "affine" else np.maximum(x, np.float32(0))


def float_values(steps, x):
    values = []
    for step in steps:
        x = forward(step, x)
        values.append(x)
    return values


def softmax(z):
    e = np.exp(z.astype(np.float64) - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def cross_entropy(p, z):
    d = z.astype(np.float64) - z.max(1, keepdims=True)
    return float((np.log(np.exp(d).sum(1)) - (p * d).sum(1)).mean())


def rounded_linear(weight_codes, exponents, bias, data_exponent, x_codes):
    """The sums of codes with the bias on their grid, as binary32."""
    scale = 2.0 ** (exponents + data_exponent)
    return ((x_codes @ weight_codes.T + np.rint(bias / scale)) * scale).astype(np.float32)


def calibrate(steps, x, data, weight, passes=2):
    """[(data exponent, signed, codes, exponents, bias)] of each Linear, and the network's logits."""
    z_float = float_values(steps, x)
    p = softmax(z_float[-1])
    linears = [k for k, s in enumerate(steps) if s["kind"] == "linear"]
    moved = [0] * len(linears)

    def run(first, before):
        layers = before[0][:first]
        start = linears[first] if first > 0 else 0
        values = before[1][:start]
        for k in range(start, len(steps)):
            source = values[-1] if values else x
            if steps[k]["kind"] == "linear":
                i = len(layers)
                exponent, signed = data_format(source, data[i], moved[i])
                c = codes(source, exponent, data[i], signed).astype(np.float64)
                rounded = Fit(steps[k], z_float[k].astype(np.float64), c * 2.0 ** exponent).round(weight[i])
                layers.append((exponent, signed, *rounded))
                values.append(rounded_linear(*rounded, exponent, c))
            else:
                values.append(forward(steps[k], source))
        return layers, values

    best = run(0, ([], []))
    loss = cross_entropy(p, best[1][-1])
    for _ in range(passes):
        for i in range(len(linears)):
            middle = moved[i]
            for by in (1, -1):
                kept = moved[i]
                moved[i] = middle + by
                trial = run(i, best)
                changed = cross_entropy(p, trial[1][-1])
                if changed < loss:
                    best, loss = trial, changed
                else:
                    moved[i] = kept
    return best[0], best[1][-1]


def trials(steps, x, evaluation, labels, widths):
    """Accuracies of all points of data and weight widths; what points share is computed once. Scales of data are those of
    least squared error."""
    z_float = float_values(steps, x)
    result = []

    def visit(k, inner, outer):
        if k == len(steps):
            result.append((outer.argmax(1) == labels).mean())
            return
        if steps[k]["kind"] != "linear":
            visit(k + 1, forward(steps[k], inner), forward(steps[k], outer))
            return
        for data in widths:
            exponent, signed = data_format(inner, data)
            c, d = (codes(v, exponent, data, signed).astype(np.float64) for v in (inner, outer))
            fit = Fit(steps[k], z_float[k].astype(np.float64), c * 2.0 ** exponent)
            for weight in widths:
                rounded = fit.round(weight)
                # Of the last Linear nobody asks for the calibration samples' values.
                last = all(s["kind"] != "linear" for s in steps[k + 1:])
                visit(k + 1, inner[:1, :1] if last else rounded_linear(*rounded, exponent, c), rounded_linear(*rounded, exponent, d))

    visit(0, x, evaluation)
    return np.array(result)
