# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command and interrupts it (SIGINT) once its journal has some results.

usage: interrupt.py JOURNAL COMMAND...
"""

import os
import signal
import subprocess
import sys
import time


def main():
    journal, command = sys.argv[1], sys.argv[2:]
    process = subprocess.Popen(command, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    while process.poll() is None:
        if os.path.exists(journal) and open(journal).read().count('"state":1') >= 4:
            process.send_signal(signal.SIGINT)
            break
        time.sleep(0.01)
    sys.exit(process.wait())


if __name__ == "__main__":
    main()
