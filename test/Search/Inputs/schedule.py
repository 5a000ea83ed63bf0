#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks what a search over a schedule left behind.

usage: schedule.py rows OUTPUT-DIR         rows of trials.csv, distinct ones, and
                                           choices of conditional knobs
       schedule.py same DIR DIR            the files agree but for times
       schedule.py replay BIN BEST.mlir DIR DATA
                                           BEST.mlir, the winner and each member
                                           of the front have the figures that
                                           their trials measured on DATA
       schedule.py levels BIN NET.mlir CONFIG DATA DIR
                                           searches with each level selected;
                                           all leave what gives the same figures
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


def check_figures(runner, module, data, row):
    """mase-run prints what the table says, to the last digit."""
    measured = ast.literal_eval(row["user_attrs_software_metrics"])
    printed = run(runner, module, "--input", data).stdout
    for name in ("accuracy", "accuracy_micro", "loss"):
        value = re.search(rf"^{name} +(\S+)", printed, re.M).group(1)
        assert value == f"{measured[name]:.10g}", (module, name, value, measured)


def check_replay(tools, best, directory, data):
    opt, translate, runner = (
        str(pathlib.Path(tools) / name) for name in ("mase-opt", "mase-translate", "mase-run")
    )
    table = {row["number"]: row for row in rows(directory)}
    front = json.loads((pathlib.Path(directory) / "best.json").read_text())
    numbers = [str(trial["number"]) for trial in front.values()]
    directory = pathlib.Path(directory)
    network = str(directory / "network.mlir")
    function = re.search(r"func\.func @(\w+)", pathlib.Path(network).read_text()).group(1)
    winner = directory / "best-schedule.mlir"
    number = re.search(r"schedule of trial (\d+)", winner.read_text()).group(1)
    check_figures(runner, best, data, table[number])
    files = [(winner, number, [])]
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
        run(opt, network, *quantize, library, "--transform-interpreter", "-o", replayed)
        printed = run(opt, replayed, "--mase-report=format=json", "-o", "/dev/null")
        report = json.loads(printed.stderr)
        for name in REPORTED:
            assert report[name] == measured[name], (name, report[name], measured[name])
        # Not named after the file, as the search doesn't know it.
        cuda = run(translate, "--mase-to-cuda", f"--cuda-name={function}", replayed).stdout
        assert len(cuda.encode()) == measured["cuda_bytes"], measured
        check_figures(runner, replayed, data, row)
    # But for the configurations, which are of no use below layers.
    with open(f"{best}.{winner.name}") as replayed, open(best) as left:
        kept = [line for line in replayed if "mase.configuration" not in line]
        assert kept == list(left)
    print(f"{len(files)} schedules: as measured")


def check_levels(tools, network, config, data, directory):
    opt, runner = (str(pathlib.Path(tools) / name) for name in ("mase-opt", "mase-run"))
    results = set()
    for number in range(4):
        best = f"{directory}.{number}.mlir"
        options = f"config={config} data={data} output-dir={directory} select={number} quiet=true"
        run(opt, network, f"--mase-search={options}", "-o", best)
        check_figures(runner, best, data, rows(directory)[number])
        results.add(run(runner, best, "--input", data).stdout)
    assert len(results) == 1, results
    print(f"{number + 1} levels: the same figures")


command, *arguments = sys.argv[1:]
{"rows": print_rows, "same": check_same, "replay": check_replay, "levels": check_levels}[command](
    *arguments
)
