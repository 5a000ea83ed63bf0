#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks what a search over a schedule left behind.

usage: schedule.py rows OUTPUT-DIR         rows of trials.csv, distinct ones, and
                                           choices of conditional knobs
       schedule.py same DIR DIR            the files agree but for times
       schedule.py replay BIN BEST.mlir DIR DATA
                                           the winner, and each member of the
                                           front, has the figures that its trial
                                           measured on DATA
"""

import ast
import csv
import json
import pathlib
import re
import subprocess
import sys

REPORTED = ("average_bitwidth", "average_bitwidth_all", "model_bytes", "parameters", "macs")


def rows(directory):
    with open(pathlib.Path(directory) / "trials.csv", newline="") as file:
        return list(csv.DictReader(file))


def params(row):
    return {k.split("/", 1)[1]: v for k, v in row.items() if k.startswith("params_schedule")}


def print_rows(directory):
    table = rows(directory)
    points = {tuple(v for k, v in row.items() if k.startswith("params_")) for row in table}
    print(f"{len(table)} trials, {len(points)} configurations")
    for row in table:
        config = ast.literal_eval(row["user_attrs_sampled_config"])["schedule"]
        # A knob that does not exist has no value, in either place.
        there = {k for k, v in params(row).items() if v}
        assert there == set(config) - {"once"}, (there, config)
        print("schedule:", json.dumps(config), row["state"])


def check_same(a, b):
    times = re.compile(r'"(datetime_\w+|duration)":\d+')
    for name in ("best.json", "log.json", "best-schedule.mlir"):
        texts = []
        for directory in (a, b):
            text = (pathlib.Path(directory) / name).read_text()
            texts.append(times.sub("", text.replace(str(directory), "DIR")))
        assert texts[0] == texts[1], name
    print("same")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True)


def check_replay(tools, best, directory, data):
    opt, translate, runner = (
        str(pathlib.Path(tools) / name) for name in ("mase-opt", "mase-translate", "mase-run")
    )
    table = {row["number"]: row for row in rows(directory)}
    front = json.loads((pathlib.Path(directory) / "best.json").read_text())
    numbers = [str(trial["number"]) for trial in front.values()]
    directory = pathlib.Path(directory)
    winner = directory / "best-schedule.mlir"
    files = [(winner, re.search(r"schedule of trial (\d+)", winner.read_text()).group(1), [])]
    for n in numbers:
        path = directory / "schedules" / f"trial_{n}.mlir"
        files.append((path, n, [f"--mase-quantize=configuration=trial_{n}"]))
    for schedule, number, quantize in files:
        row = table[number]
        measured = {
            **ast.literal_eval(row["user_attrs_hardware_metrics"]),
            **ast.literal_eval(row["user_attrs_software_metrics"]),
        }
        replayed = f"{best}.{schedule.name}"
        library = f"--transform-preload-library=transform-library-paths={schedule}"
        run(opt, best, *quantize, library, "--transform-interpreter", "-o", replayed)
        printed = run(opt, replayed, "--mase-report=format=json", "-o", "/dev/null")
        report = json.loads(printed.stderr)
        for name in REPORTED:
            assert report[name] == measured[name], (name, report[name], measured[name])
        cuda = run(translate, "--mase-to-cuda", replayed).stdout
        assert len(cuda.encode()) == measured["cuda_bytes"], measured
        if "mase_cuda.kernel" not in pathlib.Path(replayed).read_text():
            printed = run(runner, replayed, "--input", data).stdout
            for name in ("accuracy", "loss"):
                value = float(re.search(rf"^{name} +(\S+)", printed, re.M).group(1))
                assert abs(value - measured[name]) < 1e-9 * abs(value), (name, value)
    print(f"{len(files)} schedules: as measured")


command, *arguments = sys.argv[1:]
{"rows": print_rows, "same": check_same, "replay": check_replay}[command](*arguments)
