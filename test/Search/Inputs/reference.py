# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Metrics of jsc-new in any integer precision, in numpy from the formulas alone.

usage: reference.py NETWORK.onnx DATA.npz LOG.json    checks every trial of a log
       reference.py --make-data OUT.npz SAMPLES SEED  labelled random samples
"""
import json
import sys

import numpy as np


def quantize(x, width, frac):
    """Signed fixed point, ties to even; frac None is width // 2."""
    frac = width // 2 if frac is None else frac
    codes = np.rint(x.astype(np.float64) * 2.0**frac)
    return np.clip(codes, -(2 ** (width - 1)), 2 ** (width - 1) - 1) * 2.0**-frac


def read_network(path):
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(path).graph
    tensors = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    layers = []
    for node in graph.node:
        parameters = [tensors[i] for i in node.input if i in tensors]
        name = next((i for i in node.input if i in tensors), "").rsplit(".", 1)[0]
        attributes = {a.name: a for a in node.attribute}
        layers.append((node.op_type, name.replace(".", "_"), parameters, attributes))
    return layers


def run(layers, x, config):
    """Logits. `config` is a trial's sampled_config."""
    for op, name, parameters, attributes in layers:
        if op == "BatchNormalization":
            gamma, beta, mean, var = (p.astype(np.float64) for p in parameters)
            epsilon = attributes["epsilon"].f if "epsilon" in attributes else 1e-5
            scale = gamma / np.sqrt(var + epsilon)
            shift = (beta - mean * scale).astype(np.float32)
            scale = scale.astype(np.float32)
            # The product is exact in 64 bits of mantissa, so the sum rounds once.
            wide = x.astype(np.longdouble) * scale.astype(np.longdouble)
            x = (wide + shift.astype(np.longdouble)).astype(np.float32)
        elif op == "Relu":
            x = np.where(x > 0, x, np.float32(0))
        elif op == "Gemm":
            weight, bias = parameters
            c = config.get(name, {}).get("config", {})
            if c.get("name") == "integer":
                q = lambda v, role: quantize(v, c[role + "_width"], c[role + "_frac_width"])
                # All of these are integers times powers of two: exact.
                x = q(x, "data_in") @ q(weight, "weight").T + q(bias, "bias")
            else:
                x = x.astype(np.float64) @ weight.T.astype(np.float64) + bias
            x = x.astype(np.float32)
        else:
            raise SystemExit(f"{op} is not in this reference")
    return x


def measure(logits, labels):
    wide = logits.astype(np.float64)
    top = wide.max(1, keepdims=True)
    rows = np.arange(len(labels))
    loss = np.mean(np.log(np.exp(wide - top).sum(1)) + top[:, 0] - wide[rows, labels])
    guess = wide.argmax(1)
    recall = []
    for c in range(logits.shape[1]):
        # A class that is neither true nor guessed is left out.
        if (labels == c).any() or (guess == c).any():
            hits = ((labels == c) & (guess == c)).sum()
            recall.append(hits / max((labels == c).sum(), 1))
    return float(np.mean(recall)), float(np.mean(guess == labels)), float(loss)


def check(network, data, log):
    layers = read_network(network)
    arrays = np.load(data)
    x, y = arrays["x"].astype(np.float32), arrays["y"]
    trials = json.load(open(log))
    wrong = 0
    for trial in trials.values():
        config = trial["user_attrs_sampled_config"]
        software = trial["user_attrs_software_metrics"]
        accuracy, micro, loss = measure(run(layers, x, config), y)
        for name, expected, tolerance in (
            ("accuracy", accuracy, 1e-9),
            ("accuracy_micro", micro, 1e-9),
            ("loss", loss, 1e-5),
        ):
            if abs(software[name] - expected) > tolerance:
                print(f"trial {trial['number']}: {name} is {software[name]}, reference {expected}")
                wrong += 1
        weights = {n: p[0].size for op, n, p, _ in layers if op == "Gemm"}
        widths = {
            n: config[n]["config"]["weight_width"]
            for n in weights
            if config.get(n, {}).get("config", {}).get("name") == "integer"
        }
        average = sum(weights[n] * w for n, w in widths.items())
        average = average / sum(weights[n] for n in widths) if widths else 32.0
        hardware = trial["user_attrs_hardware_metrics"]
        if abs(hardware["average_bitwidth"] - average) > 1e-9:
            print(f"trial {trial['number']}: average_bitwidth is {hardware['average_bitwidth']}, reference {average}")
            wrong += 1
    print(f"{len(trials)} trials, {wrong} differences")
    return wrong != 0


def make_data(path, samples, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, 16)).astype(np.float32)
    # Ties of 8.4 and 4.2 formats, so that rounding to even matters.
    x[::7] = np.round(x[::7] * 16) / 16 + np.float32(1 / 32)
    np.savez(path, x=x, y=rng.integers(0, 5, samples))


if __name__ == "__main__":
    if sys.argv[1] == "--make-data":
        make_data(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        sys.exit(check(*sys.argv[1:4]))
