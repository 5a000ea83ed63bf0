#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Nanoseconds a sample of mase-opt's engines beside ONNX Runtime and SOFIE, in one run on one pinned core.

jsc-new, the 16-64-32-32-5 network of examples/jsc and a 784-256-128-10 one (random weights), at 8 bits and in float32,
batches of 1, 512 and 16384; the least of several turns counts. "C++" is the header of --mase-to-cpp, compiled for the
instruction sets that this machine has by $CXX or clang++, "C" that of --cpp-language=c by the same compiler, "engine cpu"
the same kernel compiled in process, with the time that this takes. ONNX Runtime computes float32 with BatchNorms folded, as
its optimiser does; SOFIE's C++ (sofie_peer.py) computes it by OpenBLAS. Needs benchmarks/requirements.txt for both.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import sofie_peer

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIZES = (1, 512, 16384)
SETUP = "set-up"


# What keeps the compiler from the better ones.
SETS = {"AVX-512 VNNI": "", "AVX-512": "-mno-avx512vnni -mno-avxvnni", "AVX2": "-mno-avx512f", "SSE2": "-mno-avx512f -mno-avx"}


# And what the engine cpu is told for the same.
ISAS = {"AVX-512 VNNI": "avx512vnni", "AVX-512": "avx512", "AVX2": "avx2", "SSE2": "generic"}


def mase(tools, network, engine, flags="", isa=None):
    """{batch: seconds}, and of SETUP"""
    command = [tools / "mase-bench-inference", network, engine, "--benchmark_format=json", "--benchmark_min_time=0.2"]
    compiler = os.environ.get("CXX", "clang++-22")
    environment = os.environ | {"CXX": f"{compiler} {flags}"} | ({"MASE_ISA": isa} if isa else {})
    p = subprocess.run([str(c) for c in command], capture_output=True, text=True, env=environment)
    if p.returncode:
        sys.exit(f"run.py: {p.stderr.strip()}")
    scale = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}
    return {b["name"] if b["name"] == SETUP else int(b["name"]): b["cpu_time"] * scale[b["time_unit"]] for b in json.loads(p.stdout)["benchmarks"]}


def engine_compiles_itself(row):
    """Not where the set-up is another compiler's process, which processor time leaves out."""
    return row.startswith("engine")


def sets():
    """The instruction sets of this machine that a header is made for."""
    flags = set()
    info = pathlib.Path("/proc/cpuinfo")
    if info.exists():
        flags = set(re.search(r"^flags\s*:(.*)$", info.read_text(), re.M).group(1).split())
    have = {"AVX-512 VNNI": "avx512_vnni" in flags, "AVX-512": "avx512bw" in flags, "AVX2": {"avx2", "fma"} <= flags, "SSE2": True}
    return [name for name in SETS if have[name]]


def onnx_runtime(path):
    import numpy as np
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feed = session.get_inputs()[0]
    times = {}
    for n in SIZES:
        x = np.random.default_rng(0).normal(size=(n, feed.shape[1])).astype(np.float32)
        session.run(None, {feed.name: x})
        best, until = float("inf"), time.perf_counter() + 0.3
        while time.perf_counter() < until:
            start = time.perf_counter()
            session.run(None, {feed.name: x})
            best = min(best, time.perf_counter() - start)
        times[n] = best
    return times


def make_network(path, sizes):
    """Linear layers with ReLUs between them, of random weights."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng, nodes, values, name = np.random.default_rng(0), [], [], "x"
    for k, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:])):
        values += [numpy_helper.from_array((rng.normal(size=(fan_out, fan_in)) / fan_in**0.5).astype(np.float32), f"w{k}"),
                   numpy_helper.from_array((rng.normal(size=fan_out) * 0.1).astype(np.float32), f"b{k}")]
        nodes.append(helper.make_node("Gemm", [name, f"w{k}", f"b{k}"], [f"h{k}"], name=f"fc{k}", transB=1))
        name = f"h{k}"
        if k + 2 < len(sizes):
            nodes.append(helper.make_node("Relu", [name], [f"r{k}"], name=f"act{k}"))
            name = f"r{k}"
    tensor = lambda name, n: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", n])
    graph = helper.make_graph(nodes, "net", [tensor("x", sizes[0])], [tensor(name, sizes[-1])], values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, path)


def measure_network(args, folder, onnx_path):
    """{row: {batch: seconds}}"""
    plain, quantised = f"{folder}/net.mlir", f"{folder}/q.mlir"
    for command in (
        [args.tools / "mase-translate", "--import-onnx", onnx_path, "-o", plain],
        [args.tools / "mase-opt", plain, f"--mase-quantize=config={ROOT / 'examples/jsc/quantize.toml'}", "-o", quantised],
    ):
        subprocess.run([str(c) for c in command], check=True)
    rows = {f"C++, 8 bits, {name}": lambda name=name: mase(args.tools, quantised, "cpp", SETS[name]) for name in sets()}
    rows["C, 8 bits"] = lambda: mase(args.tools, quantised, "c")
    rows["C++, float32"] = lambda: mase(args.tools, plain, "cpp")
    for name in sets():
        rows[f"engine cpu, 8 bits, {name}"] = lambda name=name: mase(args.tools, quantised, "cpu", isa=ISAS[name])
    rows["engine cpu, float32"] = lambda: mase(args.tools, plain, "cpu")
    rows["engine linalg, 8 bits"] = lambda: mase(args.tools, quantised, "linalg")
    try:
        import onnxruntime
        rows[f"ONNX Runtime {onnxruntime.__version__}, float32"] = lambda: onnx_runtime(onnx_path)
    except ImportError:
        print("no onnxruntime here: pip install -r benchmarks/requirements.txt", file=sys.stderr)
    if sofie_peer.version():
        rows[f"SOFIE {sofie_peer.version()}, float32"] = lambda: sofie_peer.times(onnx_path, folder, SIZES)
    else:
        print("no sofie or scipy-openblas32 here: pip install -r benchmarks/requirements.txt", file=sys.stderr)
    best = {name: {} for name in rows}
    for _ in range(args.rounds):
        for name, measure in rows.items():
            for n, seconds in measure().items():
                best[name][n] = min(best[name].get(n, seconds), seconds)
    return best


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--tools", type=pathlib.Path, default=ROOT / "build/bin", help="folder of mase-opt's tools")
    ap.add_argument("--rounds", type=int, default=3)
    args = ap.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as d:
        large = f"{d}/large.onnx"
        make_network(large, (784, 256, 128, 10))
        for title, path in (("jsc-new", ROOT / "examples/jsc/jsc-new.onnx"), ("16-64-32-32-5", ROOT / "examples/jsc/hls4ml.onnx"),
                            ("784-256-128-10", large)):
            rows = measure_network(args, d, str(path))
            print(f"{title + ', ns a sample':36}" + "".join(f"{n:>10}" for n in SIZES) + f"{SETUP + ', ms':>12}", flush=True)
            for name, times in rows.items():
                print(f"  {name:34}" + "".join(f"{times[n] / n * 1e9:10.1f}" if n in times else f"{'-':>10}" for n in SIZES)
                      + (f"{times[SETUP] * 1e3:12.1f}" if engine_compiles_itself(name) else ""), flush=True)


if __name__ == "__main__":
    main()
