#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A report.html that uses itself: looks at a dot, opens a row, sorts, drags.

usage: drive.py report.html > driven.html
"""
import re
import sys

SCRIPT = """
const all = (selector) => [...document.querySelectorAll(selector)];
all(".frontdot")[3].dispatchEvent(new FocusEvent("focus"));
all("#front-table td.open button")[1].click();
all("#front-table th button")[1].click();
// An axis that is left out of the range: the second knob's lowest choice.
const grip = all(".grip")[1], box = grip.getBoundingClientRect();
grip.setPointerCapture = () => {};
const pointer = (type, share) => grip.dispatchEvent(new PointerEvent(type, {
  clientX: box.x + 16, clientY: box.y + share * box.height, pointerId: 1 }));
pointer("pointerdown", 0.05);
pointer("pointermove", 0.6);
pointer("pointerup", 0.6);
document.documentElement.dataset.driven = "yes";
"""

with open(sys.argv[1], encoding="utf-8") as file:
    page = file.read()
page, count = re.subn(r'<meta http-equiv="Content-Security-Policy".*\n', "", page)
assert count == 1, "the page has no policy"
sys.stdout.write(page.replace("</body>", f"<script>{SCRIPT}</script>\n</body>"))
