# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loss and AUC of what networks end with, in numpy from the formulas alone.

usage: classifiers.py --make DIRECTORY         samples with labels of 2 and of 3 classes
       classifiers.py check KIND VALUES.npy DATA.npz PRINTED [BEST.json]
       KIND: logits, probabilities, log_probabilities, logit, probability; PRINTED: what mase-run printed
"""
import json
import sys

import numpy as np


def make(directory):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(500, 4)).astype(np.float32)
    score = x @ np.array([1, -2, 0.5, 0.25]) + rng.normal(size=500)
    np.savez(f"{directory}/two.npz", x=x, y=(score > 0).astype(np.int64))
    np.savez(f"{directory}/three.npz", x=x, y=np.digitize(score, [-1, 1]))


def loss(kind, v, y):
    rows = np.arange(len(y))
    if kind == "probabilities":
        return -np.maximum(np.log(v[rows, y]), -100).mean()
    if kind == "log_probabilities":
        return -v[rows, y].mean()
    if kind == "probability":
        p = np.where(y == 1, v[:, 0], 1 - v[:, 0])
        return -np.maximum(np.log(p), -100).mean()
    if kind == "logit":
        z = v[:, 0]
        return (np.maximum(z, 0) - z * y + np.log1p(np.exp(-abs(z)))).mean()
    return (np.log(np.exp(v - v.max(1, keepdims=True)).sum(1)) + v.max(1) - v[rows, y]).mean()


def auc(z, y):
    d = z[y == 1][:, None] - z[y == 0][None]
    return ((d > 0) + 0.5 * (d == 0)).mean()


def check(kind, values, data, printed, best=None):
    v, y = np.load(values).astype(np.float64), np.load(data)["y"]
    wanted = {"loss": loss(kind, v, y)}
    threshold = {"logit": 0, "probability": 0.5}.get(kind)
    guess = v.argmax(1) if threshold is None else v[:, 0] > threshold
    wanted["accuracy_micro"] = (guess == y).mean()
    wanted["accuracy"] = np.mean([(guess == y)[y == c].mean() for c in np.unique(y)])
    if threshold is not None:
        wanted["auc"] = auc(v[:, 0], y)
    run = {line.split()[0]: float(line.split()[1]) for line in open(printed, encoding="utf-8")}
    del run["samples"]
    found = [run]
    if best:
        trials = [t["software_metrics"] for t in json.load(open(best)).values()]
        found.append(min(trials, key=lambda t: abs(t["loss"] - wanted["loss"])))
    for f in found:
        assert f.keys() == wanted.keys(), (f, wanted)
        for name, value in wanted.items():
            assert abs(f[name] - value) < 1e-6, (name, f, wanted)
    assert 0.05 < wanted["loss"] < 0.69 and wanted["accuracy"] > 0.7, wanted
    print(f"{kind}: as computed")


if sys.argv[1] == "--make":
    make(sys.argv[2])
else:
    check(*sys.argv[2:])
