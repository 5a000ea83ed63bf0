#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sums up lit's xUnit results: what was skipped and why, then a line of counts.

usage: count_results.py RESULTS.xml...

Exit code 1 if a test failed, a file is missing, or nothing was run.
"""

import re
import sys
import xml.etree.ElementTree as xml


def name_of(case):
    """Suite and test as lit prints them."""
    suite, _, folder = case.get("classname").partition(".")
    path = "" if folder == suite else folder.removeprefix("_/") + "/"
    return f"{suite} :: {path}{case.get('name')}"


def reason(message):
    """Why a test was skipped; lit does not pass on what GoogleTest says."""
    found = re.fullmatch(r"Missing required feature\(s\): (.*)", message)
    if found:
        return "needs " + found.group(1)
    return "skips itself" if message == "User interrupt" else message


def main(paths):
    passed, failed, skipped = 0, [], []
    for path in paths:
        try:
            cases = list(xml.parse(path).iter("testcase"))
        except (OSError, xml.ParseError) as error:
            failed.append(f"no results in '{path}': {error}")
            continue
        if not cases:
            failed.append(f"no tests in '{path}'")
        for case in cases:
            skip = case.find("skipped")
            if case.find("failure") is not None:
                failed.append(name_of(case))
            elif skip is None:
                passed += 1
            elif not skip.get("message").startswith("Test not selected"):
                skipped.append(f"{name_of(case)}: {reason(skip.get('message'))}")
    for line in skipped:
        print("skipped:", line)
    for line in failed:
        print("failed:", line)
    counts = f"{passed} passed, {len(failed)} failed"
    print(counts + (f", {len(skipped)} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
