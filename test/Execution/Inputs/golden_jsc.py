# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""jsc-new end to end against logits that others computed.

usage: golden_jsc.py GOLDEN.json TOOLS FOLDER [--exact]

Each configuration runs on every engine: all give the same bits, and those are
within 1e-5 of torch's (whose BatchNorm rounds in another place), or, with
--exact, those of reference_data.py.
"""
import json
import pathlib
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ENGINES = ("interpreter", "cpu", "cuda-host")


def write_onnx(parameters, path):
    nodes, initializers, current = [], [], "x"

    def add(op, suffixes, k, **attributes):
        nonlocal current
        names = [f"seq_blocks.{k}.{s}" for s in suffixes]
        initializers.extend(numpy_helper.from_array(parameters[n], n) for n in names)
        nodes.append(helper.make_node(op, [current, *names], [f"y{k}"],
                                      name=f"/seq_blocks/seq_blocks.{k}/{op}", **attributes))
        current = f"y{k}"

    for k in range(11):
        if k in (2, 5, 8):
            add("Gemm", ("weight", "bias"), k, transB=1)
        elif k in (0, 3, 6, 9):
            add("BatchNormalization", ("weight", "bias", "running_mean", "running_var"), k, epsilon=1e-5)
        else:
            add("Relu", (), k)
    value = lambda name, n: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", n])
    graph = helper.make_graph(nodes, "golden", [value("x", 16)], [value(current, 5)], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, path)


def layer_option(k, formats):
    keys = [f"{role}{'_width' if i == 0 else '_frac_width'}={value}"
            for role, pair in zip(("data_in", "weight", "bias"), formats)
            for i, value in enumerate(pair) if value is not None]
    return f"seq_blocks_{k}:{{name='integer',{','.join(keys)}}}"


def main():
    golden = json.load(open(sys.argv[1]))
    tools, folder = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    parameters = {k: np.array(v["v"], np.float32).reshape(v["shape"]) for k, v in golden["params"].items()}
    run = lambda *command: subprocess.run([str(c) for c in command], check=True)
    write_onnx(parameters, folder / "net.onnx")
    run(tools / "mase-translate", "--import-onnx", folder / "net.onnx", "-o", folder / "net.mlir")
    np.save(folder / "x.npy", np.array(golden["x"], np.float32).reshape(golden["x_shape"]))
    good, tolerance = 0, 0 if "--exact" in sys.argv else 1e-5
    for case in golden["runs"]:
        network = folder / "net.mlir"
        if case["config"]:
            layers = ",".join(layer_option(k, f) for k, f in case["config"].items())
            network = folder / f"{case['name']}.mlir"
            run(tools / "mase-opt", folder / "net.mlir", f"--mase-quantize=by=name layers={layers}", "-o", network)
        logits = []
        for engine in ENGINES:
            run(tools / "mase-run", network, f"--engine={engine}", "--input", folder / "x.npy",
                "--output", folder / "y.npy")
            logits.append(np.load(folder / "y.npy"))
        same = all(np.array_equal(y.view(np.int32), logits[0].view(np.int32)) for y in logits)
        reference = np.array(case["logits"], np.float32).reshape(logits[0].shape)
        off = float(np.abs(logits[0] - reference).max())
        print(f"{case['name']}: engines {'agree' if same else 'DIFFER'}, largest difference {off:.1e}")
        good += same and off <= tolerance
    print(f"{good}/{len(golden['runs'])} configurations")


if __name__ == "__main__":
    main()
