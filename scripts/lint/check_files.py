#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every source file says its licence, and none names somebody's machine.

usage: check_files.py [FOLDER]
"""

import re
import sys

from tree import ROOT, files, report, shown

SPDX = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
SOURCES = {".c", ".cc", ".cmake", ".cpp", ".cu", ".cuh", ".h", ".py", ".sh", ".td"}
NAMES = {"CMakeLists.txt", ".clang-format", ".clang-tidy", ".editorconfig"}
# Homes, and the folders of workplaces; each in brackets, or this file would
# match itself.
MACHINE = re.compile(
    r"(?<![\w.])/(?:[h]ome/\w|[r]oot/|[U]sers/\w|[w]ork/|[f]arm/|[o]pt/\w)"
)


def complaints(root):
    for path in files(root):
        data = path.read_bytes()
        if b"\0" in data:
            continue
        text = data.decode(errors="replace")
        head = text.split("\n", 3)[:3]
        script = text.startswith("#!")
        if path.suffix in SOURCES or path.name in NAMES or script:
            # Below the #! line, where there is one.
            if len(head) < 2 or SPDX not in head[1 if script else 0]:
                yield f"{shown(path)}:1: expected the line '{SPDX}' at the top"
        for number, line in enumerate(text.splitlines(), 1):
            match = MACHINE.search(line)
            if match:
                yield f"{shown(path)}:{number}: '{match.group()}' is a machine's path"
        if data and not data.endswith(b"\n") and path.suffix != ".json":
            yield f"{shown(path)}: no newline at the end"


if __name__ == "__main__":
    sys.exit(report(list(complaints(sys.argv[1] if sys.argv[1:] else ROOT))))
