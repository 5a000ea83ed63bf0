#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Draws the fronts of searches beside one another, as an SVG.

usage: fronts.py OUTPUT.svg [--y accuracy] [--x bitops] [--float 0.749] NAME=log.json …

Each NAME is what the legend calls the front of that search's trials (log.json) or
of its front (best.json, in which calibrated networks are refined).
"""
import argparse
import html
import itertools
import json
import math
import pathlib
import sys

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 440, 76, 36, 42, 62
COLORS = ["#0b62c9", "#c2570c", "#1a7f37", "#8250df", "#6e7781"]


def front(path, x, y):
    """Points of the front, by x."""
    points = []
    for trial in json.loads(pathlib.Path(path).read_text()).values():
        metrics = {}
        for key in ("hardware_metrics", "software_metrics"):  # log.json calls them as Optuna does
            metrics |= trial.get(key) or trial.get(f"user_attrs_{key}") or {}
        for name in (x, y):
            if name not in metrics:
                sys.exit(f"fronts.py: error: '{path}': expected metric '{name}', found {', '.join(metrics)}")
        points.append((metrics[x], metrics[y]))
    # Fronts of other objectives may hold points that are beaten here.
    best, kept = -math.inf, []
    for point in sorted(points, key=lambda p: (p[0], -p[1])):
        if point[1] > best:
            best = point[1]
            kept.append(point)
    return kept


def ticks(low, high, most=8):
    """Round numbers from low to high."""
    step = 10 ** math.floor(math.log10((high - low) / most))
    step = next(step * m for m in (1, 2, 5, 10, 20) if (high - low) / (step * m) <= most)
    return [round(i * step, 10) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def draw(output, series, x_name, y_name, reference=None):
    """`series`: (name, [(x, y), …] by x), with the best so far as steps, x in powers of two; `reference`: a line at some y."""
    # Costs span orders of magnitude.
    xs = [math.log2(x) for _, points in series for x, _ in points]
    ys = [y for _, points in series for _, y in points] + ([] if reference is None else [reference])
    low_x, high_x = math.floor(min(xs)), math.ceil(max(xs) + 0.01)
    low_y, high_y = min(ys), max(ys) + 0.03 * (max(ys) - min(ys))
    to_x = lambda v: LEFT + (math.log2(v) - low_x) / (high_x - low_x) * (WIDTH - LEFT - RIGHT)
    to_y = lambda v: HEIGHT - BOTTOM - (v - low_y) / (high_y - low_y) * (HEIGHT - TOP - BOTTOM)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
           'font-family="Helvetica, Arial, Liberation Sans, sans-serif" font-size="14" fill="#1b1f24">',
           f"<title>{y_name} against {x_name}</title>", f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>']
    for power in range(low_x, high_x + 1):
        x = to_x(2 ** power)
        out.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#e3e6ea"/>'
                   f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{2 ** power:,}</text>')
    for value in ticks(low_y, high_y):
        y = to_y(value)
        out.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e3e6ea"/>'
                   f'<text x="{LEFT - 9}" y="{y + 5:.1f}" text-anchor="end">{value:g}</text>')
    out.append(f'<path d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}" fill="none" stroke="#59636e"/>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 16}" text-anchor="middle" font-size="15">{html.escape(x_name)}</text>')
    out.append(f'<text transform="translate(20 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle" font-size="15">{html.escape(y_name)}</text>')
    legend = LEFT + 4
    if reference is not None:
        y = to_y(reference)
        out.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#a3195b" stroke-width="1.4" stroke-dasharray="6 4"/>')
    for (name, points), color in zip(series, COLORS * len(series)):
        best = itertools.accumulate((y for _, y in points), max)
        path = "".join(f"{'M' if i == 0 else 'H'}{to_x(x):.1f}" + (f" {to_y(y):.1f}" if i == 0 else f"V{to_y(y):.1f}")
                       for i, ((x, _), y) in enumerate(zip(points, best)))
        out.append(f'<path d="{path}H{WIDTH - RIGHT}" fill="none" stroke="{color}" stroke-width="1.6"/>')
        out.extend(f'<circle cx="{to_x(x):.1f}" cy="{to_y(y):.1f}" r="3.5" fill="{color}" stroke="#fff"/>' for x, y in points)
        out.append(f'<path d="M{legend} 22h20" stroke="{color}" stroke-width="1.6"/><circle cx="{legend + 10}" cy="22" r="3.5" fill="{color}"/>'
                   f'<text x="{legend + 26}" y="27">{html.escape(name)}</text>')
        legend += 42 + 7 * len(name)
    if reference is not None:
        out.append(f'<path d="M{legend} 22h20" stroke="#a3195b" stroke-width="1.4" stroke-dasharray="6 4"/>'
                   f'<text x="{legend + 26}" y="27">float32: {reference:g}</text>')
    out.append("</svg>")
    pathlib.Path(output).write_text("\n".join(out) + "\n")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("output")
    ap.add_argument("fronts", nargs="+", metavar="NAME=log.json")
    ap.add_argument("--x", default="bitops")
    ap.add_argument("--y", default="accuracy")
    ap.add_argument("--float", type=float, help="y of the network in float32")
    args = ap.parse_args()
    series = []
    for text in args.fronts:
        name, equals, path = text.partition("=")
        if not equals:
            ap.error(f"expected NAME=log.json, found '{text}'")
        series.append((name, front(path, args.x, args.y)))
    draw(args.output, series, args.x, args.y, args.float)


if __name__ == "__main__":
    main()
