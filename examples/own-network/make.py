#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Data, a scaler and a trained network, without PyTorch.

usage: make.py FOLDER

What docs/your-own-network.md starts from where no PyTorch is at hand: three
kinds of events of seven quantities each, a network 7-16-3 trained on them with
NumPy, and the files that the page's PyTorch script would write: net.onnx,
scaler.json, validation.npz and the same as validation.csv.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FEATURES = ["energy", "momentum", "angle", "width", "charge", "depth", "hits"]
UNITS = np.array([40.0, 12.0, 0.4, 3.0, 1.0, 25.0, 60.0])


def events(count, draw):
    """x [count, 7] in the units of a detector, y [count]."""
    y = draw.integers(0, 3, count)
    centres = np.random.default_rng(3).normal(0, 0.8, (3, 7))
    x = centres[y] + draw.normal(0, 1, (count, 7))
    x[:, 2] *= np.where(y == 1, -1, 1)  # not linear
    return ((x + 2) * UNITS).astype(np.float32), y


def train(x, y, draw, hidden=16, epochs=30, batch=64, rate=0.05):
    """Weights [out, in] and biases as torch.nn.Linear has them."""
    w1 = draw.normal(0, (2 / 7) ** 0.5, (hidden, 7))
    w2 = draw.normal(0, (2 / hidden) ** 0.5, (3, hidden))
    b1, b2 = np.zeros(hidden), np.zeros(3)
    for _ in range(epochs):
        order = draw.permutation(len(x))
        for begin in range(0, len(x), batch):
            rows = order[begin : begin + batch]
            h = np.maximum(x[rows] @ w1.T + b1, 0)
            z = h @ w2.T + b2
            p = np.exp(z - z.max(1, keepdims=True))
            p /= p.sum(1, keepdims=True)
            p[np.arange(len(rows)), y[rows]] -= 1  # softmax, cross-entropy
            p /= len(rows)
            back = (p @ w2) * (h > 0)
            w2 -= rate * p.T @ h
            b2 -= rate * p.sum(0)
            w1 -= rate * back.T @ x[rows]
            b1 -= rate * back.sum(0)
    return {"fc1.weight": w1, "fc1.bias": b1, "fc2.weight": w2, "fc2.bias": b2}


def export(parameters, path):
    """The file that torch.onnx.export would write."""
    value = helper.make_tensor_value_info
    nodes = [
        helper.make_node("Gemm", ["x", "fc1.weight", "fc1.bias"], ["h"], "/fc1/Gemm", transB=1),
        helper.make_node("Relu", ["h"], ["r"], "/act/Relu"),
        helper.make_node("Gemm", ["r", "fc2.weight", "fc2.bias"], ["logits"], "/fc2/Gemm", transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "events",
        [value("x", TensorProto.FLOAT, ["batch", 7])],
        [value("logits", TensorProto.FLOAT, ["batch", 3])],
        [numpy_helper.from_array(v.astype(np.float32), n) for n, v in parameters.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(1)
    x, y = events(6000, draw)
    mean, scale = x.mean(0, dtype=float), x.std(0, dtype=float)
    parameters = train((x - mean) / scale, y, draw)
    export(parameters, folder / "net.onnx")
    scaler = {"mean": mean.tolist(), "scale": scale.tolist(), "features": FEATURES}
    (folder / "scaler.json").write_text(json.dumps(scaler))

    x, y = events(2000, draw)
    np.savez(folder / "validation.npz", x=x, y=y)
    rows = [",".join([*map(repr, map(float, values)), str(label)]) for values, label in zip(x, y)]
    (folder / "validation.csv").write_text("\n".join([",".join([*FEATURES, "kind"]), *rows, ""]))


if __name__ == "__main__":
    main()
