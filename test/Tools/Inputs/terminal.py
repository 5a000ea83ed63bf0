# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a tool with a terminal for standard input, ends that, prints its stderr.

usage: terminal.py TOOL ARGUMENT...
"""

import os
import pty
import subprocess
import sys

master, slave = pty.openpty()
os.write(master, b"\x04")  # Ctrl-D
done = subprocess.run(sys.argv[1:], stdin=slave, capture_output=True, text=True, timeout=60)
print(done.stderr)
