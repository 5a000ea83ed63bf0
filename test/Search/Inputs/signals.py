# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ends a command in many ways, and looks at what it leaves behind.

usage: signals.py HOW FOLDER COMMAND...

HOW: pipe    whoever reads its messages goes after the first byte
     twice   SIGINT once the journal FOLDER/study.journal has four results, and
             again once the fifth is asked for
     thrice  the same, and again until it ends
     term    SIGTERM then (without a journal: once a program that it started has
             started another)
     kill    SIGKILL then
     ignored SIGHUP and SIGINT then, which the command was started to ignore
     small   no file may be longer than 4 KiB

Prints how the command ended, its messages (`pipe` has none), how many of the
processes that it started are still there, and what is left in FOLDER and
$TMPDIR of temporary files.
"""

import os
import pathlib
import resource
import signal
import subprocess
import sys
import time

MARK = "MASE_SIGNALS_TEST"


def processes(mark):
    """Processes with our mark in their environment."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
                if state != "Z":
                    found.append(int(entry.name))
        except OSError:
            pass
    return found


def until(condition, seconds=60):
    """Waits: so long only where something is wrong, or the machine very busy."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def has_taken(pid, number):
    """Whether no signal of the kind waits: a second one would be lost in it."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True
    masks = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith(("SigPnd", "ShdPnd"))]
    return not any(mask >> number - 1 & 1 for mask in masks)


def main():
    how, folder, command = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    journal, temporary = folder / "study.journal", pathlib.Path(os.environ["TMPDIR"])
    mark = f"{MARK}={os.getpid()}"

    def limit():
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if how == "ignored":
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        if how == "small":
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    process = subprocess.Popen(command, stderr=subprocess.PIPE, preexec_fn=limit, env={**os.environ, MARK: str(os.getpid())})
    if how == "pipe":
        process.stderr.read(1)
        process.stderr.close()
    elif how != "small":

        def is_time():
            if process.poll() is not None:
                return True
            if journal.parent.exists() and journal.exists():
                return journal.read_text().count('"state":1') >= 4 and journal.read_text().count('"op_code":4') >= 6
            # No journal will come, unless its folder came meanwhile.
            return not journal.parent.exists() and len(processes(mark.encode())) >= 3 and not journal.parent.exists()

        if not until(is_time):
            print("the time did not come")
        time.sleep(0.3)
        if how == "ignored":
            for _ in range(3):
                process.send_signal(signal.SIGHUP)
                process.send_signal(signal.SIGINT)
        elif how in ("twice", "thrice"):
            process.send_signal(signal.SIGINT)
            until(lambda: has_taken(process.pid, signal.SIGINT))
            time.sleep(0.3)
            if process.poll() is not None:
                print("ended by the first")
            process.send_signal(signal.SIGINT)
            while how == "thrice" and process.poll() is None:
                process.send_signal(signal.SIGINT)
        else:
            process.send_signal(signal.SIGTERM if how == "term" else signal.SIGKILL)
    try:
        code = process.wait(120)
    except subprocess.TimeoutExpired:
        process.kill()
        code = "none within two minutes"
    errors = b"" if how == "pipe" else process.stderr.read()
    until(lambda: not processes(mark.encode()), 30)
    left = processes(mark.encode())
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    print("exit", code)
    print(errors.decode(), end="")
    print("processes", len(left))
    names = [p.name for p in folder.glob(".mase-*")] + [p.name for p in folder.parent.glob(".mase-*")]
    print("temporary", len(names) + sum(1 for _ in temporary.rglob("*")))


if __name__ == "__main__":
    main()
