# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Text tests: RUN lines, FileCheck, and the lints of the tree.
#
# Each mase-opt also prints and parses its input again, as text and as bytecode,
# but with -D verify-roundtrip=0.
import os
import shutil
import subprocess
import sys

import lit.formats
import lit.util
from lit.llvm import llvm_config
from lit.llvm.subst import ToolSubst

source, build = config.mase_source_dir, config.mase_build_dir

config.name = "mase-opt"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.join(source, "test")
config.test_exec_root = os.path.join(build, "test")

try:
    import psutil  # noqa: F401  (what lit needs to stop a test)

    lit_config.maxIndividualTestTime = lit_config.maxIndividualTestTime or 240
except ImportError:
    lit_config.note("no psutil: a test that hangs is not stopped; run scripts/setup")


# What this machine has -------------------------------------------------------
def python():
    """The Python with numpy and onnx that scripts/setup made."""
    for folder in (build, os.path.join(source, "build")):
        path = os.path.join(folder, "venv", "bin", "python")
        if os.path.exists(path):
            return path
    return sys.executable


def has_python_module(name):
    find = f"import importlib.util as u, sys; sys.exit(not u.find_spec('{name}'))"
    return subprocess.run([python(), "-c", find]).returncode == 0


def nvcc():
    path = "/usr/local/cuda/bin/nvcc"
    return shutil.which("nvcc") or (path if os.path.exists(path) else None)


def has_gpu():
    if not shutil.which("nvidia-smi"):
        return False
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True)
    return listed.returncode == 0 and b"GPU 0" in listed.stdout


shared = os.environ.get("MASE_SHARED") or os.path.join(source, "..", "shared")
shared = os.path.normpath(shared)
if os.path.isdir(shared):
    config.available_features.add("shared")
if nvcc():
    config.available_features.add("nvcc")
if has_gpu():
    config.available_features.add("gpu")
if has_python_module("optuna_dashboard"):
    config.available_features.add("optuna")
else:
    lit_config.note("no optuna-dashboard: its tests are skipped; run scripts/setup")
# It brings onnxruntime along.
if has_python_module("qonnx"):
    config.available_features.add("qonnx")
else:
    lit_config.note("no qonnx: imports are not compared with others' executors; run scripts/setup")
# A folder in a clone, a file in a worktree, nothing in a tarball.
if os.path.exists(os.path.join(source, ".git")):
    config.available_features.add("git")
else:
    lit_config.note("no git: clang-tidy is not run on what changed; see scripts/lint/tidy.py")
# Debian's, which scripts/setup --training installs.
if os.path.isdir("/usr/lib/python3/dist-packages/torch"):
    config.available_features.add("torch")
if os.path.exists(config.host_cxx):
    config.available_features.add("clang")
# Other processors, for generated C++.
if all(shutil.which(f"qemu-{cpu}") and shutil.which(f"{cpu}-linux-gnu-g++") for cpu in ("aarch64", "s390x")):
    config.available_features.add("cross")
else:
    lit_config.note("no cross compilers: generated C++ is not run as on other processors; run scripts/setup")
if shutil.which("chromium-headless-shell") or shutil.which("chromium"):
    config.available_features.add("chromium")
else:
    lit_config.note("no chromium-headless-shell: report.html is not opened; run scripts/setup")
# Address space and time limits of tests don't fit sanitised binaries.
if config.mase_sanitize:
    config.available_features.add("sanitized")
# Root may write everywhere.
if os.geteuid() != 0:
    config.available_features.add("non-root")

# What tests may use ----------------------------------------------------------
llvm_config.use_default_substitutions()
llvm_config.with_environment("PATH", config.llvm_tools_dir, append_path=True)
llvm_config.with_environment("PATH", os.path.dirname(config.host_cxx), append_path=True)
# LLVM's libraries keep some memory until the end.
# LLVM's allocators poison what they have not handed out; Debian's dylib is not
# instrumented and hands out without saying so.
llvm_config.with_environment(
    "ASAN_OPTIONS", "detect_leaks=0:allow_user_poisoning=0"
)
llvm_config.with_system_environment(["HOME", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"])
config.environment["MASE_SHARED"] = shared

# Debian's mlir-opt, with the plugin; and how CMake finds compilers.
plugin = os.path.join(build, "lib", "MasePlugin.so")
mlir_opt = os.path.join(config.llvm_tools_dir, "mlir-opt")
stock = f"{mlir_opt} --load-dialect-plugin={plugin} --load-pass-plugin={plugin}"
compilers = f"-DCMAKE_C_COMPILER={config.host_cc} -DCMAKE_CXX_COMPILER={config.host_cxx}"
if shutil.which("ccache"):
    compilers += " -DCMAKE_CXX_COMPILER_LAUNCHER=ccache"

# In front of lit's own %python, the interpreter that runs lit.
config.substitutions[0:0] = [
    ("%python", f"'{python()}'"),
    ("%shared", shared),
    ("%jsc", os.path.join(source, "examples", "jsc")),
    ("%mase_src", source),
    ("%mase_build", build),
    ("%nvcc", nvcc() or "nvcc"),
    ("%host_cc", config.host_cc),
    ("%host_cxx", config.host_cxx),
    ("%mlir_opt_plugin", stock),
    ("%compilers", compilers),
    ("%mlir_include", config.mlir_include),
    ("%llvm_tools", config.llvm_tools_dir),
]
roundtrip = lit.util.pythonize_bool(lit_config.params.get("verify-roundtrip", "1"))
llvm_config.add_tool_substitutions(
    [
        ToolSubst(
            "mase-opt", extra_args=["--verify-roundtrip"] if roundtrip else []
        ),
        "mase-test-opt",
        "mase-test-translate",
        "mase-test-run",
        "mase-translate",
        "mase-lsp-server",
        "mase-run",
        "mlir-opt",
        "mlir-translate",
        "split-file",
    ],
    [os.path.join(build, "bin"), config.llvm_tools_dir],
)
