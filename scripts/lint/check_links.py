#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Files that Markdown pages link to or name exist.

usage: check_links.py [FILE.md...]     default: every page of the project

A link is a path from the page. A name is `…` with the ending of a source file;
it may leave out folders in front. Names with `your` in them are examples.
"""

import pathlib
import re
import sys

from tree import ROOT, files, report, shown

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
NAME = re.compile(r"`([\w./-]+\.(?:cpp|h|td|py|md|mlir|toml|onnx|h5|json))`")
FOLDER = re.compile(r"`((?:lib|include|test|unittests|scripts|dialects|examples)/[\w./-]*)`")
# Written by a user's commands.
MADE = {
    "train.h5",
    "best.json",
    "log.json",
    "results.json",
    "best.mlir",
    "best-schedule.mlir",
    "front/trial_17.mlir",
    "front/trial_N.mlir",
    "net.mlir",
    "net.onnx",
    "q.mlir",
}


def check(page, known):
    for number, line in enumerate(page.read_text().splitlines(), 1):
        for target in LINK.findall(line):
            if "://" not in target and not (page.parent / target).exists():
                yield f"{shown(page)}:{number}: link to '{target}', which is not there"
        for name in NAME.findall(line) + FOLDER.findall(line):
            if "your" in name.lower() or name in MADE:
                continue
            ending = "/" + name.strip("/")
            if not any(path.endswith(ending) for path in known):
                yield f"{shown(page)}:{number}: names '{name}', which is not there"


def main(arguments):
    everything = files()
    # Folders are known, too.
    known = {"/" + str(path.relative_to(ROOT)) for path in everything}
    known |= {str(pathlib.PurePosixPath(p).parent) for p in known}
    known |= {str(pathlib.PurePosixPath(p).parent) for p in known}
    pages = [pathlib.Path(argument).resolve() for argument in arguments] or [
        path
        for path in everything
        if path.suffix == ".md" and "Inputs" not in path.parts
    ]
    return report([c for page in pages for c in check(page, known)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
