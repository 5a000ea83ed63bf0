# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kills a search at random moments and resumes it.

usage: kill_resume.py [--kills N] [--seconds S] NETWORK SEARCH-OPTIONS DIRECTORY MASE-OPT...

Runs `MASE-OPT NETWORK --mase-search="SEARCH-OPTIONS output-dir=…"` to its end.
Then, until there were KILLS (50), it starts the search again, sends SIGKILL at some
moment and resumes; a third of the resumed searches are killed too. Half of the
moments are spread over the time that the search takes, from starting up to
writing the results; half over the bytes of its journal, whose last line is
torn now and then, as a machine that loses power may leave it. What the search
comes to must be byte for byte what the one without a kill came to, apart from
times.
Ends early after SECONDS (100), so that a busy machine doesn't make it a
failure, but not before ten kills.
"""

import argparse
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--kills", type=int, default=50)
parser.add_argument("--seconds", type=float, default=100)
parser.add_argument("network")
parser.add_argument("options")
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("mase_opt", nargs=argparse.REMAINDER)
parsed = parser.parse_args()
network, options, folder = parsed.network, parsed.options, parsed.folder
kills, seconds = parsed.kills, parsed.seconds
moments = random.Random(4)

TIMES = re.compile(
    rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}"
    rb"|\d+ days \d\d:\d\d:\d\d\.\d{6}"
    rb'|"(?:datetime_start|datetime_complete|duration)":\d+'
)


def start(out, resume):
    arguments = f"{options} quiet=true output-dir={out}" + " resume=true" * resume
    return subprocess.Popen(
        [*parsed.mase_opt, network, f"--mase-search={arguments}", "-o", f"{out}.mlir"],
        stderr=subprocess.PIPE,
    )


def finish(process, what):
    _, errors = process.communicate()
    if process.returncode:
        sys.exit(f"kill_resume.py: {what}: {errors.decode()}")
    return errors.decode()


def results(out):
    found = {"mlir": pathlib.Path(f"{out}.mlir").read_bytes()}
    for name in ("best.json", "log.json", "trials.csv"):
        found[name] = TIMES.sub(b"TIME", (out / name).read_bytes())
    return found


def journal_size(out):
    try:
        return os.path.getsize(out / "study.journal")
    except FileNotFoundError:
        return 0


shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)
reference = folder / "reference"
duration = float("inf")
for _ in range(2):
    begin = time.monotonic()
    finish(start(reference, resume=False), "the search without a kill")
    duration = min(duration, time.monotonic() - begin)
expected = results(reference)
size = journal_size(reference)

rounds = killed = too_late = torn = 0
begin = time.monotonic()
while killed < kills and (killed < 10 or time.monotonic() - begin < seconds):
    out = folder / str(rounds)
    resume = False
    while True:
        process = start(out, resume)
        if rounds % 2:
            # What is resumed has less to do.
            time.sleep(moments.uniform(0, duration * (0.7 if resume else 1)))
        else:
            bytes_there = moments.randint(min(journal_size(out), size), size)
            while process.poll() is None and journal_size(out) < bytes_there:
                time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if process.returncode == -signal.SIGKILL:
            killed += 1
        else:
            too_late += 1
        if journal_size(out) and moments.randrange(3) == 0:
            kept = max(0, journal_size(out) - moments.randrange(400))
            os.truncate(out / "study.journal", kept)
        resume = True
        if moments.randrange(3):
            break
    said = finish(start(out, resume=True), f"resumed in round {rounds}")
    torn += "cut the last line" in said
    found = results(out)
    for name, content in expected.items():
        if found[name] != content:
            sys.exit(f"kill_resume.py: round {rounds}: {out / name} differs")
    shutil.rmtree(out)
    rounds += 1

print(
    f"{killed} kills ({too_late} more came too late) of {rounds} searches, "
    f"{torn} torn lines, {duration:.2f} s a search, "
    f"{time.monotonic() - begin:.0f} s"
)
