#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rooms may use only those that docs/architecture.md says they may.

usage: check_rooms.py [ROOT]

The page has a table | room | may use | holds |. A room is a folder of lib/ and of
include/mase/; what it uses is what its files include and what its libraries link.
Rooms that the table says know no MLIR (`no MLIR` in the last column) include none
of its headers.
"""

import pathlib
import re
import sys

from tree import ROOT

INCLUDE = re.compile(r'^#include ["<]([^">]+)[">]', re.MULTILINE)
LIBRARY = re.compile(r"mase_add_library\((\w+)(.*?)\n?\)", re.DOTALL)


def table(root):
    """{room: (rooms it may use, whether it may know MLIR)}."""
    rooms = {}
    page = (root / "docs" / "architecture.md").read_text()
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) != 3 or not re.fullmatch(r"`\w+`", cells[0]):
            continue
        used = set(re.findall(r"`(\w+)`", cells[1]))
        rooms[cells[0].strip("`")] = (used, "no MLIR" not in cells[2])
    return rooms


def room_of(path):
    """The room of a path below lib/ or include/mase/."""
    return path.parts[0] if len(path.parts) > 1 else None


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    rooms = table(root)
    complaints = []
    if not rooms:
        complaints.append("docs/architecture.md: expected a table of rooms, found none")
    owners = {}  # of CMake's libraries
    for listing in sorted(root.glob("lib/**/CMakeLists.txt")):
        room = room_of(listing.relative_to(root / "lib"))
        for name, _ in LIBRARY.findall(listing.read_text()):
            owners[name] = room

    def use(where, room, other):
        if room is None or other is None or room == other:
            return
        if room not in rooms:
            complaints.append(f"{where}: room '{room}' is not in docs/architecture.md")
        elif other not in rooms[room][0]:
            complaints.append(
                f"{where}: '{room}' uses '{other}'; expected "
                + (", ".join(sorted(rooms[room][0])) or "no other room")
            )

    for base in ("lib", "include/mase"):
        for path in sorted((root / base).rglob("*")):
            if path.suffix not in (".h", ".cpp"):
                continue
            inside = path.relative_to(root / base)
            room = room_of(inside)
            where = path.relative_to(root)
            for name in INCLUDE.findall(path.read_text()):
                parts = pathlib.PurePosixPath(name).parts
                if parts[0] == "mase" and len(parts) > 2:
                    use(where, room, parts[1])
                elif len(parts) > 1 and (root / "lib" / name).exists():
                    use(where, room, parts[0])
                elif parts[0] == "mlir" and not rooms.get(room, (set(), True))[1]:
                    complaints.append(f"{where}: '{room}' knows no MLIR; found {name}")
    for listing in sorted(root.glob("lib/**/CMakeLists.txt")):
        room = room_of(listing.relative_to(root / "lib"))
        for _, body in LIBRARY.findall(listing.read_text()):
            linked = body.split("LINK", 1)[1] if "LINK" in body else ""
            for library in re.findall(r"\bMase\w+", linked):
                use(listing.relative_to(root), room, owners.get(library))
    for complaint in sorted(set(complaints)):
        print(complaint)
    if complaints:
        print(f"{len(set(complaints))} complaint(s)")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
