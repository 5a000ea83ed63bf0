# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The files of the project, and TableGen's view of them, for the lints."""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LLVM = pathlib.Path(os.environ.get("MASE_LLVM", "/usr/lib/llvm-22"))


def files(root=ROOT):
    """Paths, sorted, of what git holds or would hold of the project; below
    another folder, all."""
    root = pathlib.Path(root)
    git = ["git", "-C", str(root), "ls-files", "-z", "-co", "--exclude-standard", "."]
    listed = subprocess.run(git, capture_output=True) if root == ROOT else None
    if listed and listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
        found = [root / name for name in names if name]
    else:  # or the project as a tarball
        found = [
            path
            for path in root.rglob("*")
            if not re.match(r"build|\.git$", path.relative_to(root).parts[0])
        ]
    return sorted({path for path in found if path.is_file()})


def sources(suffixes, root=ROOT):
    return [path for path in files(root) if path.suffix in suffixes]


def shown(path):
    """The path as messages have it: relative to the project where it can be."""
    path = pathlib.Path(path).resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def tablegen(source):
    """All records of a .td file, as TableGen's JSON has them."""
    command = [
        LLVM / "bin/llvm-tblgen",
        "--dump-json",
        "-I",
        LLVM / "include",
        "-I",
        ROOT / "dialects",
        source,
    ]
    printed = subprocess.run(command, capture_output=True, text=True)
    if printed.returncode != 0:
        sys.exit(f"{shown(source)}: llvm-tblgen failed\n{printed.stderr}")
    return json.loads(printed.stdout)


def report(complaints):
    """Prints complaints; the exit code of a lint."""
    for complaint in complaints:
        print(complaint)
    if complaints:
        print(f"{len(complaints)} complaint(s)")
    return 1 if complaints else 0


def run_on_dialects(description, check):
    """The main of a lint that compares dialects with tests: `check` takes the folders and yields complaints."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--dialects", default=ROOT / "dialects")
    parser.add_argument("--tests", default=ROOT / "test")
    arguments = parser.parse_args()
    return report(list(check(arguments.dialects, arguments.tests)))
