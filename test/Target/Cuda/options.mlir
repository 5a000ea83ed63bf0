// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-translate --mase-to-cuda has the options of --mase-to-cuda-pipeline.
// RUN: mase-opt %s --mase-to-cuda-pipeline="kernel=scalar samples-per-thread=2 threads-per-block=64" | mase-translate --mase-to-cuda -o %t.scalar.cu
// RUN: mase-translate %s --mase-to-cuda --cuda-kernel=scalar --cuda-samples-per-thread=2 --cuda-threads-per-block=64 | diff %t.scalar.cu -
// RUN: FileCheck %s --input-file %t.scalar.cu --check-prefix=SCALAR
// RUN: mase-opt %s --mase-to-cuda-pipeline="kernel=dp4a samples-per-thread=1 threads-per-block=256" | mase-translate --mase-to-cuda -o %t.dp4a.cu
// RUN: mase-translate %s --mase-to-cuda --cuda-kernel=dp4a --cuda-samples-per-thread=1 --cuda-threads-per-block=256 | diff %t.dp4a.cu -
// RUN: FileCheck %s --input-file %t.dp4a.cu --check-prefix=DP4A
// RUN: mase-opt %s --mase-to-cuda-pipeline | mase-translate --mase-to-cuda -o %t.cu
// RUN: mase-translate %s --mase-to-cuda | diff %t.cu -
// RUN: mase-translate %s --mase-to-cuda --cuda-kernel=auto --cuda-samples-per-thread=0 --cuda-threads-per-block=128 | diff %t.cu -

// SCALAR: Kernel: scalar, 2 samples a thread, 64 threads a block
// DP4A: Kernel: dp4a, 1 sample a thread, 256 threads a block

// RUN: not mase-translate %s --mase-to-cuda --cuda-kernel=tensor 2>&1 | FileCheck %s --check-prefix=KERNEL
// RUN: not mase-translate %s --mase-to-cuda --cuda-samples-per-thread=9 2>&1 | FileCheck %s --check-prefix=SAMPLES
// RUN: not mase-translate %s --mase-to-cuda --cuda-threads-per-block=33 2>&1 | FileCheck %s --check-prefix=THREADS
// KERNEL: error: unknown kernel 'tensor'; nearest: 'auto', 'thread', 'scalar'
// SAMPLES: error: expected samples-per-thread from 1 to 8, or 0 to have it chosen, found 9
// THREADS: error: expected threads-per-block to be a multiple of 32 from 32 to 1024, found 33

// RUN: mase-opt %s --mase-to-cuda-pipeline -o %t.mlir
// RUN: not mase-translate %t.mlir --mase-to-cuda --cuda-kernel=scalar 2>&1 | FileCheck %s --check-prefix=LOWERED
// RUN: not mase-translate %t.mlir --mase-to-cuda --cuda-threads-per-block=64 2>&1 | FileCheck %s --check-prefix=LOWERED-THREADS
// LOWERED: error: expected a network for --cuda-kernel, found a kernel, which has been lowered without it
// LOWERED-THREADS: error: expected a network for --cuda-threads-per-block, found a kernel, which has been lowered without it

func.func @net(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[0.5, -0.25, 1.0, 0.75], [0.25, 0.5, -1.0, 0.0]]> : tensor<2x4xf32>
  %0 = mase.linear "fc" %x, %w precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>>
    : (tensor<?x4xf32>, tensor<2x4xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
