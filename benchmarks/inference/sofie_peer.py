# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times of the C++ that SOFIE (CERN's; PyPI `sofie`) generates from ONNX, compiled as mase-opt's headers are.

It computes float32 by BLAS: OpenBLAS of PyPI's scipy-openblas32, on one thread. Batches are part of its code.
"""
import os
import pathlib
import re
import subprocess
import sys

# The least of the turns within .3 s, in seconds.
TIMER = """
#include "sofie.hxx"
#include <chrono>
#include <cstdio>
static float x[%(inputs)d], y[%(outputs)d];
int main() {
  for (std::size_t i = 0; i < sizeof x / sizeof *x; ++i)
    x[i] = float(int(i * 2654435761u >> 8 & 1023) - 512) / 256;
  %(space)s::Session session;
  using clock = std::chrono::steady_clock;
  const auto until = clock::now() + std::chrono::milliseconds(300);
  double best = 1;
  while (clock::now() < until) {
    const int turns = %(turns)d;
    const auto start = clock::now();
    for (int i = 0; i < turns; ++i)
      %(space)s::doInfer(session, x, y);
    const double seconds = std::chrono::duration<double>(clock::now() - start).count() / turns;
    best = seconds < best ? seconds : best;
  }
  std::printf("%%.3e\\n", best);
}
"""


def version():
    """None where it or its BLAS is not installed."""
    try:
        import importlib.metadata

        import scipy_openblas32  # noqa: F401
        import sofie  # noqa: F401

        return importlib.metadata.version("sofie")
    except ImportError:
        return None


def times(path, folder, sizes):
    """{batch: seconds} of the network in `path`, whose batch is its first dimension.

    Batches of a network that it cannot generate code for are left out, and stderr says why.
    """
    import onnx
    import scipy_openblas32 as blas
    import sofie

    result = {}
    for n in sizes:
        model = onnx.load(path)
        shapes = []
        for value in (model.graph.input[0], model.graph.output[0]):
            dims = value.type.tensor_type.shape.dim
            dims[0].ClearField("dim_param")
            dims[0].dim_value = n
            shapes.append(dims[1].dim_value)
        del model.graph.value_info[:]
        onnx.save(model, f"{folder}/sofie.onnx")
        try:
            generated = sofie.onnx.parse(f"{folder}/sofie.onnx")
            generated.generate(sofie.Options.kNoWeightFile)
            generated.output_generated(f"{folder}/sofie.hxx")
        except Exception as error:  # whatever C++ threw
            print(f"SOFIE, {pathlib.Path(path).name}, batches of {n}: {error}", file=sys.stderr)
            continue
        space = re.search(r"^namespace (SOFIE_\w+)", pathlib.Path(folder, "sofie.hxx").read_text(), re.M)[1]
        pathlib.Path(folder, "sofie.cpp").write_text(
            TIMER % {"inputs": n * shapes[0], "outputs": n * shapes[1], "space": space, "turns": max(1, 2000 // n)})
        # Its functions have names of their own.
        names = [f"-D{f}_=scipy_{f}_" for f in ("sgemm", "sgemv")]
        compiler = os.environ.get("CXX", "clang++-22").split()
        command = [*compiler, "-std=c++17", "-O3", "-march=native", *names, f"{folder}/sofie.cpp", f"-L{blas.get_lib_dir()}",
                   f"-l{blas.get_library()}", f"-Wl,-rpath,{blas.get_lib_dir()}", "-o", f"{folder}/sofie"]
        subprocess.run(command, check=True)
        out = subprocess.run([f"{folder}/sofie"], check=True, capture_output=True, text=True, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"})
        result[n] = float(out.stdout)
    return result
