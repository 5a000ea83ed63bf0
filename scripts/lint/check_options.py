#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every option of every pass must be tested.

usage: check_options.py [--dialects FOLDER] [--tests FOLDER]

An option is tested if two RUN lines or more give it, and if RUN lines of its
pass have at least two different settings of it (not given is one, too).
"""

import pathlib
import re
import sys

import runlines
from tree import run_on_dialects, shown, tablegen


def passes(dialects):
    """(source, pass argument, option arguments) of all passes."""
    for source in sorted(pathlib.Path(dialects).rglob("*.td")):
        if "PassBase.td" not in source.read_text():
            continue
        records = tablegen(source)
        for name in records["!instanceof"].get("PassBase", []):
            record = records[name]
            options = [records[option["def"]]["argument"] for option in record["options"]]
            yield source, record["argument"], options


def settings(text, option):
    """The values an option is given in a RUN line; flags have ''."""
    # Up to the end of the word, or of the quotes that the value begins with.
    value = r"""=("[^"]*"|'[^']*'|\{[^}]*\}|[^\s'"}]*)"""
    return re.findall(rf"(?<![\w.-]){re.escape(option)}(?:{value}|(?=[\s'\"}}]))", text)


def check(dialects, tests):
    lines = [
        run.text
        for path in runlines.tests(tests)
        for run in runlines.runs(path.read_text(errors="replace"))
    ]
    for source, argument, options in passes(dialects):
        # As an option, --name, or in a pipeline.
        own = [line for line in lines if re.search(rf"(?<![\w-])(--?)?{argument}(?![\w-])", line)]
        for option in options:
            given = [settings(line, option) for line in own]
            lines_with = sum(bool(values) for values in given)
            different = {value for values in given for value in values or [None]}
            if lines_with < 2 or len(different) < 2:
                yield (
                    f"{shown(source)}: option '{option}' of --{argument} is given in "
                    f"{lines_with} RUN line(s) with {len(different)} setting(s), "
                    "expected two lines and two settings at least"
                )


if __name__ == "__main__":
    sys.exit(run_on_dialects("every pass option must be tested", check))
