# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sequential networks of Linears, BatchNorms and ReLUs from ONNX, the jets they are measured on, and the programs that do."""
import json
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np
import onnx
from onnx import numpy_helper

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "examples/jsc/data"
CLASSES = "gqwzt"


def read_steps(path):
    """[{kind: linear | affine | relu, name, weight, bias, scale, shift}] in binary64."""
    graph = onnx.load(path).graph
    values = {t.name: numpy_helper.to_array(t).astype(np.float64) for t in graph.initializer}
    steps = []
    for node in graph.node:
        inputs = [values[n] for n in node.input if n in values]
        name = node.input[1].rsplit(".", 1)[0] if inputs else f"relu_{len(steps)}"
        if node.op_type == "Gemm":
            steps.append({"kind": "linear", "name": name, "weight": inputs[0], "bias": inputs[1]})
        elif node.op_type == "BatchNormalization":
            scale = inputs[0] / np.sqrt(inputs[3] + 1e-5)
            steps.append({"kind": "affine", "name": name, "scale": scale, "shift": inputs[1] - inputs[2] * scale})
        elif node.op_type == "Relu":
            steps.append({"kind": "relu", "name": name})
        else:
            raise SystemExit(f"'{path}': expected Gemm, BatchNormalization and Relu, found '{node.op_type}'")
    return steps


def folded(steps):
    """Every BatchNorm behind a Linear in that Linear."""
    result = []
    for step in steps:
        if step["kind"] == "affine" and result and result[-1]["kind"] == "linear":
            last = result.pop()
            step = dict(last, weight=last["weight"] * step["scale"][:, None], bias=last["bias"] * step["scale"] + step["shift"])
        result.append(step)
    return result


def binary32(steps):
    return [{k: v.astype(np.float32) if isinstance(v, np.ndarray) else v for k, v in s.items()} for s in steps]


def to_json(steps):
    def convert(step):
        d = {k: v.ravel().tolist() if isinstance(v, np.ndarray) else v for k, v in step.items()}
        if step["kind"] == "linear":
            d["out"] = len(step["weight"])
        return d
    return [convert(s) for s in steps]


def read_jets(path, scaler, samples=None):
    with h5py.File(path) as f:
        table = f["t_allpar_new"][:samples]
    s = json.load(open(scaler))
    x = np.stack([table["j_" + n] for n in s["features"]], 1).astype(np.float64)
    y = np.stack([table["j_" + c] for c in CLASSES], 1).argmax(1)
    return ((x - np.array(s["mean"])) / np.array(s["scale"])).astype(np.float32), y


def measure(program, steps, calibration, x, labels, **more):
    """What mase-bench-calibrate or mase-bench-trials says of a problem."""
    problem = {"in": x.shape[1], "steps": to_json(steps), "calibration": calibration.ravel().tolist(),
               "x": x.ravel().tolist(), "labels": labels.tolist(), **more}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump(problem, f)
        f.flush()
        p = subprocess.run([program, f.name], capture_output=True, text=True)
    if p.returncode:
        sys.exit(f"{pathlib.Path(program).name}: {p.stderr.strip()}")
    return json.loads(p.stdout)
