# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The strongest Python peer for the joint space of jsc-new's three Linears: not a loop over trials but the tree of
prefixes, each level computed once for all its branches, in operations on arrays that stay in the cache.

Activations are [features, samples], samples sorted by class; values are integer codes in binary32 (sums are exact
below 2^24), the scales folded into the weights, the last BatchNorm folded whole. With torch where it can be imported,
else numpy. Half of its time are matrix products: see `products`.
"""
import itertools
import time

import numpy as np

from problem import SHAPES, WIDTHS, affine

try:
    import torch
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
except ImportError:
    torch = None


class Torch:
    name = "torch"

    @staticmethod
    def array(a):
        return torch.from_numpy(np.ascontiguousarray(a, np.float32))

    @staticmethod
    def matmul(w, x):
        """[out, in] times [batch, in, n]; torch.matmul would copy x."""
        return torch.bmm(w.expand(len(x), *w.shape), x)

    @staticmethod
    def quantize(x, scale, lo, hi):
        return torch.mul(x, scale).round_().clamp_(lo, hi)

    @staticmethod
    def clamp(x, lo=None, hi=None):
        return x.clamp_(lo, hi)

    exp_ = staticmethod(lambda x: x.exp_())
    log_ = staticmethod(lambda x: x.log_())
    largest = staticmethod(lambda x: x.amax(0))
    permute = staticmethod(lambda x, *axes: x.permute(*axes))
    stack = staticmethod(lambda arrays: torch.stack(arrays).numpy())


class Numpy:
    name = "numpy"
    array = staticmethod(lambda a: np.ascontiguousarray(a, np.float32))
    matmul = staticmethod(np.matmul)

    @staticmethod
    def quantize(x, scale, lo, hi):
        y = x * np.float32(scale)
        np.rint(y, out=y)
        return Numpy.clamp(y, lo, hi)

    @staticmethod
    def clamp(x, lo=None, hi=None):
        if lo is not None:
            np.maximum(x, np.float32(lo), out=x)
        return x if hi is None else np.minimum(x, np.float32(hi), out=x)

    exp_ = staticmethod(lambda x: np.exp(x, out=x))
    log_ = staticmethod(lambda x: np.log(x, out=x))
    largest = staticmethod(lambda x: x.max(0))
    permute = staticmethod(lambda x, *axes: x.transpose(*axes))
    stack = staticmethod(np.stack)


def best_library():
    return Torch if torch else Numpy


def q(a, width):
    """Values of `a` in MASE's format of that width: width // 2 fraction bits."""
    scale = 2.0 ** (width // 2)
    return np.clip(np.rint(np.asarray(a, np.float64) * scale), -2 ** (width - 1), 2 ** (width - 1) - 1) / scale


class Peer:
    def __init__(self, parameters, x, y, xp):
        self.xp = xp
        order = np.argsort(y, kind="stable")
        x, y = x[order], y[order]
        s, t = (a.astype(np.float64)[:, None] for a in affine(parameters, 0))
        self.first = xp.array(np.maximum(np.float32(x.T.astype(np.float64) * s + t), 0)[None])
        # The weights of all widths below each other, for codes of each data width; the biases of all widths.
        self.W, self.b, self.s, self.t = {}, {}, {}, {}
        for k in SHAPES:
            s, t = (a[:, None] for a in affine(parameters, k + 1))
            w = [q(parameters[f"seq_blocks.{k}.weight"], v) for v in WIDTHS["weight"]]
            b = np.stack([q(parameters[f"seq_blocks.{k}.bias"], v) for v in WIDTHS["bias"]])
            if k == 8:  # the logits: a rounding here changes no code
                w, b = [v * s for v in w], b * s[:, 0] + t[:, 0]
            self.W[k] = {d: xp.array(np.concatenate(w) * 2.0 ** -(d // 2)) for d in WIDTHS["data_in"]}
            self.b[k] = xp.array(b)
            self.s[k], self.t[k] = xp.array(s), xp.array(t)
        self.classes = [(c, slice(int((y < c).sum()), int((y <= c).sum()))) for c in np.unique(y).tolist()]

    def products(self, k, x, width):
        """[batch, in, n] -> [batch, weight * out, n]"""
        codes = self.xp.quantize(x, 2.0 ** (width // 2), -2.0 ** (width - 1), 2.0 ** (width - 1) - 1)
        return self.xp.matmul(self.W[k][width], codes)

    def hidden(self, k, x, width):
        """[in, n] -> [bias, weight, out, n] after BatchNorm and ReLU."""
        out = SHAPES[k][1]
        acc = self.products(k, x[None], width)
        h = acc.reshape(1, -1, out, acc.shape[-1]) + self.b[k].reshape(-1, 1, out, 1)
        h *= self.s[k]
        h += self.t[k]
        return self.xp.clamp(h, lo=0)

    def logits(self, x, width):
        """[bias2, weight2, 64, n] -> [class, bias2 * weight2 * weight3 * bias3, n]"""
        b, w, features, n = x.shape
        out = SHAPES[8][1]
        acc = self.products(8, x.reshape(b * w, features, n), width).reshape(b * w, -1, 1, out, n)
        acc = self.xp.permute(acc, 3, 0, 1, 2, 4)
        h = acc + self.xp.permute(self.b[8], 1, 0).reshape(out, 1, 1, -1, 1)
        return self.xp.clamp(h.reshape(out, -1, n), lo=0)

    def metrics(self, z):
        """[class, trials, n] -> accuracy (mean recall) and loss of each trial."""
        xp = self.xp
        z -= xp.largest(z)
        recall = chosen = 0
        for c, jets in self.classes:
            of_label = z[c, :, jets]
            chosen = chosen + of_label.sum(1)
            hit = xp.clamp(of_label * 1e30 + 1, lo=0)  # 1 where it is 0, the largest
            if c:                                      # 1 where those before it are less: the first largest wins
                hit *= xp.clamp(xp.largest(z[:c, :, jets]) * -1e30, hi=1)
            recall = recall + hit.sum(1) / (jets.stop - jets.start)
        n = z.shape[2]
        loss = xp.log_(xp.exp_(z).sum(0)).sum(1) - chosen
        return recall / len(self.classes), loss / n

    def run(self):
        """Accuracy and loss of every point, in the order of problem.choices()."""
        D, W, B = (len(WIDTHS[k]) for k in ("data_in", "weight", "bias"))
        points = []
        for d1 in WIDTHS["data_in"]:
            h1 = self.hidden(2, self.first[0], d1)
            for b1, w1 in itertools.product(range(B), range(W)):
                for d2 in WIDTHS["data_in"]:
                    h2 = self.hidden(5, h1[b1, w1], d2)
                    for d3 in WIDTHS["data_in"]:
                        points.append(self.metrics(self.logits(h2, d3)))
        shape = (D, B, W, D, D, B, W, W, B)  # d1 b1 w1 d2 d3 b2 w2 w3 b3
        order = (0, 2, 1, 3, 6, 5, 4, 7, 8)
        return [np.ascontiguousarray(self.xp.stack(v).reshape(shape).transpose(order)).ravel() for v in zip(*points)]


def products_per_second(xp):
    """Multiply-adds per second of the matrix products that matter here: low where the BLAS is the reference one."""
    w, x = xp.array(np.ones((15, 64))), xp.array(np.ones((9, 64, 512)))
    best = float("inf")
    for _ in range(10):
        start = time.perf_counter()
        xp.matmul(w, x)
        best = min(best, time.perf_counter() - start)
    return 9 * 15 * 64 * 512 / best


def measure(parameters, x, y, repetitions, xp):
    """Seconds of processor time (the least of several) and the metrics of every point."""
    best, result = float("inf"), None
    for _ in range(repetitions):
        start = time.process_time()
        result = Peer(parameters, x, y, xp).run()
        best = min(best, time.process_time() - start)
    return best, result
