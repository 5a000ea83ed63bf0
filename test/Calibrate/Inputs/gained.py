# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What two runs of --mase-refine said: one pass gains, two gain more."""

import re
import sys

losses = []
for path in sys.argv[1:]:
    text = open(path).read()
    found = re.search(r"from (\d+\.\d+) to (\d+\.\d+)", text)
    assert found, text
    losses.append([float(x) for x in found.groups()])
(before, one), (same, two) = losses
assert before == same and one < before and two <= one, losses
print("gained")
