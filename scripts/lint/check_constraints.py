#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every numbered constraint of an op or attribute must have a negative test.

usage: check_constraints.py [--dialects FOLDER] [--tests FOLDER]

A constraint is a line `* (C1) …` of a description. Its test names op and number
in a file that runs mase-opt with --verify-diagnostics or under `not`: as
`mase.linear C1` or `linear (C1)` in a comment (`add, sub, mul (C1, C2)` is fine)
or as a function name, `@linear_c1`.
"""

import pathlib
import re
import sys

import runlines
from tree import run_on_dialects, shown, tablegen


def constraints(dialects):
    """(source, prefix, mnemonic, numbers) of all ops and attributes; the prefix
    is what stands before the mnemonic in IR: `mase.` or `#mase.`."""
    seen = set()
    for source in sorted(pathlib.Path(dialects).rglob("*.td")):
        text = source.read_text()
        # Records of a file show up again in each that includes it.
        if not re.search(r"^\s*\* \(C\d+\)", text, re.MULTILINE):
            continue
        records = tablegen(source)
        for record in records.values():
            if not isinstance(record, dict) or record.get("!anonymous", True):
                continue
            mnemonic = record.get("opName") or record.get("mnemonic")
            dialect = record.get("opDialect") or record.get("dialect")
            # TableGen's locations start at an include folder.
            here = any(
                loc.split(":")[0].endswith(source.name)
                for loc in record.get("!locs", [])
            )
            if not (mnemonic and dialect and here) or record["!name"] in seen:
                continue
            seen.add(record["!name"])
            description = record.get("description") or ""
            numbers = re.findall(r"^\s*\* \(C(\d+)\)", description, re.MULTILINE)
            name = records.get(dialect["def"], {}).get("name", "")
            written = ("" if record.get("opName") else "#") + name + "."
            yield source, written, mnemonic, [int(number) for number in numbers]


def mentioned(tests):
    """Triples (prefix, mnemonic, number) that negative tests name; the prefixes
    are those that the test's IR has."""
    found = set()
    for path in runlines.tests(tests):
        text = path.read_text(errors="replace")
        negative = any(
            re.search(r"-verify-diagnostics|(^|[\s|;])not\s", run.text)
            for run in runlines.runs(text)
        )
        if not negative:
            continue
        prefixes = set(re.findall(r"(?<![\w#!])#?\w+\.(?=\w)", text))

        def add(word, number):
            found.update((prefix, word, number) for prefix in prefixes)

        for line in text.splitlines():
            for match in re.finditer(r"@(\w+?)_c(\d+)(?!\d)", line):
                add(match.group(1), int(match.group(2)))
            for match in re.finditer(r"(#?\w+\.)(\w+) C(\d+)\b", line):
                found.add((match.group(1), match.group(2), int(match.group(3))))
            for match in re.finditer(r"^(.*?)\((C\d+(?:, C\d+)*)\)", line):
                numbers = [int(n) for n in re.findall(r"\d+", match.group(2))]
                for word in re.findall(r"\w+", match.group(1)):
                    for number in numbers:
                        add(word, number)
    return found


def check(dialects, tests):
    found = mentioned(tests)
    for source, prefix, mnemonic, numbers in constraints(dialects):
        name = prefix + mnemonic
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"{shown(source)}: constraints of '{name}' are numbered {numbers}"
        for number in numbers:
            if (prefix, mnemonic, number) not in found:
                yield f"{shown(source)}: no negative test names '{name} (C{number})'"


if __name__ == "__main__":
    sys.exit(run_on_dialects("every constraint needs a test", check))
