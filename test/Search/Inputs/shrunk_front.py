# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What was shrunk, as the files of a search say it.

shrunk_front.py OUTPUT_DIR: a trial of trials.csv and log.json is a point, or
has the trial that it was made of and a budget that it keeps; trial numbers have
no gaps; best.json's members are those that no other beats.

shrunk_front.py OUTPUT_DIR MASE_BIN SHRINK_OPTIONS: beside that, --mase-shrink
with these options and the budget makes the same of the network that a member
was made of, wherever both are on the front.
"""

import csv
import json
import pathlib
import subprocess
import sys

output = pathlib.Path(sys.argv[1])
log = {t["number"]: t for t in json.loads((output / "log.json").read_text()).values()}
best = {t["number"]: t for t in json.loads((output / "best.json").read_text()).values()}
rows = {int(r["number"]): r for r in csv.DictReader(open(output / "trials.csv", newline=""))}
assert list(log) == list(rows) == list(range(len(log))), list(log)

shrunk = 0
for number, trial in log.items():
    source, budget = trial["user_attrs_shrunk_from"], trial["user_attrs_budget"]
    assert rows[number]["user_attrs_shrunk_from"] == ("" if source is None else str(source))
    assert rows[number]["user_attrs_budget"] == ("" if budget is None else str(budget))
    member = best.get(number, {})
    if source is None:
        assert not shrunk and "shrunk_from" not in member, number
        continue
    shrunk += 1
    ebops = trial["user_attrs_hardware_metrics"]["ebops"]
    assert ebops <= budget < log[source]["user_attrs_hardware_metrics"]["ebops"], (number, ebops)
    assert trial["user_attrs_sampled_config"] == log[source]["user_attrs_sampled_config"]
    if member:
        assert (member["shrunk_from"], member["budget"]) == (source, budget)
        assert not any(name.startswith("unrefined_") for name in member["software_metrics"])


def values(trial):
    return trial["values_0"], trial["values_1"]


# The first objective is to be small or large; the second, ebops, small.
sign = -1 if "accuracy" in next(iter(log.values()))["user_attrs_scaled_metrics"] else 1
points = {n: (sign * values(t)[0], values(t)[1]) for n, t in log.items() if t["values_0"] is not None}
# Refined members are measured again, so that the log's values are the front's.
for number, (a, b) in points.items():
    beaten = any(c <= a and d <= b and (c, d) != (a, b) for c, d in points.values())
    assert not (number in best and beaten), number
    assert beaten or number in best or any(points[m] == (a, b) for m in best), number

same = 0
if len(sys.argv) > 2:
    for number, trial in best.items():
        if "shrunk_from" not in trial or trial["shrunk_from"] not in best:
            continue
        again = output / "again.mlir"
        subprocess.run([f"{sys.argv[2]}/mase-opt", output / f"front/trial_{trial['shrunk_from']}.mlir",
                        f"--mase-shrink={sys.argv[3]} budget={trial['budget']}", "-o", again],
                       check=True, capture_output=True)
        assert again.read_text() == (output / f"front/trial_{number}.mlir").read_text(), number
        same += 1
on_front = sum("shrunk_from" in t for t in best.values())
print(f"{shrunk} shrunk, {on_front} on the front" + (f", {same} made again" if len(sys.argv) > 2 else ""))
