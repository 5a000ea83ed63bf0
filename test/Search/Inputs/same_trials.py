# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares a compact trials.csv with the log.json of the same search."""

import csv
import json
import sys

rows = list(csv.DictReader(open(sys.argv[1])))
log = json.load(open(sys.argv[2]))
assert len(rows) == len(log), (len(rows), len(log))
by_number = {int(trial["number"]): trial for trial in log.values()}
for row in rows:
    trial = by_number[int(row["number"])]
    metrics = dict(trial["user_attrs_software_metrics"], **trial["user_attrs_hardware_metrics"])
    for name in ("accuracy", "loss", "average_bitwidth_all"):
        if name in row:
            assert abs(float(row[name]) - metrics[name]) <= 1e-5 * abs(metrics[name]), (row, metrics)
    config = trial["user_attrs_sampled_config"]
    for key, value in row.items():
        parts = key.split("/")
        if len(parts) == 3 and value:
            assert str(config[parts[0]][parts[1]][parts[2]]) == value, (key, value, config)
print(len(rows), "trials alike")
