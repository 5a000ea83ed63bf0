#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Commands of README.md, docs/ and examples/, in an installation's share/mase-opt.
set -euo pipefail
exec 2>&1
jets=examples/jsc/data
mase-translate --import-onnx examples/jsc/jsc-new.onnx -o net.mlir
mase-opt net.mlir --mase-quantize=config=examples/jsc/quantize.toml -o q.mlir
mase-opt net.mlir --mase-search="config=examples/jsc/search-brute.toml output-dir=search" -o best.mlir
mase-translate --mase-to-cuda best.mlir -o net.cu
mase-run best.mlir --engine=cpu --input $jets/test.h5 --scaler $jets/scaler.json --output logits.npy
mase-run best.mlir --engine=cuda-host --input $jets/validation.h5 --scaler $jets/scaler.json --output cuda-host.npy
mase-opt net.mlir --mase-search="config=examples/external/search.toml output-dir=bops trials=20" -o bops.mlir
mase-opt net.mlir --mase-search="config=examples/schedules/cuda.toml output-dir=scheduled trials=4 samples=500" -o scheduled.mlir
