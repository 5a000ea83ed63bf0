# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What samplers.py searches: functions of bit widths that two programs compute alike, and a network's metrics in a table.
The first metric is wanted large (accuracy), the second small (bits)."""
import csv
import itertools
import json
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
ERROR = {2: 1.0, 4: 0.25, 8: 0.015625}


class Mpq:
    """MPQ-L of unittests/Search/TestProblems.h, in the same order of operations."""

    def __init__(self, layers, a, b, c, jitter, bias_penalty, jump_penalty):
        self.spec = {"layers": layers, "a": a, "b": b, "c": c, "jitter": jitter, "bias_penalty": bias_penalty,
                     "jump_penalty": jump_penalty}
        self.knobs = [k for _ in range(layers) for k in ((4, 8), (2, 4, 8), (2, 4, 8))]
        self.reference = (0.10, 8.0)

    def json(self):
        return {"knobs": self.knobs, "mpq": self.spec}

    def __call__(self, point):
        s = self.spec
        total, index, penalised, jumps, bits, last = 0.0, 0, 0, 0, 0, 0
        for layer in range(s["layers"]):
            d, w, b = (point[3 * layer + i] for i in range(3))
            dw, ww, bw = (4, 8)[d], (2, 4, 8)[w], (2, 4, 8)[b]
            i = layer % 3
            e = s["a"][i] * ERROR[dw] + s["b"][i] * ERROR[ww] + s["c"][i] * ERROR[bw] + 0.5 * (ERROR[dw] * ERROR[ww])
            total = e if layer == 0 else e + total * (1.0 + 2.0 * e)
            index = ((index * 2 + d) * 3 + w) * 3 + b
            penalised += b < w
            jumps += layer > 0 and {last, ww} == {2, 8}
            bits += dw + ww + bw
            last = ww
        t = (total + (s["bias_penalty"] * penalised + s["jump_penalty"] * jumps)) * (3.0 / s["layers"])
        h = ((index * s["jitter"]) & 0xFFFFFFFF) >> 22
        return 0.10 + 0.85 / (1.0 + t) + (h - 511.5) / 1023.0 * 0.006, bits / (3.0 * s["layers"])


class Table:
    """Metrics of every point."""

    def __init__(self, knobs, table, reference):
        self.knobs, self.table, self.reference = knobs, table, reference

    def json(self):
        return {"knobs": self.knobs, "table": self.table, "static": True}

    def __call__(self, point):
        index = 0
        for p, choices in zip(point, self.knobs):
            index = index * len(choices) + p
        return self.table[index]


def p1():
    return Mpq(3, (.30, .20, .25), (.10, .35, .20), (.02, .05, .08), 2654435761, 0.04, 0.03)


def mpq12():
    return Mpq(12, (.22, .41, .09), (.33, .12, .27), (.04, .11, .02), 1103515245, 0.05, 0.02)


def mase_search(binaries, config, *options):
    """mase-opt's search of the network in examples/jsc: the rows of trials.csv."""
    binaries = pathlib.Path(binaries).resolve()
    with tempfile.TemporaryDirectory() as d:
        network = f"{d}/network.mlir"
        subprocess.run([binaries / "mase-translate", "--import-onnx", ROOT / "examples/jsc/jsc-new.onnx", "-o", network], check=True)
        subprocess.run([binaries / "mase-opt", network, "-o", "/dev/null",
                        f"--mase-search=config={config} output-dir={d} quiet {' '.join(options)}"],
                       check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        with open(f"{d}/trials.csv") as f:
            return list(csv.DictReader(f))


def table_of(rows):
    """A Table from the rows of an exhaustive search."""
    names = sorted(k for k in rows[0] if k.startswith("params_"))
    knobs = [sorted({int(r[n]) for r in rows}) for n in names]
    metrics = {tuple(int(r[n]) for n in names): (float(r["values_0"]), float(r["values_1"])) for r in rows}
    table = [metrics[p] for p in itertools.product(*knobs)]
    # A classifier that guesses among five, and the most bits.
    return names, Table(knobs, table, (0.2, max(m[1] for m in table)))


def jsc(binaries):
    return table_of(mase_search(binaries, ROOT / "examples/jsc/search-joint.toml"))[1]


def hypervolume(values, reference):
    """Of pairs (large, small) beyond the reference."""
    volume, last = 0.0, reference[0]
    for large, small in sorted(values, key=lambda v: (v[1], -v[0])):
        if small < reference[1] and large > last:
            volume += (large - last) * (reference[1] - small)
            last = large
    return volume


def write(problem, path):
    with open(path, "w") as f:
        json.dump(problem.json(), f)
