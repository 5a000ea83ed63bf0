# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The networks of a search's front do what best.json says of them.

front_networks.py MASE_BIN OUTPUT_DIR DATA: runs each front/trial_N.mlir with
mase-run, and asks --mase-report what it costs. DATA is an NPZ file, or the
folder of the shipped jets.
"""

import json
import pathlib
import re
import subprocess
import sys

bin, output, data = sys.argv[1:]
inputs = ["--input", data]
if pathlib.Path(data).is_dir():
    inputs = ["--input", f"{data}/validation.h5", "--scaler", f"{data}/scaler.json"]
best = list(json.load(open(f"{output}/best.json")).values())
folder = pathlib.Path(output, "front")
assert sorted(p.name for p in folder.iterdir()) == sorted(f"trial_{t['number']}.mlir" for t in best), "other files"
for trial in best:
    path = folder / f"trial_{trial['number']}.mlir"
    assert '"auto"' not in path.read_text(), path
    said = subprocess.run([f"{bin}/mase-run", path, *inputs], check=True, capture_output=True, text=True).stdout
    accuracy = float(re.search(r"accuracy +([0-9.]+)", said)[1])
    assert abs(accuracy - trial["software_metrics"]["accuracy"]) < 6e-5, (path, said, trial)
    report = subprocess.run([f"{bin}/mase-opt", path, "--mase-report=format=json output=-", "-o", "/dev/null"],
                            check=True, capture_output=True, text=True).stdout
    costs = json.loads(report)
    for metric in ("model_bytes", "average_bitwidth", "bitops", "ebops", "activation_bytes"):
        searched = trial["hardware_metrics"][metric]
        assert abs(costs[metric] - searched) < 1e-9, (path, metric, costs[metric], searched)
    subprocess.run([f"{bin}/mase-translate", "--mase-to-cuda", path, "-o", "/dev/null"], check=True)
refined = sum(any(m.startswith("unrefined_") for m in t["software_metrics"]) for t in best)
print(f"{len(best)} networks as measured, {refined} refined")
