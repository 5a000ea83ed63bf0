#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What calibrated rounding keeps of the shipped networks' accuracy, through the commands that people type.

Points of accuracy lost on the test jets against float32, means over a network's float seeds (NAME.onnx and seeds/NAME-*.onnx),
with the standard error of one difference. For each row of widths: MASE's rule (half of the bits are fraction bits),
--mase-calibrate on 2,000 jets without labels, --mase-refine on 8,000 after it, and both after --mase-equalize. Mixed widths: a search of 300 trials, each
calibrated, by the sampler `sensitivity` over loss_to_float and bitops; of its front the network of least loss within the bit
operations of a uniform one is refined. Loss is that of the search, on validation jets: test jets choose nothing.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

import networks
from networks import ROOT

JSC = ROOT / "examples/jsc"
NETWORKS = ["jsc-new", "hls4ml", "jsc-s", "jsc-trt", "jsc-three-linear", "jsc-toy"]

# name; width of the first input, of the others, of weights; what may be lost: jsc-new and the MLP 16-64-32-32-5.
UNIFORM = [
    ("8", 8, 8, 8, {"jsc-new": .15, "hls4ml": .2}),
    ("6", 6, 6, 6, {"jsc-new": .5, "hls4ml": 1.1}),
    ("4", 4, 4, 4, {"jsc-new": 2.6, "hls4ml": 3.8}),
    ("first input 8, rest 4", 8, 4, 4, {"jsc-new": 1.2, "hls4ml": .8}),
    ("first input 8, rest 3", 8, 3, 3, {"jsc-new": 2.3, "hls4ml": 1.7}),
    ("first input 8, rest 2", 8, 2, 2, {"jsc-new": 4.9, "hls4ml": 4.0}),
    ("inputs 8, weights 2", 8, 8, 2, {"jsc-new": 1.6, "hls4ml": .8}),
]
# name; the width whose bit operations are the budget.
MIXED = [
    ("mixed, as 4 everywhere", 4, {"jsc-new": .8, "hls4ml": .7}),
    ("mixed, as 3 everywhere", 3, {"jsc-new": 2.0, "hls4ml": 2.3}),
]
SEARCH = """[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
setup = {{by = "type", calibration = "{jsc}/data/calibration.h5", calibration_samples = 2000, refine = false}}
[search.search_space.seed.default.config]
name = ["NA"]
[search.search_space.seed.linear.config]
name = ["integer"]
data_in_width = [2, 3, 4, 5, 6, 7, 8]
data_in_frac_width = ["auto"]
weight_width = [2, 3, 4, 5, 6, 7, 8]
weight_frac_width = ["auto"]
[search.strategy.setup]
n_trials = {trials}
sampler = "sensitivity"
[search.strategy.metrics]
loss_to_float.scale = 1.0
loss_to_float.direction = "minimize"
bitops.scale = 1.0
bitops.direction = "minimize"
"""


def layers(first, data, weight, names, fraction):
    """--mase-quantize's layers: the first input of `first` bits, the others of `data`."""
    entries = []
    for i, name in enumerate(names):
        width = first if i == 0 else data
        bias = f',bias_width=16,bias_frac_width={fraction}' if fraction == '"auto"' else ""
        entries.append(f"{name}:{{data_in_width={width},data_in_frac_width={fraction},weight_width={weight},"
                       f"weight_frac_width={fraction}{bias}}}")
    return f"by=name layers={','.join(entries)}"


class Measurement:
    """One float network: which test jets are classified rightly, in float32 and rounded."""

    def __init__(self, args, onnx, folder):
        self.args, self.onnx, self.d, self.front = args, onnx, folder, None
        self.run("mase-translate", "--import-onnx", onnx, "-o", f"{self.d}/net.mlir")
        self.run("mase-opt", f"{self.d}/net.mlir", "--mase-fold-batch-norm", "-o", f"{self.d}/folded.mlir")
        self.names = re.findall(r'mase\.linear "([^"]+)"', pathlib.Path(f"{self.d}/net.mlir").read_text())
        self.labels = networks.read_jets(JSC / "data/test.h5", JSC / "data/scaler.json")[1]
        self.exact = self.right("net")

    def run(self, tool, *arguments):
        done = subprocess.run([str(a) for a in (self.args.tools / tool, *arguments)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"shipped.py: {tool} {' '.join(map(str, arguments))} failed:\n{done.stderr.strip()}")
        return done.stderr

    def right(self, name):
        self.run("mase-run", f"{self.d}/{name}.mlir", "--engine=cpu", "--input", JSC / "data/test.h5", "--scaler", JSC / "data/scaler.json",
                 "--output", f"{self.d}/y.npy")
        return np.load(f"{self.d}/y.npy").argmax(1) == self.labels

    def lost(self, name):
        """(points, standard error of the difference)."""
        difference = self.exact.astype(float) - self.right(name)
        return 100 * difference.mean(), 100 * difference.std() / len(difference) ** .5

    def data(self, samples):
        return f"data={JSC}/data/calibration.h5 scaler={JSC}/data/scaler.json samples={samples}"

    def refined(self, name):
        self.run("mase-opt", f"{self.d}/{name}.mlir", f"--mase-refine={self.data(8000)}", "-o", f"{self.d}/refined.mlir")
        return self.lost("refined")

    def uniform(self, first, data, weight):
        """Of the rule; calibrated; refined; equalised, calibrated and refined."""
        na, auto = '"NA"', '"auto"'
        self.run("mase-opt", f"{self.d}/net.mlir", f"--mase-quantize={layers(first, data, weight, self.names, na)}", "-o", f"{self.d}/rule.mlir")
        result = [self.lost("rule")]
        for name, passes in ("calibrated", []), ("equalized", [f"--mase-equalize={self.data(2000)}"]):
            self.run("mase-opt", f"{self.d}/folded.mlir", f"--mase-quantize={layers(first, data, weight, self.names, auto)}", *passes,
                     f"--mase-calibrate={self.data(2000)}", "-o", f"{self.d}/{name}.mlir")
            result += [self.lost(name), self.refined(name)]
        del result[3]  # equalised alone
        return result

    def search(self):
        pathlib.Path(f"{self.d}/search.toml").write_text(SEARCH.format(jsc=JSC, trials=self.args.trials))
        self.run("mase-opt", f"{self.d}/folded.mlir", f"--mase-search=config={self.d}/search.toml data={JSC}/data/validation.h5 "
                 f"scaler={JSC}/data/scaler.json output-dir={self.d}/search", "-o", f"{self.d}/best.mlir")
        front = json.loads(pathlib.Path(f"{self.d}/search/best.json").read_text()).values()
        self.front = [(t["software_metrics"]["loss_to_float"], t["hardware_metrics"]["bitops"], t["number"]) for t in front]

    def mixed(self, width):
        """Of the front's network within the bit operations of `width` everywhere: None; calibrated; refined; None."""
        if self.front is None:
            self.search()
        steps = networks.read_steps(self.onnx)
        budget = width ** 2 * sum(s["weight"].size for s in steps if s["kind"] == "linear")
        _, _, number = min(t for t in self.front if t[1] <= budget)
        return None, self.lost(f"search/front/trial_{number}"), self.refined(f"search/front/trial_{number}"), None


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--tools", type=pathlib.Path, default=ROOT / "build/bin", help="where mase-opt is (default: build/bin)")
    ap.add_argument("--networks", nargs="+", default=NETWORKS, choices=NETWORKS, metavar="NAME", help="which (default: all)")
    ap.add_argument("--rows", nargs="+", default=[r[0] for r in UNIFORM + MIXED], metavar="NAME", help="which (default: all)")
    ap.add_argument("--trials", type=int, default=300, help="of the search (default: %(default)s)")
    args = ap.parse_args()
    for network in args.networks:
        files = [JSC / f"{network}.onnx", *sorted((JSC / "seeds").glob(f"{network}-*.onnx"))]
        with tempfile.TemporaryDirectory() as d:
            folders = [pathlib.Path(d, f.stem) for f in files]
            for folder in folders:
                folder.mkdir()
            measurements = [Measurement(args, *pair) for pair in zip(files, folders)]
            accuracies = [100 * m.exact.mean() for m in measurements]
            print(f"{network}: float32 {np.mean(accuracies):.2f} % ({', '.join(f'{a:.2f}' for a in accuracies)}); points lost, means")
            print(f"  {'bits':24}{'rule':>8}{'calibrated':>12}{'refined':>9}{'equalized':>11}{'wanted':>8}   each refined one ± standard error")
            for name, *widths, wanted in UNIFORM + MIXED:
                if name not in args.rows:
                    continue
                # Of each seed (points, standard error) of each recipe.
                values = [m.mixed(*widths) if len(widths) == 1 else m.uniform(*widths) for m in measurements]
                cells = [f"{np.mean([points for points, _ in recipe]):.2f}" if recipe[0] else "" for recipe in zip(*values)]
                limit = f"{wanted[network]:.2f}" if network in wanted else ""
                refined = [v[2] for v in values]
                each = f"{', '.join(f'{points:.2f}' for points, _ in refined)} ± {np.mean([error for _, error in refined]):.2f}"
                print(f"  {name:24}{cells[0]:>8}{cells[1]:>12}{cells[2]:>9}{cells[3]:>11}{limit:>8}   {each}", flush=True)


if __name__ == "__main__":
    main()
