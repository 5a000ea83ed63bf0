#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs clang-tidy, which takes seconds a file, on what was changed.

usage: tidy.py [--build BUILD] [--since COMMIT [--most N] | --all | FILE...]

Without files, those that differ from COMMIT (default: main) are checked; the
first N if they are more. A COMMIT that git does not have is an error: that
nothing was found must not look like nothing was wrong.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tree import LLVM, ROOT, shown


def changed(since):
    git = ["git", "-C", str(ROOT)]
    listed = [
        git + ["diff", "--name-only", "-z", since],
        git + ["ls-files", "-z", "-o", "--exclude-standard"],
    ]
    names = ""
    for command in listed:
        printed = subprocess.run(command, capture_output=True, text=True)
        if printed.returncode != 0:
            said = printed.stderr.strip().splitlines() or ["no message"]
            sys.exit(
                f"nothing checked: git cannot compare with '{since}' ({said[0]}); "
                "expected a commit: 'git fetch --deepen=1' gets one more of a "
                "shallow clone, --all and names of files need none"
            )
        names += printed.stdout
    return {(ROOT / name).resolve() for name in names.split("\0") if name}


def main():
    parser = argparse.ArgumentParser(description="run clang-tidy")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--since", default="main")
    parser.add_argument("--most", type=int, default=sys.maxsize)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()

    commands = arguments.build / "compile_commands.json"
    if not commands.exists():
        sys.exit(f"'{commands}' not found; configure first")
    known = {pathlib.Path(entry["file"]) for entry in json.loads(commands.read_text())}
    wanted = {path.resolve() for path in arguments.files}
    if not (wanted or arguments.all):
        wanted = changed(arguments.since)
    paths = sorted(path for path in known if arguments.all or path in wanted)
    left_out = paths[arguments.most :]
    paths = paths[: arguments.most]

    def tidy(path):
        command = [LLVM / "bin/clang-tidy", "--quiet", "-p", arguments.build, path]
        return subprocess.run(command, capture_output=True, text=True)

    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, result in zip(paths, pool.map(tidy, paths)):
            print(shown(path), "ok" if result.returncode == 0 else "", flush=True)
            if result.returncode != 0:
                failed += 1
                print(result.stdout or result.stderr)
    against = "" if arguments.all or arguments.files else f" that differ from '{arguments.since}'"
    print(f"{len(paths)} file(s){against}, {failed} with complaints")
    if left_out:
        print(f"{len(left_out)} more not checked: {' '.join(map(shown, left_out))}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
