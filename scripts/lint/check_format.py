#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""C++ is formatted as .clang-format says.

usage: check_format.py [--fix] [FILE...]     default: every C++ file
"""

import concurrent.futures
import os
import subprocess
import sys

from tree import LLVM, sources


def clang_format(arguments, batch):
    command = [LLVM / "bin/clang-format", *arguments, *batch]
    return subprocess.run(command, capture_output=True, text=True)


def main(arguments):
    fix = "--fix" in arguments
    paths = [a for a in arguments if a != "--fix"] or sources(
        {".c", ".cpp", ".cu", ".cuh", ".h"}
    )
    options = ["-i"] if fix else ["--dry-run", "-Werror"]
    batches = [paths[start : start + 8] for start in range(0, len(paths), 8)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda batch: clang_format(options, batch), batches))
    failed = [result for result in results if result.returncode != 0]
    for result in failed:
        sys.stdout.write(result.stderr)
    if failed:
        print("run scripts/lint/check_format.py --fix")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
