#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Draws a search's trials and its Pareto front as an SVG.

usage: plot_front.py SEARCH_FOLDER OUTPUT.svg [--x METRIC] [--y METRIC] [--title TEXT]

SEARCH_FOLDER holds the log.json and best.json that --mase-search wrote. Needs
nothing but Python.
"""
import argparse
import json
import math
import pathlib
import sys

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 60


def metric(trial, name, prefix=""):
    for group in ("software_metrics", "hardware_metrics"):
        value = (trial.get(prefix + group) or {}).get(name)
        if value is not None:
            return value
    return None


def ticks(low, high, count=6):
    """Multiples of 1, 2 or 5 times a power of ten in [low, high]."""
    power = 10.0 ** math.floor(math.log10((high - low) / count))
    step = next(power * m for m in (1, 2, 5, 10) if power * m * count >= high - low)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [i * step for i in range(first, last + 1)]


def draw(points, front, labels, title):
    xs, ys = zip(*points)
    x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
    dx, dy = (x1 - x0 or 1) * 0.04, (y1 - y0 or 1) * 0.04
    x0, x1, y0, y1 = x0 - dx, x1 + dx, y0 - dy, y1 + dy
    px = lambda x: LEFT + (x - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT)
    py = lambda y: HEIGHT - BOTTOM - (y - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{WIDTH / 2}" y="24" text-anchor="middle" font-size="15">{title}</text>',
    ]
    for x in ticks(x0, x1):
        out.append(f'<path d="M{px(x):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        out.append(f'<text x="{px(x):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{x:g}</text>')
    for y in ticks(y0, y1):
        out.append(f'<path d="M{LEFT} {py(y):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{py(y) + 4:.1f}" text-anchor="end">{y:g}</text>')
    # One dot for every few pixels: thousands of trials share them.
    dots = sorted({(3 * round(px(x) / 3), 3 * round(py(y) / 3)) for x, y in points})
    dots = "".join(f"M{x} {y}h0" for x, y in dots)
    out.append(f'<path d="{dots}" stroke="#9ab" stroke-width="3" stroke-linecap="round"/>')
    path = "M" + "L".join(f"{px(x):.1f} {py(y):.1f}" for x, y in front)
    out.append(f'<path d="{path}" fill="none" stroke="#c33" stroke-width="1.5"/>')
    out += [f'<circle cx="{px(x):.1f}" cy="{py(y):.1f}" r="3.5" fill="#c33"/>' for x, y in front]
    out += [
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 16}" text-anchor="middle">{labels[0]}</text>',
        f'<text transform="translate(18 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">{labels[1]}</text>',
        "</svg>",
    ]
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--x", default="average_bitwidth_all")
    parser.add_argument("--y", default="accuracy")
    parser.add_argument("--title", default="")
    args = parser.parse_args()
    try:
        log = json.loads((args.folder / "log.json").read_text())
        best = json.loads((args.folder / "best.json").read_text())
    except (OSError, json.JSONDecodeError) as error:
        sys.exit(f"plot_front.py: {error}")
    pair = lambda t, prefix: (metric(t, args.x, prefix), metric(t, args.y, prefix))
    points = [p for p in (pair(t, "user_attrs_") for t in log.values()) if None not in p]
    front = sorted(p for p in (pair(t, "") for t in best.values()) if None not in p)
    if not points or not front:
        sys.exit(f"plot_front.py: no trial has both '{args.x}' and '{args.y}'")
    title = args.title or f"{len(points)} trials, {len(front)} on the front"
    args.output.write_text(draw(points, front, (args.x, args.y), title))


if __name__ == "__main__":
    main()
