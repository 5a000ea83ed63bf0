# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command in a terminal and prints what is on its screen at the end.

usage: terminal.py [--widths N,N...] [--stdout] COMMAND...

The terminal is a pty of WIDTHS columns: with several, it takes the next width
at every few updates of a status line, and starts from the first again. Like
tmux and most others it reflows lines that it has wrapped. Standard error goes
to it (--stdout: standard output, too). Exits as the command does; one that writes
an escape sequence that is none of those below ends it with an error.
"""

import argparse
import codecs
import fcntl
import itertools
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import unicodedata

SEQUENCE = re.compile(r"\x1b\[(\d*)([AJKm])")


class Screen:
    """Rows of (text, whether the next row goes on with it); no end below."""

    def __init__(self, width):
        self.width, self.rows, self.row, self.column = width, [["", False]], 0, 0

    def put(self, letter):
        if self.column == self.width:
            self.rows[self.row][1] = True
            self.row, self.column = self.row + 1, 0
        while self.row >= len(self.rows):
            self.rows.append(["", False])
        text = self.rows[self.row][0].ljust(self.column)
        self.rows[self.row][0] = text[: self.column] + letter + text[self.column + 1 :]
        self.column += 1

    def write(self, text):
        at = 0
        while at < len(text):
            sequence = SEQUENCE.match(text, at)
            if sequence:
                self.escape(int(sequence[1] or 0), sequence[2])
                at = sequence.end()
                continue
            letter = text[at]
            at += 1
            if letter == "\r":
                self.column = 0
            elif letter == "\n":
                self.row += 1
                while self.row >= len(self.rows):
                    self.rows.append(["", False])
            elif letter == "\x1b" or unicodedata.category(letter) == "Cc":
                sys.exit(f"terminal.py: unexpected {text[at - 1 : at + 9]!r}")
            else:
                self.put(letter)

    def escape(self, number, kind):
        if kind == "A":
            self.row = max(0, self.row - max(1, number))
        elif kind == "K":
            assert number == 2, number
            self.rows[self.row] = ["", False]
        elif kind == "J":
            assert number == 0, number
            self.rows[self.row] = [self.rows[self.row][0][: self.column], False]
            del self.rows[self.row + 1 :]

    def resize(self, width):
        lines, at, cursor = [""], 0, (0, 0)
        for r, (text, wraps) in enumerate(self.rows):
            if r == self.row:
                cursor = (len(lines) - 1, len(lines[-1]) + self.column)
            lines[-1] += text
            if not wraps:
                lines.append("")
        lines.pop()
        self.rows, self.width = [], width
        for l, line in enumerate(lines):
            pieces = [line[i : i + width] for i in range(0, len(line), width)] or [""]
            if l == cursor[0]:
                self.row = len(self.rows) + min(cursor[1] // width, len(pieces) - 1)
                self.column = cursor[1] - width * (self.row - len(self.rows))
            self.rows += [[p, i + 1 < len(pieces)] for i, p in enumerate(pieces)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--widths", default="80")
    parser.add_argument("--stdout", action="store_true")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    parsed = parser.parse_args()
    widths = itertools.cycle(int(w) for w in parsed.widths.split(","))
    screen = Screen(next(widths))
    ours, theirs = pty.openpty()

    def tell():
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, screen.width, 0, 0))

    tell()
    process = subprocess.Popen(parsed.command, stdin=subprocess.DEVNULL, stdout=theirs if parsed.stdout else None, stderr=theirs)
    decoder = codecs.getincrementaldecoder("utf-8")()
    updates = 0
    os.set_blocking(ours, False)
    while True:
        ended = process.poll() is not None
        try:
            text = decoder.decode(os.read(ours, 1 << 16))
        except BlockingIOError:
            if ended:
                break
            try:
                process.wait(0.01)
            except subprocess.TimeoutExpired:
                pass
            continue
        screen.write(text)
        before, updates = updates, updates + text.count("\r\x1b[")
        if before // 3 != updates // 3 and "," in parsed.widths:
            screen.resize(next(widths))
            tell()
    for text, _ in screen.rows:
        print(text.rstrip())
    print(f"{updates} updates", file=sys.stderr)
    sys.exit(process.returncode)


if __name__ == "__main__":
    main()
