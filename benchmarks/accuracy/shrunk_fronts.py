#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What shrinking adds to a search's front (setup.shrink), through the commands that people type.

A search of 300 calibrated trials over widths of 2 to 8 bits, by loss_to_float and ebops on validation jets: its front as it is,
with the front's networks shrunk, and beside both the float network shrunk by --mase-shrink, which is a single path. Within each
budget of effective bit operations the network of least loss: divergence from the float network (10^-3 nats) and points of
accuracy lost on test jets, which choose nothing. Means over a network's float seeds; processor seconds of the whole command.
"""
import argparse
import json
import pathlib
import resource
import tempfile

import numpy as np

from networks import ROOT
from shipped import JSC, SEARCH, Measurement
from shrink import log_probabilities

BUDGETS = [20000, 13000, 7000, 4000, 2500, 1500, 1000]


class Fronts:
    """Of one float network."""

    def __init__(self, args, onnx, folder):
        self.args, self.d = args, folder
        self.m = Measurement(args, onnx, folder)
        self.float = log_probabilities(self.m, "net")

    def timed(self, *arguments):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        self.m.run("mase-opt", *arguments)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    def test(self, name):
        """(divergence, points lost) of a network."""
        difference = self.float - log_probabilities(self.m, name)
        return 1e3 * (np.exp(self.float) * difference).sum(1).mean(), self.m.lost(name)[0]

    def search(self, shrink):
        """{budget: (divergence, points lost)}, and seconds."""
        config = SEARCH.format(jsc=JSC, trials=self.args.trials).replace("bitops", "ebops")
        config = config.replace("refine = false", f"shrink = {shrink}")
        pathlib.Path(f"{self.d}/s.toml").write_text(config)
        seconds = self.timed(f"{self.d}/folded.mlir", f"--mase-search=config={self.d}/s.toml data={JSC}/data/validation.h5 "
                             f"scaler={JSC}/data/scaler.json output-dir={self.d}/search", "-o", f"{self.d}/best.mlir")
        front = [(t["software_metrics"]["loss_to_float"], t["hardware_metrics"]["ebops"], t["number"])
                 for t in json.loads(pathlib.Path(f"{self.d}/search/best.json").read_text()).values()]
        within = {b: [t for t in front if t[1] <= b] for b in BUDGETS}
        return {b: self.test(f"search/front/trial_{min(ts)[2]}") for b, ts in within.items() if ts}, seconds

    def path(self, effort):
        """The same of the float network's."""
        result, seconds = {}, 0
        for budget in BUDGETS:
            seconds = self.timed(f"{self.d}/folded.mlir", f"--mase-shrink={self.m.data(8000)} budget={budget} effort={effort}",
                                 "-o", f"{self.d}/small.mlir")
            result[budget] = self.test("small")
        return result, seconds


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--tools", type=pathlib.Path, default=ROOT / "build/bin", help="where mase-opt is (default: build/bin)")
    ap.add_argument("--trials", type=int, default=300, help="of a search (default: %(default)s)")
    ap.add_argument("--efforts", default="fast", help="of shrinking, as in fast,full (default: %(default)s)")
    ap.add_argument("network", nargs="?", default="jsc-new", help="name of a shipped network (default: %(default)s)")
    args = ap.parse_args()
    efforts = args.efforts.split(",")
    columns = [("front", "false"), *((f"shrunk, {e}", f'{{effort = "{e}"}}') for e in efforts)]
    rows = {name: [] for name, _ in columns} | {f"float, {e}": [] for e in efforts}
    for onnx in [JSC / f"{args.network}.onnx", *sorted((JSC / "seeds").glob(f"{args.network}-*.onnx"))]:
        with tempfile.TemporaryDirectory() as d:
            fronts = Fronts(args, onnx, d)
            for name, shrink in columns:
                rows[name].append(fronts.search(shrink))
            for effort in efforts:
                rows[f"float, {effort}"].append(fronts.path(effort))
    print(f"{args.network}, means over {len(rows['front'])} float seeds: divergence / points lost")
    print("    budget" + "".join(f"{name:>18}" for name in rows))
    for budget in BUDGETS:
        cells = []
        for found in rows.values():
            values = [result[budget] for result, _ in found if budget in result]
            # Of some seeds alone a mean would be another thing's.
            cells.append("{:10.1f} / {:5.2f}".format(*np.mean(values, axis=0)) if len(values) == len(found) else " " * 17 + "-")
        print(f"{budget:10}" + "".join(f"{cell:>18}" for cell in cells))
    print("   seconds" + "".join(f"{np.mean([s for _, s in found]):18.1f}" for found in rows.values()))


if __name__ == "__main__":
    main()
