#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Finds lit tests that check nothing.

usage: check_tests.py [FILE|FOLDER]...     default: test/

Complains about
  * a test without RUN line, and a RUN line whose result nobody looks at;
  * check lines whose prefix no FileCheck of the file is given, and prefixes
    that have no check lines, or only -NOT ones (which nothing at all passes);
  * check lines where no RUN line calls FileCheck;
  * expected-error and the like where no RUN line has --verify-diagnostics;
  * directives that are misspelt, and so are none.
"""

import pathlib
import re
import sys

import runlines
from tree import ROOT, report, shown

ENDINGS = ("NEXT", "SAME", "NOT", "DAG", "LABEL", "EMPTY", "COUNT")
DIAGNOSTICS = {"error", "warning", "note", "remark"}
# Commands whose exit code says whether what came before was right.
CHECKERS = {"FileCheck", "not", "diff", "cmp", "count", "grep", "test", "[", "%python"}
# Commands that prepare, and that nobody expects to check anything.
PREPARE = {"cat", "cd", "chmod", "cp", "dd", "echo", "export", "head", "ln", "mkdir",
           "mv", "printf", "rm", "sed", "split-file", "tail", "touch", "truncate",
           "tr", "env", "sort"}  # fmt: skip
# Files and folders that a command writes.
MADE = re.compile(
    r"(?:\bcd|(?<!\S)-o|>|\b(?:output|output-dir|dir))[\s=]*([%\w][%\w./-]*)"
)
# What stands at the beginning of a comment and ends in a colon, or nearly.
WORD = re.compile(r"(?:^|//|#|;)\s*([A-Za-z][A-Za-z0-9_-]*)(\{LITERAL\})?(\s*)(:?)")


def distance(a, b):
    """Edits between two words, a swap of neighbours being one."""
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            edits = [rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (x != y)]
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                edits.append(rows[-2][j - 2] + 1)
            row.append(min(edits))
        rows.append(row)
    return rows[-1][-1]


def split_directive(word):
    """A check directive's prefix and ending: CHECK-NEXT -> CHECK, NEXT."""
    match = re.fullmatch(rf"(.+?)-({'|'.join(ENDINGS)})(-\d+)?", word)
    return (match.group(1), match.group(2)) if match else (word, "")


def prefixes_of(filecheck):
    """The prefixes that a FileCheck command is given."""
    found, words = [], [word.strip("'\"") for word in filecheck]
    for position, word in enumerate(words):
        match = re.fullmatch(r"--?check-prefix(?:es)?(?:=(.*))?", word)
        if match:
            value = match.group(1)
            if value is None:
                value = words[position + 1] if position + 1 < len(words) else ""
            found += value.split(",")
    return found or ["CHECK"]


def checks_file_itself(filecheck):
    """Whether a FileCheck reads its directives from the test (or a part)."""
    # The first operand; options with a value in a word of their own are rare.
    operands = [
        word
        for before, word in zip(filecheck, filecheck[1:])
        if not word.startswith("-")
        and before not in ("--check-prefix", "-check-prefix", "--input-file", "<", ">")
    ]
    return not operands or bool(re.search(r"%s\b|%t", operands[0]))


class Checker:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.text = self.path.read_text(errors="replace")
        self.complaints = []
        self.runs = runlines.runs(self.text)
        self.filechecks = [
            command[command.index("FileCheck") :]
            for run in self.runs
            for pipeline in run.pipelines()
            for command in pipeline
            if "FileCheck" in command
        ]
        self.used = sorted(
            {
                prefix
                for command in self.filechecks
                if checks_file_itself(command)
                for prefix in prefixes_of(command)
            }
        )

    def complain(self, line, message):
        self.complaints.append(f"{shown(self.path)}:{line}: {message}")

    def check(self):
        if not self.runs:
            self.complain(1, "no RUN line")
        self.check_runs()
        self.check_directives()
        self.check_diagnostics()
        return self.complaints

    # RUN lines ---------------------------------------------------------------
    def check_runs(self):
        for position, run in enumerate(self.runs):
            later = " ".join(other.text for other in self.runs[position + 1 :])
            pipelines = run.pipelines()
            if re.search(r"\|\|\s*(true|:)", run.text):
                self.complain(run.line, "'|| true' throws the result away")
                continue
            for index, pipeline in enumerate(pipelines):
                rest = later + " ".join(
                    word for p in pipelines[index + 1 :] for c in p for word in c
                )
                if not self.looked_at(pipeline, run.text, rest):
                    command = " ".join(pipeline[-1])
                    self.complain(
                        run.line, f"nobody looks at what '{command:.60}' does"
                    )

    def looked_at(self, pipeline, run, later):
        words = [word for command in pipeline for word in command]
        if any(word in CHECKERS for word in words):
            return True
        if re.search(r"--?verify-diagnostics", " ".join(words)):
            return True
        if all(command[0] in PREPARE for command in pipeline):
            return True
        # A file or folder that a later command reads.
        made = MADE.findall(run)
        return any(re.search(re.escape(name) + r"(?![\w-])", later) for name in made)

    # FileCheck's directives --------------------------------------------------
    def check_directives(self):
        seen = {}  # prefix -> endings
        for number, line in enumerate(self.text.splitlines(), 1):
            for match in WORD.finditer(line):
                word, _, space, colon = match.groups()
                if word == "COM" and colon:
                    break
                self.check_word(number, word, space, colon, seen)
        for prefix in self.used:
            endings = seen.get(prefix)
            if endings is None:
                self.complain(1, f"dead prefix '{prefix}': no such check lines")
            elif endings == {"NOT"}:
                self.complain(
                    1, f"'{prefix}' has only -NOT lines, which empty output passes"
                )

    def check_word(self, number, word, space, colon, seen):
        prefix, ending = split_directive(word)
        if prefix in self.used and (ending or word == prefix):
            if colon and not space:
                seen.setdefault(prefix, set()).add(ending)
            elif colon:
                self.complain(number, f"blank before the colon of '{word}'")
            elif prefix == "CHECK" or ending:
                self.complain(number, f"no colon after '{word}'")
            return
        if word == "RUN":
            if not colon or space:
                self.complain(number, "'RUN' must be followed by a colon")
            return
        if word.upper() == "RUN" and colon:
            self.complain(number, f"'{word}' is no RUN line")
            return
        near = self.nearest(word)
        if near and colon:
            self.complain(number, f"'{word}' is no directive; meant '{near}'?")
        elif colon and not space and word.isupper():
            self.check_unused(number, word, prefix, ending)

    def check_unused(self, number, word, prefix, ending):
        """An upper-case word with a colon that no FileCheck looks for."""
        if not (ending or prefix.startswith("CHECK")):
            return
        if not self.filechecks:
            self.complain(number, f"'{word}', but no RUN line calls FileCheck")
        else:
            self.complain(number, f"'{word}', but no FileCheck has '{prefix}'")

    def nearest(self, word):
        """The directive that a word nearly is, if it isn't one."""
        directives = [
            prefix + ending
            for prefix in self.used
            for ending in ("", *("-" + name for name in ENDINGS))
        ]
        if sum(c.islower() for c in word) > 1:
            # A word in lower case is prose, unless it can't be.
            same = word.upper() in directives
            return word.upper() if same and (
                "-" in word or word.upper().startswith("CHECK")
            ) else None
        longest = 1 if len(word) < 7 else 2
        for directive in directives:
            if 0 < distance(word.upper(), directive) <= longest or (
                word != directive and word.upper() == directive
            ):
                return directive
        return None

    # --verify-diagnostics ----------------------------------------------------
    def check_diagnostics(self):
        verified = any("-verify-diagnostics" in run.text for run in self.runs)
        for number, line in enumerate(self.text.splitlines(), 1):
            for match in re.finditer(r"//\s*(expect\w*[-_ ]\w+)(-re)?\s*(\S?)", line):
                word, _, after = match.groups()
                kind = word[len("expected-") :]
                if word.startswith("expected-") and kind in DIAGNOSTICS:
                    if after not in ("@", "{"):
                        self.complain(number, f"'{word}' needs '@…' or '{{{{…}}}}'")
                    elif not verified:
                        self.complain(
                            number, f"'{word}', but no RUN line has --verify-diagnostics"
                        )
                elif after in ("@", "{"):
                    self.complain(number, f"'{word}' is no diagnostic directive")


def main(arguments):
    complaints = []
    for argument in arguments or [ROOT / "test"]:
        path = pathlib.Path(argument)
        if not path.exists():
            sys.exit(f"'{path}' not found")
        for file in runlines.tests(path) if path.is_dir() else [path]:
            complaints += Checker(file).check()
    return report(complaints)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
