// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-to-cpu-pipeline: a network to the LLVM dialect and on to LLVM IR.
// RUN: mase-opt %s --mase-to-cpu-pipeline | FileCheck %s
// RUN: mase-opt %s --mase-to-cpu-pipeline=isa=avx512 | FileCheck %s --check-prefix=AVX512
// RUN: mase-opt %s --mase-to-cpu-pipeline | mlir-translate --mlir-to-llvmir | FileCheck %s --check-prefix=LLVM

// CHECK-DAG: llvm.func @mase_softmax_f32(!llvm.ptr, !llvm.ptr, i64)
// CHECK-LABEL: llvm.func internal @main_block(
// CHECK-NOT: fastmath
// CHECK-NOT: vector<16x
// CHECK: llvm.call @mase_softmax_f32
// CHECK-LABEL: llvm.func @main(%arg0: !llvm.ptr, %arg1: !llvm.ptr, %arg2: i64)
// AVX512: vector<16xf32>

// LLVM: define internal void @main_block(ptr %0, ptr %1)
// LLVM-NOT: fast
// LLVM: define void @main(ptr %0, ptr %1, i64 %2)
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0], [-3.0, 0.3]]> : tensor<2x2xf32>
  %0 = mase.linear "fc" %x, %w precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>>
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %1 = mase.softmax "soft" %0 : tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}
