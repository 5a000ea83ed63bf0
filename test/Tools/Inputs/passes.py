# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every pass of a reference page is in the first part of --help.

usage: passes.py HELP PAGE
"""

import re
import sys

with open(sys.argv[1]) as stream:
    ours = stream.read().split("OVERVIEW")[0]
with open(sys.argv[2]) as stream:
    passes = re.findall(r"^#+ `-([\w-]+)`", stream.read(), re.M)
missing = [name for name in passes if not re.search(rf"^  --{name} ", ours, re.M)]
if missing or not passes:
    sys.exit(f"{len(passes)} passes on the page; not in --help: {missing}")
