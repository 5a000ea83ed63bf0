# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""RUN lines of lit tests."""

import dataclasses
import pathlib
import re

from tree import ROOT

SUFFIXES = {".mlir", ".test"}
RUN = re.compile(r"\bRUN:(.*)$")


@dataclasses.dataclass
class Run:
    line: int  # of its beginning
    text: str  # with continuation lines joined

    def pipelines(self):
        """Its pipelines, each a list of commands, as far as text tells."""
        # Quoted text may hold separators; it stays whole.
        parts = re.split(
            r"""((?:[^\s|&;'"]|'[^']*'|"(?:\\.|[^"\\])*")+|\|\||&&|[|&;])""", self.text
        )
        pipelines, command = [[]], []
        for part in parts + [";"]:
            if part in ("|", "||", "&&", ";"):
                if command:
                    pipelines[-1].append(command)
                command = []
                if part != "|" and pipelines[-1]:
                    pipelines.append([])
            elif part.strip():
                command.append(part)
        return [pipeline for pipeline in pipelines if pipeline]


def tests(folder=ROOT / "test"):
    """The test files below a folder, those in Inputs left out."""
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.suffix in SUFFIXES and "Inputs" not in path.parts:
            yield path


def runs(text):
    """The RUN commands of a test."""
    found, open_run = [], None
    for number, line in enumerate(text.splitlines(), 1):
        match = RUN.search(line)
        if not match:
            continue
        part = match.group(1).strip()
        if open_run is None:
            open_run = Run(number, "")
        open_run.text += part.removesuffix("\\")
        if not part.endswith("\\"):
            found.append(open_run)
            open_run = None
    if open_run is not None:
        found.append(open_run)
    return found
