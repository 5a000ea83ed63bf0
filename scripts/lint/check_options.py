#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every option of every pass must be tested.

usage: check_options.py [--dialects FOLDER] [--tests FOLDER]

An option is tested if two RUN lines or more give it, if RUN lines of its pass
have at least two different settings of it (not given is one, too), and if a test
has two of these, not both errors, that differ in this option alone and are looked
at in different ways: with check lines of their own, or by a comparison. What all
settings pass says nothing of any.
"""

import dataclasses
import itertools
import pathlib
import re
import sys

import runlines
from check_tests import MADE, prefixes_of
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


def looks(run):
    """How a RUN line looks at what it reads."""
    for pipeline in run.pipelines():
        for command in pipeline:
            if "FileCheck" in command:
                # Without the input, which a line for each setting has of its own.
                words = command[command.index("FileCheck") :]
                checks = [
                    word
                    for before, word in itertools.pairwise(words)
                    if word.startswith("%") and before not in ("--input-file", "<", ">")
                ]
                yield ("FileCheck", *checks[:1], *prefixes_of(words))
            elif {"count", "grep", "test", "["} & set(command):
                yield ("words", *command)
            elif {"cmp", "diff", "%python"} & set(command):
                yield ("compared", run.line)


def outcomes(runs, index):
    """How a RUN line of a test is looked at: by itself, and by later lines that read
    what it makes. A comparison is of this line with others."""
    run = runs[index]
    found = set(looks(run))
    made = [re.compile(re.escape(name) + r"(?![\w.-])") for name in MADE.findall(run.text)]
    for later in runs[index + 1 :]:
        if any(name.search(later.text) for name in made):
            found |= set(looks(later))
    return frozenset(
        (*look, run.line) if look[0] == "compared" else look for look in found
    )


@dataclasses.dataclass
class Line:
    path: pathlib.Path
    text: str
    outcomes: frozenset

    @property
    def is_error(self):
        return bool(re.search(r"(?<!\S)not mase-", self.text))


def lines_of(tests):
    for path in runlines.tests(tests):
        runs = runlines.runs(path.read_text(errors="replace"))
        for index, run in enumerate(runs):
            yield Line(path, run.text, outcomes(runs, index))


def others(text, argument, option):
    """What a RUN line gives a pass but for this option and the places it writes to."""
    # --pass=a=1, --pass="a=1 b=2", pass{a=1 b=2}
    pattern = rf"""(?<![\w-])(?:--?)?{argument}(?:="([^"]*)"|='([^']*)'|=(\S+)|\{{([^}}]*)\}})"""
    given = " ".join("".join(found) for found in re.findall(pattern, text))
    words = re.findall(r"""[\w-]+(?:=(?:"[^"]*"|'[^']*'|\{[^}]*\}|[^\s"'}]*)*)?""", given)
    return {word for word in words if word.split("=")[0] not in (option, "output", "output-dir")}


def tells_apart(lines, argument, option):
    """Whether two lines of a test that differ in this option alone have different
    outcomes."""
    given = [settings(line.text, option) or [None] for line in lines]
    return any(
        a.path == b.path
        and x != y
        and a.outcomes != b.outcomes
        and not (a.is_error and b.is_error)
        and others(a.text, argument, option) == others(b.text, argument, option)
        for (a, x), (b, y) in itertools.combinations(zip(lines, given), 2)
    )


def check(dialects, tests):
    lines = list(lines_of(tests))
    for source, argument, options in passes(dialects):
        # As an option, --name, or in a pipeline.
        named = re.compile(rf"(?<![\w-])(--?)?{argument}(?![\w-])")
        own = [line for line in lines if named.search(line.text)]
        for option in options:
            given = [settings(line.text, option) for line in own]
            lines_with = sum(bool(values) for values in given)
            different = {value for values in given for value in values or [None]}
            if lines_with < 2 or len(different) < 2:
                yield (
                    f"{shown(source)}: option '{option}' of --{argument} is given in "
                    f"{lines_with} RUN line(s) with {len(different)} setting(s), "
                    "expected two lines and two settings at least"
                )
            elif not tells_apart(own, argument, option):
                yield (
                    f"{shown(source)}: option '{option}' of --{argument}: expected a "
                    "test of two settings, all other options the same, with check "
                    "lines of their own or a comparison; found none"
                )


if __name__ == "__main__":
    sys.exit(run_on_dialects("every pass option must be tested", check))
