# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Networks as exporters write them, beside another runtime's results.

usage: compare_onnx.py MASE_TRANSLATE MASE_RUN FOLDER GROUP [NAME]...

The runtime is ONNX Runtime where it is installed, else onnx's reference.
Results are the same within 1e-5 of their magnitude, or 1e-5, unless a case has a
tolerance of its own.
"""

import pathlib
import subprocess
import sys

import numpy as np
import onnx
import onnx.parser
import plain_onnx
from onnx import helper, numpy_helper

SAMPLES = 12


def evaluator(path):
    try:
        import onnxruntime
    except ImportError:
        from onnx.reference import ReferenceEvaluator

        return ReferenceEvaluator(make_dense(onnx.load(path))).run
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]).run


def make_dense(model):
    """The reference has no sparse initializers."""
    for sparse in model.graph.sparse_initializer:
        dense = np.zeros(tuple(sparse.dims), "f4")
        at = numpy_helper.to_array(sparse.indices)
        at = tuple(at.T) if at.ndim == 2 else np.unravel_index(at, dense.shape)
        dense[at] = numpy_helper.to_array(sparse.values)
        model.graph.initializer.append(numpy_helper.from_array(dense, sparse.values.name))
    del model.graph.sparse_initializer[:]
    return model


def make(case, path):
    """Writes the case's network with random parameters; returns it."""
    text, shapes = case["text"], case.get("parameters", {})
    model = onnx.parser.parse_model(text)
    random = np.random.default_rng(1)
    for name, shape in shapes.items():
        values = random.normal(size=shape).astype("f4")
        model.graph.initializer.append(numpy_helper.from_array(values, name))
    if "change" in case:
        case["change"](model, random)
    onnx.save(model, path, **case.get("save", {}))
    return onnx.load(path)


def draw_input(model):
    """Samples, and the same as the runtime takes them, one call each."""
    sizes = model.graph.input[0].type.tensor_type.shape.dim
    shape = [d.dim_value for d in sizes]
    random = np.random.default_rng(2)
    if len(shape) == 1:  # one sample without a batch
        x = random.normal(size=(SAMPLES, *shape)).astype("f4")
        return x, list(x)
    x = random.normal(size=(SAMPLES, *shape[1:])).astype("f4")
    batch = shape[0] or SAMPLES
    return x, np.split(x, SAMPLES // batch)


def compare(case, translate, run, folder):
    path = folder / "net.onnx"
    model = make(case, path)
    x, calls = draw_input(model)
    element = helper.tensor_dtype_to_np_dtype(model.graph.input[0].type.tensor_type.elem_type)
    calls = [call.astype(element) for call in calls]
    x = x.astype(element).astype("f4")  # what both can take
    output = case.get("output", model.graph.output[0].name)
    other = evaluator(path)
    expected = np.concatenate([other([output], {"x": call})[0].reshape(len(x) // len(calls), -1) for call in calls])
    np.save(folder / "x.npy", x)
    options = [f"--onnx-output={output}"] if "output" in case else []
    options += case.get("options", [])
    subprocess.run([translate, "--import-onnx", *options, path, "-o", folder / "net.mlir"], check=True)
    subprocess.run([run, folder / "net.mlir", "--input", folder / "x.npy", "--output", folder / "y.npy"], check=True)
    y = np.load(folder / "y.npy").reshape(len(x), -1)
    if y.shape != expected.shape:
        return f"shape {y.shape}, expected {expected.shape}"
    error = np.abs(y - expected) / np.maximum(1, np.abs(expected))
    return None if error.max() <= case.get("tolerance", 1e-5) else f"off by {error.max()}"


def main():
    translate, run, folder, group, *names = sys.argv[1:]
    cases = getattr(plain_onnx, group)
    wrong = 0
    for name in names or cases:
        try:
            reason = compare(cases[name], translate, run, pathlib.Path(folder))
        except Exception as error:  # say which network it is, and go on
            reason = f"{type(error).__name__}: {error}"
        if reason:
            wrong += 1
            print(f"{name}: {reason}")
    print(f"{len(names or cases) - wrong} of {len(names or cases)} same")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
