#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""cpu_instructions and cpu_loads of a search beside what a processor executes of the header of --mase-to-cpp.

Each instruction of infer on 256 samples is stepped through (ptrace) and looked up in objdump's text: those with vector
registers count, scalar ones do not. Needs a processor with AVX-512 VNNI, $CXX or clang++, and binutils.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = 256
FLAGS = "-std=c++17 -O3 -march=x86-64-v4 -mavx512vnni -static".split()

# infer between two stops, and who steps from one to the other: a line of "address count" for each instruction.
TRACER = """
#include "net.hpp"
#include <csignal>
#include <cstdio>
#include <map>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
static float x[%d * net::kInputs], y[%d * net::kOutputs];
__attribute__((noinline)) static void all() { net::infer(x, y, %d); }
int main() {
  if (pid_t child = fork()) {
    int status = 0;
    waitpid(child, &status, 0);
    std::map<unsigned long long, long> count;
    for (;;) {
      user_regs_struct registers;
      ptrace(PTRACE_GETREGS, child, 0, &registers);
      ++count[registers.rip];
      if (ptrace(PTRACE_SINGLESTEP, child, 0, 0) != 0)
        return 1;
      waitpid(child, &status, 0);
      if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
        break;
    }
    for (auto [address, times] : count)
      std::printf("%%llx %%ld\\n", address, times);
    kill(child, SIGKILL);
    return 0;
  }
  for (float &value : x)
    value = 0.25f;
  ptrace(PTRACE_TRACEME, 0, 0, 0);
  raise(SIGSTOP);
  all();
  raise(SIGSTOP);
}
""" % (SAMPLES, SAMPLES, SAMPLES)

SEARCH = """
model = "net"
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
[search.search_space.setup]
by = "type"
tie = true
[search.search_space.seed.default.config]
name = ["NA"]
[search.search_space.seed.linear.config]
name = ["integer"]
data_in_width = [8, 12]
data_in_frac_width = [4]
weight_width = [8, 12]
weight_frac_width = [4]
bias_width = [8]
bias_frac_width = [4]
[search.strategy.sw_runner.basic_evaluation]
num_samples = 64
[search.strategy.setup]
n_trials = 4
sampler = "brute"
[search.strategy.metrics]
cpu_instructions.direction = "minimize"
"""


def run(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, text=True, stdout=subprocess.PIPE, **options).stdout


def executed(tools, network, folder):
    """(instructions, loads) a sample"""
    run(tools / "mase-translate", "--mase-to-cpp", "--cpp-namespace=net", network, "-o", f"{folder}/net.hpp")
    pathlib.Path(folder, "trace.cpp").write_text(TRACER)
    run(*os.environ.get("CXX", "clang++-22").split(), *FLAGS, f"-I{folder}", f"{folder}/trace.cpp", "-o", f"{folder}/trace")
    text = {}
    for line in run("objdump", "-d", "--no-show-raw-insn", f"{folder}/trace").splitlines():
        if match := re.match(r"\s*([0-9a-f]+):\s+(\S+)\s*(.*)", line):
            text[int(match[1], 16)] = match[2], match[3].split("#")[0].strip()
    counts = collections.Counter()
    for line in run(f"{folder}/trace").splitlines():
        address, times = line.split()
        name, operands = text.get(int(address, 16), ("", ""))
        # What moves words between memory and vectors has a vector register, too.
        if not re.search(r"%[xyz]mm", operands):
            continue
        counts["instructions"] += int(times)
        # The target is the last operand.
        if "(" in re.sub(r",?[^,(]*(\([^)]*\))?(\{[^}]*\})*$", "", operands) or re.match(r"[^,]*\(", operands):
            counts["loads"] += int(times)
    return counts["instructions"] / SAMPLES, counts["loads"] / SAMPLES


def counted(tools, network, folder):
    """{bits: the same by a search}"""
    pathlib.Path(folder, "count.toml").write_text(SEARCH)
    run(tools / "mase-opt", network, f"--mase-search=config={folder}/count.toml output-dir={folder}/out quiet=true", "-o", f"{folder}/out.mlir")
    result = {}
    for trial in json.loads(pathlib.Path(folder, "out/log.json").read_text()).values():
        config = next(c["config"] for c in trial["user_attrs_sampled_config"].values()
                      if isinstance(c, dict) and c.get("config", {}).get("name") == "integer")
        if config["data_in_width"] == config["weight_width"]:
            metrics = trial["user_attrs_hardware_metrics"]
            result[config["weight_width"]] = metrics["cpu_instructions"], metrics["cpu_loads"]
    return result


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--tools", type=pathlib.Path, default=ROOT / "build/bin", help="folder of mase-opt's tools")
    args = ap.parse_args()
    print(f"{'a sample':24}{'instructions':>24}{'loads':>24}\n{'':24}" + f"{'counted':>8}{'executed':>9}{'ratio':>7}" * 2)
    for name in ("jsc-tiny", "jsc-new", "hls4ml", "jsc-s"):
        with tempfile.TemporaryDirectory() as d:
            run(args.tools / "mase-translate", "--import-onnx", ROOT / f"examples/jsc/{name}.onnx", "-o", f"{d}/net.mlir")
            for bits, counts in sorted(counted(args.tools, f"{d}/net.mlir", d).items()):
                layer = (f'{{name="integer",data_in_width={bits},data_in_frac_width=4,weight_width={bits},weight_frac_width=4,'
                         "bias_width=8,bias_frac_width=4}")
                run(args.tools / "mase-opt", f"{d}/net.mlir", f"--mase-quantize=by=type layers=linear:{layer}", "-o", f"{d}/q.mlir")
                pairs = zip(counts, executed(args.tools, f"{d}/q.mlir", d))
                print(f"{f'{name}, {bits} bits':24}" + "".join(f"{c:8.1f}{e:9.1f}{c / e:7.2f}" for c, e in pairs), flush=True)


if __name__ == "__main__":
    main()
