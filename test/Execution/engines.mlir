// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-run: every engine writes the same file, from text and from bytecode, and
// reads a network that is lowered already.
// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/make_npy.py %t
// RUN: mase-run %s --input %t/nonfinite.npy --allow-nonfinite --output %t/interpreter.npy
// RUN: mase-run %s --input %t/nonfinite.npy --allow-nonfinite --output %t/cpu.npy --engine=cpu
// RUN: cmp %t/interpreter.npy %t/cpu.npy
// RUN: mase-run %s --input %t/nonfinite.npy --allow-nonfinite --output %t/linalg.npy --engine=linalg 2>&1 | count 0
// RUN: cmp %t/interpreter.npy %t/linalg.npy
// RUN: mase-opt %s --mase-lower-to-integer --convert-mase-to-kernel=kernel=lanes -o %t/kernel.mlir
// RUN: mase-run %t/kernel.mlir --input %t/nonfinite.npy --allow-nonfinite --output %t/kernel.npy --engine=cpu 2>&1 | count 0
// RUN: cmp %t/interpreter.npy %t/kernel.npy
// RUN: mase-opt %s --mase-lower-to-integer --emit-bytecode -o %t/lowered.mlirbc
// RUN: mase-run %t/lowered.mlirbc --input %t/nonfinite.npy --allow-nonfinite --output %t/lowered.npy --engine=interpreter
// RUN: cmp %t/interpreter.npy %t/lowered.npy
// RUN: mase-run - --input %t/nonfinite.npy --allow-nonfinite -o - --engine=cpu < %t/lowered.mlirbc > %t/stdout.npy
// RUN: cmp %t/interpreter.npy %t/stdout.npy
// RUN: mase-run %s --engine=cpp --allow-nonfinite --input %t/nonfinite.npy --output %t/cpp.npy
// RUN: cmp %t/interpreter.npy %t/cpp.npy
// Threads share out the samples.
// RUN: %python -c "import numpy as np; np.save('%t/many.npy', np.random.default_rng(0).normal(size=(1001, 2)).astype(np.float32))"
// RUN: mase-run %s --engine=interpreter --input %t/many.npy --output %t/one-job.npy
// RUN: mase-run %s --engine=interpreter --input %t/many.npy --jobs=3 --output %t/jobs.npy
// RUN: cmp %t/one-job.npy %t/jobs.npy
// RUN: mase-run %s --engine=cpu --input %t/many.npy --jobs=0 --output %t/cpu-jobs.npy
// RUN: cmp %t/one-job.npy %t/cpu-jobs.npy
// RUN: mase-run %s --engine=cpp --input %t/many.npy --jobs=5 --output %t/cpp-jobs.npy
// RUN: cmp %t/one-job.npy %t/cpp-jobs.npy
// RUN: %python %S/Inputs/print_npy.py %t/cpu.npy | FileCheck %s

// x = [1, -2], [0.5, NaN], [infinity, 0.03]; codes at 1/4, weights at 1/2.
// CHECK: (3, 2)
// CHECK-NEXT: 1.5 0.0
// CHECK-NEXT: 0.75 2.5
// CHECK-NEXT: 2.625 0.0
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.5, 0.1], [-3.0, 1.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<[0.0, 4.0]> : tensor<2xf32>
  %0 = mase.linear "fc" %x, %w, %b precision <data_in = #mase.fixed<4, 2>,
    weight = #mase.fixed<4, 1>, bias = #mase.fixed<4, 0>>
    : (tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %1 = mase.relu "act" %0 : tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}
