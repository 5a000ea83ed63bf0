#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What calibrated rounding keeps of the accuracy of jsc-deepset, a network of particles.

usage: benchmarks/accuracy/particles.py [--tools build/bin]

There are jets to test it on alone: one half calibrates, without labels, and the other is measured, and the other way
round. Points of accuracy lost against float32, with the standard error of the difference, and the Kullback-Leibler
divergence of the answers from the float network's in thousandths: all layers at one width under MASE's rule (half of
the bits are fraction bits), rounded to nearest so that the largest value fits, --mase-calibrate, --mase-equalize
before it, and --mase-refine after each.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
JSC = ROOT / "examples/jsc"
SCALER = JSC / "data/particles-scaler.json"
WIDTHS = (8, 6, 4, 3)
BUDGETS = (13000, 7000, 4000, 2500, 1500)
PLAIN = "range=max rounding=nearest granularity=tensor exponents=0"


def quantize(width, fraction):
    """The pass that sets the formats of every Linear."""
    bias = "" if fraction == '"NA"' else f",bias_width=16,bias_frac_width={fraction}"
    formats = ",".join(f"{role}_width={width},{role}_frac_width={fraction}" for role in ("data_in", "weight"))
    return f"--mase-quantize=by=type layers=linear:{{{formats}{bias}}}"


def probabilities(logits):
    e = np.exp(np.float64(logits) - logits.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


class Half:
    """The float network, the jets that calibrate, and the others."""

    def __init__(self, tools, folder, calibrating, x, y):
        self.tools, self.d, self.labels = tools, folder, y[~calibrating]
        np.savez(self.d / "calibrating.npz", x=x[calibrating])
        np.savez(self.d / "measured.npz", x=x[~calibrating])
        self.data = f"data={self.d}/calibrating.npz scaler={SCALER}"
        self.run("mase-translate", "--import-onnx", JSC / "jsc-deepset.onnx", "-o", self.d / "net.mlir")
        self.exact = self.answers("net.mlir")

    def run(self, tool, *arguments):
        done = subprocess.run([str(a) for a in (self.tools / tool, *arguments)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"particles.py: {tool} failed:\n{done.stderr.strip()}")

    def answers(self, name):
        output = self.d / "y.npy"
        source = ("--input", self.d / "measured.npz", "--scaler", SCALER)
        self.run("mase-run", self.d / name, "--engine=cpu", *source, "--output", output)
        return probabilities(np.load(output))

    def measure(self, *passes, name="net.mlir", output="q.mlir"):
        """Of each jet what the passes lose, and the divergence."""
        self.run("mase-opt", self.d / name, *passes, "-o", self.d / output)
        p = self.answers(output)
        right = [a.argmax(1) == self.labels for a in (self.exact, p)]
        divergence = (self.exact * np.log(self.exact / p.clip(1e-300))).sum(1)
        return right[0].astype(float) - right[1], divergence

    def recipes(self, width):
        auto = quantize(width, '"auto"')
        yield "rule", self.measure(quantize(width, '"NA"'))
        yield "largest fits", self.measure(auto, f"--mase-calibrate={self.data} {PLAIN}")
        for name, passes in ("calibrated", ()), ("equalized", (f"--mase-equalize={self.data}",)):
            yield name, self.measure(auto, *passes, f"--mase-calibrate={self.data}", output="start.mlir")
            yield f"{name}, refined", self.measure(f"--mase-refine={self.data}", name="start.mlir")


    def path(self):
        """The same of each network that --mase-shrink leaves."""
        self.run("mase-opt", self.d / "net.mlir", f"--mase-shrink={self.data} budget={BUDGETS[-1]} path={self.d}/path", "-o", self.d / "small.mlir")
        for budget in BUDGETS:
            yield f"within {budget} ebops", self.measure(name=f"path/ebops_{budget}.mlir")


def show(name, one, other):
    lost, divergence = (np.concatenate(pair) for pair in zip(one, other, strict=True))
    error = lost.std() / len(lost) ** 0.5
    print(f"{name:30} lost {100 * lost.mean():6.2f} ± {100 * error:.2f}   divergence {1000 * divergence.mean():7.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tools", type=pathlib.Path, default=ROOT / "build/bin", help="where mase-opt is")
    options = parser.parse_args()
    jets = np.load(JSC / "data/particles.npz")
    even = np.arange(len(jets["y"])) % 2 == 0
    with tempfile.TemporaryDirectory() as folder:
        halves = []
        for name, calibrating in ("even", even), ("odd", ~even):
            path = pathlib.Path(folder, name)
            path.mkdir()
            halves.append(Half(options.tools, path, calibrating, jets["x"], jets["y"]))
        accuracy = np.concatenate([half.exact.argmax(1) == half.labels for half in halves]).mean()
        print(f"jsc-deepset, {len(even)} jets: float32 {100 * accuracy:.2f} %")
        for width in WIDTHS:
            for (name, one), (_, other) in zip(*(half.recipes(width) for half in halves), strict=True):
                show(f"{width} bits, {name}", one, other)
        for (name, one), (_, other) in zip(*(half.path() for half in halves), strict=True):
            show(name, one, other)


if __name__ == "__main__":
    main()
