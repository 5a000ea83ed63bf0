# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a network, and a configuration for another, with very long names.

usage: long_names.py MLIR TOML
"""

import pathlib
import sys

NETWORK = """func.func @main(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {{
  %w = arith.constant dense<[[3.0, -4.0]]> : tensor<1x2xf32>
  %0 = mase.linear
    "{name}" %x, %w : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}}
"""

CONFIG = """[passes.quantize]
by = "name"
[passes.quantize.{name}.config]
name = "integer"
data_in_width = 8
weight_width = 8
"""

network, config = map(pathlib.Path, sys.argv[1:])
network.write_text(NETWORK.format(name="layer_" + "x" * 100000))
config.write_text(CONFIG.format(name="other_" + "x" * 100000))
