# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# GoogleTest binaries, from unittests/.
import os

import lit.formats
import lit.util

binaries = config.mase_unittests.split(";") if config.mase_unittests else []

# Before "mase-opt", by name: the longest tests are among these.
config.name = "mase-gtest"
config.suffixes = []
config.test_exec_root = os.path.join(config.mase_build_dir, "unittests")
config.test_source_root = config.test_exec_root
config.test_format = lit.formats.GoogleTest(".", "Tests")
config.test_format.test_suffixes = set(binaries)

# As in ../lit.cfg.py.
config.environment["ASAN_OPTIONS"] = "detect_leaks=0:allow_user_poisoning=0"
for name in ("HOME", "MASE_SHARED", "LD_LIBRARY_PATH"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
if "MASE_SHARED" not in os.environ:
    config.environment["MASE_SHARED"] = os.path.normpath(
        os.path.join(config.mase_source_dir, "..", "shared")
    )
