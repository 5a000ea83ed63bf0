# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""lit's format for the run with --verify-roundtrip: tests with mase-opt alone.

In a module of its own, for lit hands formats to its workers by name.
"""

import re

import lit.formats

# As a command, not a part of a name or a path, which get no --verify-roundtrip.
MASE_OPT = re.compile(r"RUN:.*(?<![\w./-])mase-opt(?![\w.-])")


class RoundtripTest(lit.formats.ShTest):
    def getTestsForPath(self, *arguments):
        for test in super().getTestsForPath(*arguments):
            with open(test.getSourcePath(), errors="replace") as file:
                if any(MASE_OPT.search(line) for line in file):
                    yield test
