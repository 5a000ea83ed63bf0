// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-to-llvm-pipeline: a network with precision to the LLVM dialect and on
// to LLVM IR, its result in a buffer of the caller's.
// RUN: mase-opt %s --mase-to-llvm-pipeline | FileCheck %s
// RUN: mase-opt %s --mase-to-llvm-pipeline=fuse=false | FileCheck %s
// RUN: mase-opt %s --mase-to-llvm-pipeline=fuse-requantize=false | FileCheck %s --check-prefixes=CHECK,PLAIN
// RUN: mase-opt %s --mase-to-llvm-pipeline | mlir-translate --mlir-to-llvmir | FileCheck %s --check-prefix=LLVM

// CHECK: llvm.func @mase_exp_f32(f32) -> f32
// CHECK-LABEL: llvm.func @main(
// CHECK-NOT: fastmath
// CHECK: llvm.intr.roundeven
// CHECK: llvm.call @mase_exp_f32
// CHECK-LABEL: llvm.func @_mlir_ciface_main(%arg0: !llvm.ptr, %arg1: !llvm.ptr)
// CHECK-SAME: mase.network = (tensor<?x2xf32>) -> tensor<?x2xf32>, mase.output_kind = "probabilities"}
// CHECK-NOT: mase.
// PLAIN: llvm.return

// LLVM: call float @llvm.roundeven.f32
// LLVM-NOT: fast
// LLVM: define void @_mlir_ciface_main(ptr %0, ptr %1)
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0], [-3.0, 0.3]]> : tensor<2x2xf32>
  %0 = mase.linear "fc_0" %x, %w precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>>
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %1 = mase.relu "act_1" %0 : tensor<?x2xf32>
  %2 = mase.linear "fc_2" %1, %w precision <data_in = #mase.fixed<5, 2>, weight = #mase.fixed<4, 2>>
    : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %3 = mase.softmax "soft_3" %2 : tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}
mase.configuration @trial_1 layers {}
