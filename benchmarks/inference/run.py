#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Nanoseconds a jet of mase-opt's CPU engine beside ONNX Runtime, in one run on one pinned core.

jsc-new at 8 bits (examples/jsc/quantize.toml) and in float32, batches of 1, 512 and 16384 jets; the least of several
turns counts. ONNX Runtime computes float32 with BatchNorms folded, as its optimiser does. Needs onnxruntime
(benchmarks/requirements.txt).
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIZES = (1, 512, 16384)


def mase(tools, network, engine):
    """{batch: seconds}"""
    command = [tools / "mase-bench-inference", network, engine, "--benchmark_format=json", "--benchmark_min_time=0.2"]
    p = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if p.returncode:
        sys.exit(f"run.py: {p.stderr.strip()}")
    scale = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}
    return {int(b["name"]): b["cpu_time"] * scale[b["time_unit"]] for b in json.loads(p.stdout)["benchmarks"]}


def onnx_runtime(path):
    import numpy as np
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    times = {}
    for n in SIZES:
        x = np.random.default_rng(0).normal(size=(n, 16)).astype(np.float32)
        feed = {session.get_inputs()[0].name: x}
        session.run(None, feed)
        best, until = float("inf"), time.perf_counter() + 0.3
        while time.perf_counter() < until:
            start = time.perf_counter()
            session.run(None, feed)
            best = min(best, time.perf_counter() - start)
        times[n] = best
    return times


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--tools", type=pathlib.Path, default=ROOT / "build/bin", help="folder of mase-opt's tools")
    ap.add_argument("--network", default=str(ROOT / "examples/jsc/jsc-new.onnx"))
    ap.add_argument("--rounds", type=int, default=3)
    args = ap.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as d:
        plain, quantised = f"{d}/net.mlir", f"{d}/q.mlir"
        for command in (
            [args.tools / "mase-translate", "--import-onnx", args.network, "-o", plain],
            [args.tools / "mase-opt", plain, f"--mase-quantize=config={ROOT / 'examples/jsc/quantize.toml'}", "-o", quantised],
        ):
            subprocess.run([str(c) for c in command], check=True)
        rows = {"mase cpu, 8 bits": lambda: mase(args.tools, quantised, "cpu"),
                "mase cpu, float32": lambda: mase(args.tools, plain, "cpu"),
                "mase cuda-host, 8 bits": lambda: mase(args.tools, quantised, "cuda-host")}
        try:
            import onnxruntime
            rows[f"ONNX Runtime {onnxruntime.__version__}, float32"] = lambda: onnx_runtime(args.network)
        except ImportError:
            print("no onnxruntime here: pip install -r benchmarks/requirements.txt", file=sys.stderr)
        best = {name: dict.fromkeys(SIZES, float("inf")) for name in rows}
        for _ in range(args.rounds):
            for name, measure in rows.items():
                for n, seconds in measure().items():
                    best[name][n] = min(best[name][n], seconds)
    print("ns a jet" + " " * 24 + "".join(f"{n:>10}" for n in SIZES))
    for name, times in best.items():
        print(f"{name:32}" + "".join(f"{times[n] / n * 1e9:10.1f}" for n in SIZES))


if __name__ == "__main__":
    main()
