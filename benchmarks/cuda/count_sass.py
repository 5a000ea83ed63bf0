#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Counts the machine instructions that a generated kernel spends on a sample.

usage: count_sass.py [--arch 80 90] [--limit N] [net.cu ...]

Each .cu is compiled by nvcc to a cubin, which NVIDIA's disassembler lists
(pip install -r requirements.txt, or CUDA's own tools on the PATH). Printed are
instructions a sample, registers, spilled bytes and instructions by class; these
counts are the same on any machine. Without a file, jsc-new is taken with all
Linear layers at data 8.4, bias 8.4 and weights of 8, 4 and 2 bits: its tools
come from $MASE_BIN (default build/bin).

With --limit, the exit status is 1 if a kernel needs more instructions a sample
or spills. Status 2: a tool is missing or failed.
"""
import argparse
import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
INSTRUCTION = re.compile(
    r"^\s+/\*([0-9a-f]+)\*/\s+(?:@!?U?P\w+\s+)?([A-Z][A-Z0-9_]*)([^;]*);"
)


def fail(message):
    print(f"count_sass.py: error: {message}", file=sys.stderr)
    sys.exit(2)


def find(name, *folders):
    """A program on the PATH or in one of the folders."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, folders)])
    found = shutil.which(name, path=path)
    if not found:
        fail(f"cannot find '{name}'; pip install -r {ROOT}/benchmarks/cuda/requirements.txt")
    return found


def run(*command, env=None):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, env=env
    )
    if done.returncode != 0:
        fail(f"{' '.join(map(str, command))} failed:\n{done.stderr.strip()}")
    return done.stdout + done.stderr


def disassemble(cubin):
    packages = pathlib.Path(sysconfig.get_paths()["purelib"])
    folders = sorted(packages.glob("nvidia/cu*/bin"))
    dump = find("cuobjdump", *folders, "/usr/local/cuda/bin")
    # cuobjdump calls nvdisasm by its name.
    disassembler = find("nvdisasm", *folders, "/usr/local/cuda/bin")
    path = os.pathsep.join(
        [str(pathlib.Path(disassembler).parent), os.environ.get("PATH", "")]
    )
    return run(dump, "-sass", cubin, env={**os.environ, "PATH": path})


def instructions(sass):
    """(address, class, operands) of each instruction up to the padding."""
    listed = []
    for line in sass.splitlines():
        match = INSTRUCTION.match(line)
        if match:
            listed.append((int(match[1], 16), match[2], match[3]))
    # After the last exit: a branch to itself and no-operations.
    last = max((i for i, x in enumerate(listed) if x[1] == "EXIT"), default=-1)
    return listed[: last + 1] if last >= 0 else listed


def has_loop(listed):
    for address, kind, operands in listed:
        target = re.search(r"0x([0-9a-f]+)\s*$", operands)
        if kind == "BRA" and target and int(target[1], 16) < address:
            return True
    return False


def count(source, arch, nvcc, folder, include):
    """Prints one line; returns instructions a sample and spilled bytes."""
    text = pathlib.Path(source).read_text()
    samples = re.search(r"kSamples = (\d+);", text)
    if not samples:
        fail(f"{source} is no kernel of mase-opt: it has no 'kSamples'")
    cubin = pathlib.Path(folder) / "kernel.cubin"
    said = run(nvcc, f"-arch=sm_{arch}", "-std=c++17", "-I", include, "-cubin",
               "-Xptxas", "-v", "-Werror", "all-warnings", source, "-o", cubin)
    registers = re.search(r"Used (\d+) registers", said)
    spills = sum(int(n) for n in re.findall(r"(\d+) bytes spill", said))
    listed = instructions(disassemble(cubin))
    each = len(listed) / int(samples[1])
    classes = collections.Counter(kind for _, kind, _ in listed)
    top = ", ".join(f"{kind} {n}" for kind, n in classes.most_common(10))
    print(
        f"{pathlib.Path(source).stem:12} sm_{arch} {each:8.1f} instructions a sample, "
        f"{registers[1] if registers else '?':>3} registers, {spills} bytes spilled, "
        f"{samples[1]} samples a thread: {top}"
        + ("; it loops: counted once, not as often as they run" if has_loop(listed) else "")
    )
    return each, spills


def jsc_new(folder):
    """jsc-new at three weight widths."""
    tools = pathlib.Path(os.environ.get("MASE_BIN", ROOT / "build" / "bin"))
    network = pathlib.Path(folder) / "net.mlir"
    run(tools / "mase-translate", "--import-onnx", ROOT / "examples/jsc/jsc-new.onnx",
        "-o", network)
    files = []
    for width in (8, 4, 2):
        quantized = pathlib.Path(folder) / f"w{width}.mlir"
        layer = (
            '{name="integer", data_in_width=8, data_in_frac_width=4, '
            f"weight_width={width}, weight_frac_width={width // 2}, "
            "bias_width=8, bias_frac_width=4}"
        )
        run(tools / "mase-opt", network,
            f"--mase-quantize=by=type layers='linear:{layer}'", "-o", quantized)
        files.append(pathlib.Path(folder) / f"jsc-new-w{width}.cu")
        run(tools / "mase-translate", "--mase-to-cuda", quantized, "-o", files[-1])
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", nargs="+", default=["80", "90"])
    parser.add_argument("--limit", type=float)
    parser.add_argument("--include", default=ROOT / "include")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    nvcc = find("nvcc", "/usr/local/cuda/bin")
    with tempfile.TemporaryDirectory() as folder:
        bad = False
        for source in options.files or jsc_new(folder):
            for arch in options.arch:
                each, spills = count(source, arch, nvcc, folder, options.include)
                bad |= options.limit is not None and (each > options.limit or spills > 0)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
