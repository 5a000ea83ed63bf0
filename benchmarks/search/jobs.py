#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a second job brings: --mase-search with jobs=1 and jobs=2 for every sampler, where a trial keeps a processor busy
for some milliseconds (an external program) and where it is evaluated on the shipped jets. The ratio is that of the
least wall times of alternating runs; the results must be the same bytes.

With --serve it is that program.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLERS = ("auto", "brute", "gp", "greedy", "nsgaii", "nsgaiii", "qmc", "random", "sensitivity", "tpe")
LAYERS = ("seq_blocks_2", "seq_blocks_5", "seq_blocks_8")


def serve(milliseconds):
    """Answers trials after so much processor time."""
    for line in sys.stdin:
        start = time.process_time()
        config = json.loads(line)["sampled_config"]
        widths = [v for layer in LAYERS for k, v in config[layer]["config"].items() if k.endswith("_width") and "frac" not in k]
        quality = -sum(4.0 ** -w for w in widths)
        while time.process_time() - start < milliseconds / 1e3:
            sum(range(2000))
        print(json.dumps({"quality": quality, "bits": sum(widths)}), flush=True)


def toml(external, sampler, trials):
    lines = ["seed = 1", "[search.search_space]", 'name = "graph/quantize/mixed_precision_ptq"', 'setup.by = "name"']
    lines += ["[search.search_space.seed.default.config]", 'name = ["NA"]']
    for layer in LAYERS:
        lines += [f"[search.search_space.seed.{layer}.config]", 'name = ["integer"]', "data_in_width = [4, 8]",
                  "weight_width = [2, 4, 8]", "bias_width = [2, 4, 8]"]
    first, second = ("quality", "bits") if external else ("accuracy", "average_bitwidth_all")
    lines += ["[search.strategy]", f'setup.sampler = "{sampler}"', f"setup.n_trials = {trials}"]
    if external:
        lines += [f"sw_runner.external.command = {json.dumps(external)}"]
    lines += [f'metrics.{first} = {{scale = 1.0, direction = "maximize"}}', f'metrics.{second} = {{scale = 1.0, direction = "minimize"}}']
    return "\n".join(lines) + "\n"


def main():
    if sys.argv[1:2] == ["--serve"]:
        return serve(float(sys.argv[2]))
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/bin", help="folder of mase-opt (default: build/bin)")
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("--trials", type=int, default=100)
    ap.add_argument("--milliseconds", type=float, default=20, help="processor time of an external trial")
    ap.add_argument("--rounds", type=int, default=3)
    ap.add_argument("--samplers", nargs="*", default=SAMPLERS)
    args = ap.parse_args()

    def run(folder, name, jobs):
        out = f"{folder}/{name}-{jobs}"
        start = time.perf_counter()
        subprocess.run([args.bin / "mase-opt", f"{folder}/net.mlir", "-o", f"{out}.mlir",
                        f"--mase-search=config={folder}/{name}.toml jobs={jobs} quiet=true output-dir={out}"], check=True)
        seconds = time.perf_counter() - start
        return seconds, pathlib.Path(f"{out}.mlir").read_bytes() + pathlib.Path(f"{out}/best.json").read_bytes()

    print(f"| sampler | {args.trials} trials of {args.milliseconds:g} ms | jobs={args.jobs} is faster by | "
          f"{args.trials} trials on 10,000 jets | jobs={args.jobs} is faster by |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([args.bin / "mase-translate", "--import-onnx", ROOT / "examples/jsc/jsc-new.onnx", "-o", f"{folder}/net.mlir"],
                       check=True)
        program = [sys.executable, str(pathlib.Path(__file__).resolve()), "--serve", str(args.milliseconds)]
        for sampler in args.samplers:
            cells = [sampler]
            for name, command in (("external", program), ("jets", None)):
                pathlib.Path(f"{folder}/{name}.toml").write_text(toml(command, sampler, args.trials))
                one, many = [], []
                for _ in range(args.rounds):
                    seconds, expected = run(folder, name, 1)
                    one.append(seconds)
                    seconds, found = run(folder, name, args.jobs)
                    many.append(seconds)
                    if found != expected:
                        sys.exit(f"{sampler}: jobs={args.jobs} gives other results than jobs=1")
                cells += [f"{min(one):.2f} s", f"{min(one) / min(many):.2f}"]
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
