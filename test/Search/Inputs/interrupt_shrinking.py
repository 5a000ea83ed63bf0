# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a search and interrupts it (SIGINT) once it says that it shrinks.

usage: interrupt_shrinking.py COMMAND...
"""

import signal
import subprocess
import sys

process = subprocess.Popen(sys.argv[1:], stderr=subprocess.PIPE, text=True,
                           preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
for line in process.stderr:
    sys.stderr.write(line)
    if line.startswith("shrinking the front's"):
        process.send_signal(signal.SIGINT)
sys.exit(process.wait())
