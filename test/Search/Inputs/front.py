# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Works out a search's front from its files, without any code of the search's.

usage: front.py FOLDER METRIC=larger|smaller... [METRIC<=BOUND|METRIC>=BOUND...]

Reads trials.csv (in the shape of Optuna's data frame) and results.csv of FOLDER,
compares every complete trial that keeps the bounds with every other one, and
expects that the front of results.csv, best.json and report.html is what no
trial dominates: one trial for each combination of values. Prints how many
trials there are, are excluded and are on the front.
"""

import ast
import csv
import json
import math
import pathlib
import re
import sys


def main():
    folder = pathlib.Path(sys.argv[1])
    signs, bounds = {}, []
    for word in sys.argv[2:]:
        name, relation, value = re.fullmatch(r"(\w+)(<=|>=|=)(.*)", word).groups()
        if relation == "=":
            signs[name] = {"larger": -1, "smaller": 1}[value]
        else:
            bounds.append((name, relation, float(value)))

    trials = {}  # number: metrics, None where there is no result
    with open(folder / "trials.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            metrics = None
            if row["state"] == "COMPLETE":
                metrics = {}
                for column in ("user_attrs_software_metrics", "user_attrs_hardware_metrics"):
                    metrics |= ast.literal_eval(re.sub(r"\bnan\b", "None", row[column]))
            trials[int(row["number"])] = metrics
    with open(folder / "results.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["state"] != "BASELINE"]
    assert sorted(int(row["number"]) for row in rows) == sorted(trials), "other trials in results.csv"
    for row in rows:
        metrics = trials[int(row["number"])]
        assert (row["state"] == "COMPLETE") == (metrics is not None), row
        for name, value in (metrics or {}).items():
            assert float(row[name]) == value, (row["number"], name, row[name], value)

    def counts(metrics):
        if metrics is None or any(not math.isfinite(metrics.get(name, math.nan)) for name in signs):
            return False
        return all(metrics[name] <= bound if relation == "<=" else metrics[name] >= bound for name, relation, bound in bounds)

    losses = {number: tuple(sign * metrics[name] for name, sign in signs.items()) for number, metrics in trials.items() if counts(metrics)}
    distinct = set(losses.values())

    def is_dominated(a):
        return any(b != a and all(x <= y for x, y in zip(b, a)) for b in distinct)

    expected = {a for a in distinct if not is_dominated(a)}
    front = [int(row["number"]) for row in rows if row["front"] == "true"]
    for number in front:
        assert number in losses, f"trial {number} has no result or breaks a bound, but is on the front"
        better = [n for n, b in losses.items() if b != losses[number] and all(x <= y for x, y in zip(b, losses[number]))]
        assert not better, f"trial {number} is on the front, but trial {better[0]} dominates it"
    found = [losses[number] for number in front]
    assert len(set(found)) == len(found) and set(found) == expected, (sorted(expected - set(found)), sorted(found))
    # Of equal ones the first that was tried.
    for number in front:
        assert number == min(n for n, b in losses.items() if b == losses[number]), number

    best = json.loads((folder / "best.json").read_text(encoding="utf-8"))
    assert sorted(trial["number"] for trial in best.values()) == sorted(front), "another front in best.json"
    page = (folder / "report.html").read_text(encoding="utf-8")
    study = json.loads(re.search(r'<script[^>]* id="study"[^>]*>(.*?)</script>', page, re.S)[1])
    assert sorted(study["trials"]["number"][i] for i in study["front"]) == sorted(front), "another front in report.html"
    print("trials", len(trials), "excluded", len(trials) - len(losses), "front", len(front))


if __name__ == "__main__":
    main()
