# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whether each network that --mase-shrink's second list names is as near to the float one as the first list's, and one nearer."""
import re
import sys

first, second = ([(int(m[1]), float(m[2])) for m in re.finditer(r"within (\d+): .*? divergence ([\d.]+)", open(f).read())] for f in sys.argv[1:3])
if [budget for budget, _ in first] != [budget for budget, _ in second] or len(first) < 2:
    print("other budgets", first, second)
elif any(b > a for (_, a), (_, b) in zip(first, second)) or first == second:
    print("not nearer", first, second)
else:
    print("as wanted")
