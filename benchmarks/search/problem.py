# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""jsc-new (16-8-64-5) with the joint space of its three Linears: where the parameters and the jets come from."""
import importlib
import json

import numpy as np

WIDTHS = {"data_in": (4, 8), "weight": (2, 4, 8), "bias": (2, 4, 8)}
SHAPES = {2: (16, 8), 5: (8, 64), 8: (64, 5)}  # seq_blocks.K: (in, out)
CLASSES = "gqwzt"


def f32(x):
    return np.asarray(x, np.float32)


def need(module, what):
    try:
        return importlib.import_module(module)
    except ImportError:
        raise SystemExit(f"run.py: {what} needs the Python module '{module}'; without it, leave the option away")


def synthetic_parameters(seed):
    """Weights as torch initialises them, statistics of a plausible batch: the work does not depend on them."""
    rng = np.random.default_rng(seed)
    p = {}
    for k, n in {0: 16, 3: 8, 6: 64, 9: 5}.items():
        p[f"seq_blocks.{k}.weight"] = f32(rng.uniform(.5, 1.5, n))
        p[f"seq_blocks.{k}.bias"] = f32(rng.normal(0, .2, n))
        p[f"seq_blocks.{k}.running_mean"] = f32(rng.normal(0, .3, n))
        p[f"seq_blocks.{k}.running_var"] = f32(rng.uniform(.5, 1.5, n))
    for k, (n, m) in SHAPES.items():
        p[f"seq_blocks.{k}.weight"] = f32(rng.uniform(-1, 1, (m, n)) * 1.5 / np.sqrt(n))
        p[f"seq_blocks.{k}.bias"] = f32(rng.uniform(-1, 1, m) / np.sqrt(n))
    return p


def synthetic_data(seed, samples):
    rng = np.random.default_rng(seed + 1)
    y = rng.integers(0, 5, samples)
    return f32(rng.normal(size=(samples, 16)) + rng.normal(size=(5, 16))[y] * .7), y


def onnx_parameters(path):
    onnx = need("onnx", "--network")
    return {i.name: onnx.numpy_helper.to_array(i) for i in onnx.load(path).graph.initializer}


def json_parameters(path):
    params = json.load(open(path))["params"]
    return {k: f32(v["v"]).reshape(v["shape"]) for k, v in params.items()}


def hdf5_data(path, scaler, samples):
    """Jets in the public data set's layout; scaler.json holds 'mean' and 'scale' of the features."""
    h5py = need("h5py", "--data")
    with h5py.File(path) as f:
        table = f["t_allpar_new"][:samples]
    names = "zlogz c1_b0_mmdt c1_b1_mmdt c1_b2_mmdt c2_b1_mmdt c2_b2_mmdt d2_b1_mmdt d2_b2_mmdt d2_a1_b1_mmdt d2_a1_b2_mmdt " \
            "m2_b1_mmdt m2_b2_mmdt n2_b1_mmdt n2_b2_mmdt mass_mmdt multiplicity"
    x = np.stack([table["j_" + n] for n in names.split()], 1).astype(np.float64)
    y = np.stack([table["j_" + c] for c in CLASSES], 1).argmax(1)
    s = json.load(open(scaler)) if scaler else {"mean": x.mean(0), "scale": x.std(0)}
    return f32((x - np.array(s["mean"])) / np.array(s["scale"])), y


def csv_data(path, samples):
    """A header, 16 features, the class's letter; standardised with their own mean and deviation."""
    rows = [line.strip().split(",") for line in open(path)][1:]
    x = np.array([[float(v) for v in r[:16]] for r in rows])
    y = np.array([CLASSES.index(r[16]) for r in rows])
    return f32((x - x.mean(0)) / x.std(0))[:samples], y[:samples]


def affine(p, k):
    """BatchNorm as fma(x, scale, shift), rounded from binary64."""
    w, b, m, v = (p[f"seq_blocks.{k}.{s}"].astype(np.float64) for s in ("weight", "bias", "running_mean", "running_var"))
    scale = w / np.sqrt(v + 1e-5)
    return f32(scale), f32(b - m * scale)


def choices():
    return [{"data_in": (d, d // 2), "weight": (w, w // 2), "bias": (b, b // 2)}
            for d in WIDTHS["data_in"] for w in WIDTHS["weight"] for b in WIDTHS["bias"]]


def write(path, p, x, y):
    """For mase-bench-search."""
    steps = []
    for k in range(11):
        name = f"seq_blocks_{k}"
        if k in (0, 3, 6, 9):
            s, t = affine(p, k)
            steps.append({"kind": "affine", "name": name, "scale": s.tolist(), "shift": t.tolist()})
        elif k in SHAPES:
            steps.append({"kind": "linear", "name": name, "out": SHAPES[k][1], "weight": p[f"seq_blocks.{k}.weight"].ravel().tolist(),
                          "bias": p[f"seq_blocks.{k}.bias"].tolist(), "choices": choices()})
        else:
            steps.append({"kind": "relu", "name": name})
    json.dump({"in": 16, "steps": steps, "x": x.ravel().tolist(), "labels": y.tolist()}, open(path, "w"))
