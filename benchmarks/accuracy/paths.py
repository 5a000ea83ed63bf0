#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What shipped networks cost and lose along the path of --mase-shrink, beside float32, uniform widths and training (HGQ, QKeras).

For each network: points of accuracy lost on the test jets with the standard error of the difference, effective bit operations,
bit operations, bytes of parameters, multiplications, ns a jet on the CPU engine (batches of 16,384, one core; a timing), machine
instructions a jet on CUDA (sm_90; where nvcc and NVIDIA's disassembler are, see benchmarks/cuda). Uniform rows are calibrated on
2,000 jets and refined on 8,000; the path takes 8,000 jets without labels. With --svg, a figure of points against effective bit
operations, means over float seeds: HGQ's and QKeras' points are those of their papers, of networks trained on the public jets,
which are others, with a width for each weight or layer.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

import fronts
from networks import ROOT
from shipped import JSC, Measurement, layers

# Sun et al., "Gradient-based automatic mixed precision quantization for neural networks on-chip" (2024): jets, MLP.
HGQ = [(1572, -2.3), (2571, -1.5), (7229, -.5), (13285, -.2)]
# Coelho et al., arXiv:2006.10159, the models QE, QB and Q6 beside their unquantised BF (74.4 %). They are published as (LUT, DSP) of an
# FPGA; LUT + 55 DSP is what effective bit operations come to there (arXiv:2405.00645).
QKERAS = [(lut + 55 * dsp, points) for lut, dsp, points in [(9149, 66, 72.3 - 74.4), (11193, 69, 71.9 - 74.4), (39782, 124, 74.8 - 74.4)]]
UNIFORM = [8, 6, 4]
BUDGETS = [40000, 20000, 13000, 7000, 4000, 2500, 1500]
METRICS = ["ebops", "bitops", "model_bytes", "macs"]


def costs(m, name):
    """{metric: value} as the reports of a network count it."""
    said = m.run("mase-opt", f"{m.d}/{name}.mlir", "--mase-report", "-o", "/dev/null")
    return {k: int(re.search(rf"^{k} +(\d+)", said, re.M)[1]) for k in METRICS}


def nanoseconds(m, name):
    command = [m.args.tools / "mase-bench-inference", f"{m.d}/{name}.mlir", "cpu", "--benchmark_format=json", "--benchmark_min_time=0.1",
               "--benchmark_filter=16384"]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True)
    row = next(b for b in json.loads(done.stdout)["benchmarks"] if b["name"] == "16384")
    return row["cpu_time"] * {"ns": 1, "us": 1e3, "ms": 1e6}[row["time_unit"]] / 16384


def instructions(m, name):
    """Of a jet on CUDA, or None."""
    m.run("mase-translate", "--mase-to-cuda", f"{m.d}/{name}.mlir", "-o", f"{m.d}/net.cu")
    done = subprocess.run([sys.executable, ROOT / "benchmarks/cuda/count_sass.py", "--arch", "90", f"{m.d}/net.cu"], capture_output=True, text=True)
    found = re.search(r"([\d.]+) instructions a sample", done.stdout)
    # A kernel that loops counts its instructions once.
    return float(found[1]) if found and "it loops" not in done.stdout else None


def measure(args, onnx):
    """{row: (points, standard error, costs, ns, instructions)}"""
    with tempfile.TemporaryDirectory() as d:
        m = Measurement(args, onnx, d)
        files = {"float32": "folded"}
        for width in UNIFORM:
            quantize = layers(width, width, width, m.names, '"auto"')
            m.run("mase-opt", f"{d}/folded.mlir", f"--mase-quantize={quantize}", f"--mase-calibrate={m.data(2000)}",
                  f"--mase-refine={m.data(8000)}", "-o", f"{d}/uniform{width}.mlir")
            files[f"{width} bits"] = f"uniform{width}"
        m.run("mase-opt", f"{d}/folded.mlir", f"--mase-shrink={m.data(8000)} budget={BUDGETS[-1]} path={d}/path", "-o", f"{d}/small.mlir")
        for budget in BUDGETS:
            if pathlib.Path(f"{d}/path/ebops_{budget}.mlir").exists():
                m.run("mase-opt", f"{d}/path/ebops_{budget}.mlir", "--mase-remove-dead-units", "-o", f"{d}/path/{budget}.mlir")
                files[f"within {budget:,}"] = f"path/{budget}"
        return {row: (*m.lost(name), costs(m, name), nanoseconds(m, name), instructions(m, name))
                for row, name in files.items()}, 100 * m.exact.mean()


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--tools", type=pathlib.Path, default=ROOT / "build/bin", help="where mase-opt is (default: build/bin)")
    ap.add_argument("--svg", help="where the figure goes")
    ap.add_argument("networks", nargs="*", default=["hls4ml", "jsc-new"], help="names of shipped networks")
    args = ap.parse_args()
    series = []
    for network in args.networks:
        seeds = [measure(args, onnx) for onnx in [JSC / f"{network}.onnx", *sorted((JSC / "seeds").glob(f"{network}-*.onnx"))]]
        print(f"{network}, means over {len(seeds)} float seeds of {np.mean([a for _, a in seeds]):.2f} %")
        print(f"{'':16}{'points lost':>14}{'ebops':>10}{'bitops':>12}{'bytes':>8}{'macs':>7}{'CPU, ns':>9}{'CUDA':>7}")
        points = {}
        for row in seeds[0][0]:
            found = [rows[row] for rows, _ in seeds if row in rows]
            lost, error = np.mean([f[0] for f in found]), np.mean([f[1] for f in found])
            cost = {k: np.mean([f[2][k] for f in found]) for k in METRICS}
            cuda = [f[4] for f in found if f[4] is not None]
            print(f"  {row:14}{lost:8.2f} ±{error:.2f}{cost['ebops']:11,.0f}{cost['bitops']:12,.0f}{cost['model_bytes']:8,.0f}"
                  f"{cost['macs']:7,.0f}{np.mean([f[3] for f in found]):9.1f}" + (f"{np.mean(cuda):7.0f}" if cuda else f"{'-':>7}"), flush=True)
            points[row] = (cost["ebops"], -lost)
        series.append((f"{network}, shrunk", sorted(p for row, p in points.items() if row.startswith("within"))))
        if network == "hls4ml":
            series.append(("uniform", sorted(p for row, p in points.items() if row.endswith("bits"))))
    if args.svg:
        series.insert(1, ("HGQ", HGQ))
        series.append(("QKeras", QKERAS))
        fronts.draw(args.svg, series, "effective bit operations", "points of accuracy against float32", 0)


if __name__ == "__main__":
    main()
