#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the commands of Markdown files, in a copy of the project.

usage: run_docs.py --build BUILD --work FOLDER [--except NAME.md] FILE.md|FOLDER...

The ```sh blocks of a file run in order in one shell, that of a reader who
types them into a fresh clone. ```console blocks hold commands after `$ ` and
what they print; each printed line must be in the output, in that order. `…`
stands for anything, runs of blanks for each other.

In the copy, build/ is the build folder given. A clone is there already, and
the test suite does not run itself: `git clone`, `cd mase-opt` and
`scripts/test` are left out; so are lines with `nvcc` where there is none.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

from tree import ROOT, files

NVCC = shutil.which("nvcc") or "/usr/local/cuda/bin/nvcc"
LEFT_OUT = re.compile(
    r"\s*(git clone\b.*|cd mase-opt|(\./)?scripts/test"
    + ("" if os.path.exists(NVCC) else r"|nvcc\b.*")
    + r")\s*(#.*)?"
)
BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def copy_project(build, folder):
    """A clone as a reader has it after scripts/setup and a build."""
    shutil.rmtree(folder, ignore_errors=True)
    for path in files():
        copy = folder / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    (folder / "build").symlink_to(build)


def blocks(text):
    """(line, [(command, [expected lines])...]) of each block."""
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        kind, body = match.groups()
        if kind == "sh":
            kept = [l for l in body.splitlines() if not LEFT_OUT.fullmatch(l)]
            yield line, [("\n".join(kept), [])]
            continue
        steps = []
        for part in body.splitlines():
            if part.startswith("$ "):
                steps.append([part[2:], []])
            elif steps and steps[-1][0].endswith("\\"):
                steps[-1][0] += "\n" + part.removeprefix("> ")
            elif steps:
                steps[-1][1].append(part)
        kept = [step for step in steps if not LEFT_OUT.fullmatch(step[0])]
        yield line, [tuple(step) for step in kept]


def pattern(line):
    parts = [
        r"\s+".join(re.escape(word) for word in re.split(r"\s+", part))
        for part in line.strip().split("…")
    ]
    return re.compile(".*".join(parts))


def missing(expected, printed):
    """The first expected line that was not printed after those before it."""
    lines = iter(printed.splitlines())
    for line in expected:
        if line.strip() in ("", "…"):
            continue
        wanted = pattern(line)
        if not any(wanted.search(candidate) for candidate in lines):
            return line
    return None


def run_file(path, folder):
    """Complaints about the commands of one file."""
    environment = dict(os.environ, MASE_NO_BUILD="1")
    environment["PATH"] += os.pathsep + os.path.dirname(NVCC)
    # Variables and the folder stay, as in the one shell of a reader.
    state = folder / ".docs-shell"
    for line, steps in blocks(path.read_text()):
        for command, expected in steps:
            script = (
                f"set -e\n[ ! -f '{state}' ] || . '{state}'\n{command}\n"
                f"{{ export -p; echo cd \"'$PWD'\"; }} > '{state}'\n"
            )
            done = subprocess.run(
                ["bash", "-c", script],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            if done.returncode != 0:
                yield (
                    f"{path.name}:{line}: exit code {done.returncode} from\n"
                    f"{command}\n{done.stdout}"
                )
                return
            absent = missing(expected, done.stdout)
            if absent is not None:
                yield (
                    f"{path.name}:{line}: expected '{absent}' in what this prints:\n"
                    f"$ {command}\n{done.stdout}"
                )
    state.unlink(missing_ok=True)


def main():
    parser = argparse.ArgumentParser(description="run the commands of documents")
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--except", dest="left_out", help="a file that a folder's others run without")
    parser.add_argument("documents", type=pathlib.Path, nargs="+")
    arguments = parser.parse_args()
    failed = False
    documents = []
    for path in arguments.documents:
        pages = [p for p in sorted(path.glob("*.md")) if p.name != arguments.left_out]
        documents += pages if path.is_dir() else [path]
    for path in documents:
        if not path.exists():
            sys.exit(f"'{path}' not found")
        if not BLOCK.search(path.read_text()):
            continue
        folder = arguments.work.resolve() / path.stem
        copy_project(arguments.build.resolve(), folder)
        for complaint in run_file(path, folder):
            print(complaint)
            failed = True
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
