#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Our samplers beside Optuna's in one run: the share of the largest hypervolume, trials/s of everything but the evaluation,
and repeats (trials of a point that was tried before). Times are processor times.

Problems: p1 and mpq12, bit widths of 3 and 12 layers (5832 and 1.2e15 points); jsc, the network of examples/jsc, whose 5832
points mase-opt evaluates first, so that both sides look the same metrics up. Shares are of the whole space's volume; for
mpq12, which nobody can enumerate, of the best front that anybody found in this run. Needs optuna (scripts/setup --benchmarks).
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

import sampler_problems as problems

# Ours, and those of Optuna's that it is measured by.
PAIRS = {"random": ["Random"], "brute": ["BruteForce"], "qmc": ["QMC (scrambled)"], "nsgaii": ["NSGA-II"], "nsgaiii": ["NSGA-III"],
         "tpe": ["TPE", "TPE (multivariate)"], "gp": ["GP"], "greedy": [], "sensitivity": [],
         "auto": []}
FEW_SEEDS = {"BruteForce", "TPE", "TPE (multivariate)"}  # these take seconds a run


def have_torch2():
    """Optuna's GP needs torch 2; Debian's is older."""
    try:
        import torch
        torch.set_num_threads(1)
        return int(torch.__version__.split(".")[0]) >= 2
    except ImportError:
        return False


def optuna_sampler(name, seed):
    import optuna
    s = optuna.samplers
    return {"Random": lambda: s.RandomSampler(seed=seed), "BruteForce": lambda: s.BruteForceSampler(seed=seed),
            "QMC (scrambled)": lambda: s.QMCSampler(scramble=True, seed=seed), "NSGA-II": lambda: s.NSGAIISampler(seed=seed),
            "NSGA-III": lambda: s.NSGAIIISampler(seed=seed), "TPE": lambda: s.TPESampler(seed=seed),
            "TPE (multivariate)": lambda: s.TPESampler(seed=seed, multivariate=True), "GP": lambda: s.GPSampler(seed=seed)}[name]()


def run_optuna(problem, name, trials, seed):
    """Values of the trials, seconds outside of the objective, repeats."""
    import optuna
    study = optuna.create_study(directions=["maximize", "minimize"], sampler=optuna_sampler(name, seed))
    values, seen, spent = [], set(), 0.0

    def objective(trial):
        nonlocal spent
        point = tuple(choices.index(trial.suggest_categorical(f"k{i}", choices)) for i, choices in enumerate(problem.knobs))
        start = time.process_time()
        value = problem(point)
        values.append(value)
        seen.add(point)
        spent += time.process_time() - start
        return value

    start = time.process_time()
    study.optimize(objective, n_trials=trials)
    return values, time.process_time() - start - spent, len(values) - len(seen)


def run_ours(bench, path, name, trials, seeds):
    p = subprocess.run([bench, path, name, str(trials), *map(str, seeds)], capture_output=True, text=True)
    if p.returncode:
        sys.exit(f"samplers.py: {p.stderr.strip()}")
    rows = [json.loads(line) for line in p.stdout.splitlines()]
    return [([tuple(v) for v in r["values"]], r["seconds"], r["repeats"]) for r in rows]


def check_alike(problem, ours):
    """Both programs must search the same function; `greedy` starts with the widest and the narrowest point."""
    extremes = [problem([len(c) - 1 for c in problem.knobs]), problem([0] * len(problem.knobs))]
    if ours != extremes:
        sys.exit(f"samplers.py: the two programs compute different metrics: {ours} and {extremes}")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--bin", type=pathlib.Path, default=problems.ROOT / "build/bin", help="where mase-opt and mase-bench-samplers are")
    ap.add_argument("--problems", default="p1,mpq12,jsc")
    ap.add_argument("--samplers", default=",".join(PAIRS))
    ap.add_argument("--seeds", type=int, default=10)
    ap.add_argument("--trials", type=int, default=200, help="of the runs whose hypervolume is compared")
    ap.add_argument("--rates", default="100,2000", help="numbers of trials to take trials/s at")
    ap.add_argument("--few-seeds", type=int, default=5, help="of Optuna's TPE and brute force, which take seconds a run")
    ap.add_argument("--gp-trials", type=int, default=50, help="of Optuna's GP, which makes about one a second")
    ap.add_argument("--gp-seeds", type=int, default=2)
    ap.add_argument("--quick", action="store_true", help="2 seeds, 60 trials, no rates at 2,000 trials, Optuna's GP left out")
    ap.add_argument("--output", help="JSON file for the numbers of the table")
    args = ap.parse_args()
    if args.quick:
        args.seeds, args.trials, args.rates = 2, 60, "100"
    counts = [int(n) for n in args.rates.split(",")]
    try:
        import optuna
    except ImportError:
        sys.exit("samplers.py: no module 'optuna': run scripts/setup --benchmarks and build/venv-benchmarks/bin/python")
    gp = not args.quick and have_torch2()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore")
    bench = args.bin / "mase-bench-samplers"
    if not bench.exists():
        ap.error(f"no '{bench}': build mase-bench-samplers, or name its folder with --bin")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    marks = sorted({min(50, args.trials), min(100, args.trials), args.trials})
    print(f"Optuna {optuna.__version__}; seeds 0-{args.seeds - 1}; one core; trials/s without evaluating" +
          ("" if gp else "; without Optuna's GP" + ("" if args.quick else ", which needs torch 2")))
    numbers = []
    for name in args.problems.split(","):
        makers = {"p1": problems.p1, "mpq12": problems.mpq12, "jsc": lambda: problems.jsc(args.bin)}
        if name not in makers:
            ap.error(f"unknown problem '{name}': expected {', '.join(makers)}")
        problem = makers[name]()
        rows, fronts = [], []
        with tempfile.TemporaryDirectory() as d:
            path = f"{d}/problem.json"
            problems.write(problem, path)
            check_alike(problem, run_ours(bench, path, "greedy", 2, [0])[0][0])
            if name == "mpq12":
                fronts += run_ours(bench, path, "greedy", 600 if args.quick else 3000, [99])[0][0]
            else:
                fronts += run_ours(bench, path, "brute", 5832, [0])[0][0]
            for ours in args.samplers.split(","):
                for theirs in [None, *PAIRS[ours]]:
                    # Nobody enumerates 1e15 points, and Optuna's takes minutes to begin.
                    if (theirs == "GP" and not gp) or (theirs == "BruteForce" and name == "mpq12"):
                        continue
                    trials = args.gp_trials if theirs == "GP" else args.trials
                    seeds = range(args.gp_seeds if theirs == "GP" else min(args.seeds, args.few_seeds) if theirs in FEW_SEEDS
                                  else args.seeds)
                    if theirs:
                        runs = [run_optuna(problem, theirs, trials, s) for s in seeds]
                    else:
                        runs = run_ours(bench, path, ours, trials, seeds)
                    rates = {}
                    for n in counts:
                        if theirs == "GP":
                            rates[n] = trials / runs[0][1] if n == min(counts) else None
                        else:
                            run = run_optuna(problem, theirs, n, 1000) if theirs else min(
                                run_ours(bench, path, ours, n, [1000, 1000, 1000]), key=lambda r: r[1])
                            rates[n] = len(run[0]) / run[1]
                    fronts += [v for r in runs for v in r[0]]
                    rows.append((ours, theirs, runs, rates))
        best = problems.hypervolume(fronts, problem.reference)
        print(f"\n{name}\n{'sampler':30} {'seeds':>5} " + " ".join(f"{'@' + str(m):>6}" for m in marks) +
              f" {'repeats':>8} " + " ".join(f"{f'tr/s {n}':>10} {'ratio':>7}" for n in counts))
        for ours, theirs, runs, rates in rows:
            shares = []
            for m in marks:
                reached = [problems.hypervolume(v[:m], problem.reference) / best for v, _, _ in runs if len(v) >= m]
                shares.append(f"{sum(reached) / len(reached):6.3f}" if reached else f"{'–':>6}")
            repeats = sum(r[2] for r in runs) / sum(len(r[0]) for r in runs)
            text = f"{('  Optuna ' + theirs) if theirs else ours:30} {len(runs):5} {' '.join(shares)} {repeats:8.1%}"
            if not theirs:
                own = rates
            for n in counts:
                rate = rates.get(n)
                text += f" {rate:10.0f}" if rate else f" {'–':>10}"
                text += f" {own[n] / rate:7.0f}" if rate and theirs and own.get(n) else f" {'':>7}"
            print(text.rstrip(), flush=True)
            numbers.append({"problem": name, "ours": ours, "theirs": theirs, "seeds": len(runs), "shares": dict(zip(marks, shares)),
                            "repeats": repeats, "rates": rates})
    if args.output:
        pathlib.Path(args.output).write_text(json.dumps(numbers, indent=1))


if __name__ == "__main__":
    main()
