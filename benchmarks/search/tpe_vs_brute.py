#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Is TPE better than brute force? mase-opt searches the network of examples/jsc with both, on exact metrics: (a) the 18
precisions of one Linear layer, (b) the 5832 of all three. Brute force tries every point once in an order that the seed
decides. Shares are of the hypervolume of the whole space's front (accuracy above 0.2, fewer bits than the widest point).
"""
import argparse
import pathlib
import statistics

import sampler_problems as problems

SPACES = {"one layer": ("search-brute.toml", 18, (5, 9, 18)), "three layers": ("search-tpe.toml", 1000, (50, 100, 200, 500))}


def trials_until(values, reference, wanted):
    """How many trials it takes to reach a volume; None where they do not."""
    volume, front = 0.0, []
    for n, value in enumerate(values, 1):
        if any(f[0] >= value[0] and f[1] <= value[1] for f in front):
            continue
        front = [f for f in front if not (value[0] >= f[0] and value[1] <= f[1])] + [value]
        volume = problems.hypervolume(front, reference)
        if volume >= wanted * (1 - 1e-12):
            return n
    return None


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--bin", type=pathlib.Path, default=problems.ROOT / "build/bin", help="where mase-opt is")
    ap.add_argument("--seeds", type=int, default=10)
    args = ap.parse_args()
    if not (args.bin / "mase-opt").exists():
        ap.error(f"no '{args.bin / 'mase-opt'}': build mase-opt, or name its folder with --bin")
    for title, (config, trials, marks) in SPACES.items():
        config = problems.ROOT / "examples/jsc" / config
        runs = {"brute": [], "tpe": []}
        for seed in range(args.seeds):
            everything = problems.mase_search(args.bin, config, "sampler=brute", "trials=5832", f"seed={seed}")
            runs["brute"].append(everything)
            runs["tpe"].append(problems.mase_search(args.bin, config, "sampler=tpe", f"trials={trials}", f"seed={seed}"))
        names, table = problems.table_of(everything)
        best = problems.hypervolume(table.table, table.reference)
        front = {v for v in table.table if not any(o != v and o[0] >= v[0] and o[1] <= v[1] for o in table.table)}
        print(f"\n{title}: {len(table.table)} points, {len(front)} on the front, means of {args.seeds} seeds")
        print(f"{'':6} " + " ".join(f"{'@' + str(m):>6}" for m in marks) + f" {'repeats':>8} {'found':>6} | trials until " +
              " ".join(f"{f'{w:.0%}':>6}" for w in (.9, .95, .99, 1)) + "  (of a whole run: '>' where some did not get there)")
        for sampler, rows in runs.items():
            values = [[(float(r["values_0"]), float(r["values_1"])) for r in run] for run in rows]
            points = [[tuple(r[n] for n in names) for r in run[:trials]] for run in rows]
            shares = [statistics.mean(problems.hypervolume(v[:m], table.reference) / best for v in values) for m in marks]
            found = statistics.mean(len(front & set(v[:trials])) for v in values)
            until = []
            for wanted in (.9, .95, .99, 1):
                n = [trials_until(v, table.reference, wanted * best) for v in values]
                until.append(f"{statistics.mean(n):6.0f}" if None not in n else f"{'>' + str(trials):>6}")
            repeats = sum(len(p) - len(set(p)) for p in points)
            print(f"{sampler:6} " + " ".join(f"{s:6.3f}" for s in shares) + f" {repeats:8} {found:6.1f} | {'':12} " + " ".join(until))


if __name__ == "__main__":
    main()
