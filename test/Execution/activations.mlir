// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sigmoid in the middle and log-softmax at the end: the same file from every
// engine at every level, NaN and infinities included.
// REQUIRES: clang
// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/make_npy.py %t
// RUN: mase-run %s --allow-nonfinite --input %t/nonfinite.npy --output %t/expected.npy
// RUN: mase-opt %s --mase-lower-to-integer -o %t/integer.mlir
// RUN: mase-opt %t/integer.mlir --convert-mase-to-linalg -o %t/linalg.mlir
// RUN: mase-opt %s --mase-to-llvm-pipeline -o %t/llvm.mlir
// RUN: mase-opt %s --mase-to-cuda-pipeline -o %t/cuda.mlir
// RUN: mase-run %t/integer.mlir --allow-nonfinite --input %t/nonfinite.npy --output %t/a.npy && cmp %t/expected.npy %t/a.npy
// RUN: mase-run %s --engine=cpu --allow-nonfinite --input %t/nonfinite.npy --output %t/b.npy && cmp %t/expected.npy %t/b.npy
// RUN: mase-run %s --engine=cuda-host --allow-nonfinite --input %t/nonfinite.npy --output %t/c.npy && cmp %t/expected.npy %t/c.npy
// RUN: mase-run %t/linalg.mlir --allow-nonfinite --input %t/nonfinite.npy --output %t/d.npy && cmp %t/expected.npy %t/d.npy
// RUN: mase-run %t/llvm.mlir --allow-nonfinite --input %t/nonfinite.npy --output %t/e.npy && cmp %t/expected.npy %t/e.npy
// RUN: mase-run %t/cuda.mlir --engine=cuda-host --allow-nonfinite --input %t/nonfinite.npy --output %t/f.npy && cmp %t/expected.npy %t/f.npy

// What the report calls them.
// RUN: mase-opt %s --mase-report="tables=nodes,costs" -o /dev/null 2>&1 | FileCheck %s
// CHECK-DAG: gate {{.*}} sigmoid {{.*}} Sigmoid
// CHECK-DAG: log_p {{.*}} log_softmax {{.*}} LogSoftmax
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<[[1.5, 0.1], [-3.0, 1.0], [0.7, -0.2]]> : tensor<3x2xf32>
  %v = arith.constant dense<[[1.5, 0.1, 0.2], [-3.0, 1.0, 2.0], [0.7, -0.2, -1.0]]> : tensor<3x3xf32>
  %0 = mase.sigmoid "first" %x : tensor<?x2xf32>
  %1 = mase.linear "fc" %0, %w precision <data_in = #mase.fixed<8, 7, unsigned>, weight = #mase.fixed<4, 1>>
    : (tensor<?x2xf32>, tensor<3x2xf32>) -> tensor<?x3xf32>
  %2 = mase.sigmoid "gate" %1 : tensor<?x3xf32>
  %3 = mase.mul "gated" %1, %2 : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  %4 = mase.linear "head" %3, %v : (tensor<?x3xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  %5 = mase.log_softmax "log_p" %4 : tensor<?x3xf32>
  return %5 : tensor<?x3xf32>
}
