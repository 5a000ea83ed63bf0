# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Opens a search's study.journal with Optuna and optuna-dashboard.

usage: journal.py DIRECTORY

What they read must be what best.json, log.json and trials.csv of the same
directory say. Prints one line.
"""

import csv
import io
import json
import math
import os
import pathlib
import sys
import time
import warnings

# As MASE's files have it: times without a zone are UTC.
os.environ["TZ"] = "UTC"
time.tzset()

import optuna
import optuna_dashboard
import pandas
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
folder = pathlib.Path(sys.argv[1])
path = folder / "study.journal"


def lines_of_journal():
    return [json.loads(line) for line in path.read_text().splitlines()]


def check(condition, *what):
    if not condition:
        sys.exit(f"journal.py: {' '.join(map(str, what))}")


def same(ours, theirs):
    """A field of trials.csv and Optuna's value."""
    if theirs is None or (isinstance(theirs, float) and math.isnan(theirs)):
        return ours == ""
    if isinstance(theirs, pandas.Timestamp):
        return pandas.Timestamp(ours) == theirs
    if isinstance(theirs, pandas.Timedelta):
        return pandas.Timedelta(ours) == theirs
    return ours == str(theirs)


# Optuna ----------------------------------------------------------------------
lines = lines_of_journal()
name = lines[0]["study_name"]
storage = JournalStorage(JournalFileBackend(str(path)))
study = optuna.load_study(study_name=name, storage=storage)
check([int(d) for d in study.directions] == lines[0]["directions"], "directions")
check(len(study.metric_names) == len(study.directions), "metric names")
check("finished" in study.user_attrs, "the study has no end")

# Columns and values of trials.csv are those of the data frame. With metric
# names Optuna calls its values by them.
frame = study.trials_dataframe()
several = len(study.directions) > 1
if several:
    names = {f"values_{m}": f"values_{i}" for i, m in enumerate(study.metric_names)}
else:
    names = {f"value_{study.metric_names[0]}": "value"}
frame = frame.rename(columns=names)
constrained = "system_attrs_constraints" in frame.columns
rows = list(csv.DictReader(open(folder / "trials.csv", newline="")))
check(
    list(frame.columns) == list(rows[0]),
    f"columns {list(frame.columns)}, expected {list(rows[0])}",
)
check(len(frame) == len(rows), len(frame), "trials, expected", len(rows))
trials = study.get_trials(deepcopy=False)
for row, trial in zip(rows, trials):
    values = {
        "number": trial.number,
        "datetime_start": pandas.Timestamp(trial.datetime_start),
        "datetime_complete": pandas.Timestamp(trial.datetime_complete),
        "duration": pandas.Timedelta(trial.duration),
        "state": trial.state.name,
    }
    for i, value in enumerate(trial.values or []):
        values[f"values_{i}" if several else "value"] = value
    values |= {f"params_{k}": v for k, v in trial.params.items()}
    values |= {f"user_attrs_{k}": v for k, v in trial.user_attrs.items()}
    values |= {f"system_attrs_{k}": v for k, v in trial.system_attrs.items()}
    for column, ours in row.items():
        check(
            same(ours, values.get(column)),
            f"trial {trial.number}: {column} is {values.get(column)!r}, "
            f"expected {ours}",
        )

# The front: of equal values we have the first alone.
best = json.load(open(folder / "best.json"))
ours = sorted(tuple(entry["value"]) for entry in best.values())
theirs = study.best_trials if several else [study.best_trial]
theirs = sorted({tuple(round(v, 10) for v in t.values) for t in theirs})
check(ours == theirs, f"the front is {theirs}, expected {ours}")

complete = [t for t in trials if t.state == TrialState.COMPLETE]
check(
    all(len(t.constraints) > 0 for t in complete) == constrained,
    "constraint values are missing",
)
importances = optuna.importance.get_param_importances(
    study, target=lambda t: t.values[0]
)
check(importances and all(v >= 0 for v in importances.values()), "importances")

# A sampler of Optuna's goes on from here.
check(study.ask() is not None, "ask")
path.write_text("".join(path.read_text().splitlines(True)[: len(lines)]))


# optuna-dashboard ------------------------------------------------------------
app = optuna_dashboard.wsgi(JournalStorage(JournalFileBackend(str(path))))


def get(url):
    answer = {}
    where, _, query = url.partition("?")
    environment = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": where,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    body = app(environment, lambda status, *rest: answer.update(status=status))
    text = b"".join(body)
    check(answer["status"].startswith("200"), url, answer["status"], text[:200])
    return text


(summary,) = json.loads(get("/api/studies"))["study_summaries"]
check(summary["study_name"] == name, "dashboard: name", summary["study_name"])
detail = json.loads(get(f"/api/studies/{summary['study_id']}"))
check(len(detail["trials"]) == len(trials), "dashboard:", len(detail["trials"]))
check(detail["objective_names"] == study.metric_names, "dashboard: names")
for shown, trial in zip(detail["trials"], trials):
    check(shown["number"] == trial.number, "dashboard: number", shown["number"])
    check(
        shown["state"].upper() == trial.state.name,
        f"dashboard: trial {trial.number} is {shown['state']}",
    )
    check(
        (shown.get("values") or None) == (trial.values or None),
        f"dashboard: trial {trial.number} has {shown.get('values')}",
    )
    external = {p["name"]: p["param_external_value"] for p in shown["params"]}
    check(
        external == {key: str(value) for key, value in trial.params.items()},
        f"dashboard: trial {trial.number} has {external}",
    )
get(f"/api/studies/{summary['study_id']}/param_importances?evaluator=ped_anova")
check(b"<html" in get("/dashboard/").lower(), "dashboard: no page")

states = frame["state"].value_counts()
print(
    f"{len(trials)} trials,",
    ", ".join(f"{states[s]} {s}" for s in sorted(states.index)) + ";",
    f"{len(best)} in the front;",
    "constraints" if constrained else "no constraints",
)
