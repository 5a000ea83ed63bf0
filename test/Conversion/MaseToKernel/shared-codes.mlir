// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A value that two layers read in one format is rounded once, though each would
// have a name of its own for it.
// RUN: mase-opt %s --mase-to-cuda-pipeline | FileCheck %s
// RUN: mase-opt %s --mase-lower-to-integer | FileCheck %s --check-prefix=INTEGER

// CHECK-LABEL: mase_kernel.kernel @kernel
// CHECK: mase_kernel.quantize {{.*}} to #mase.fixed<8, 4> {{.*}} of "first"
// CHECK-NOT: mase_kernel.quantize
// CHECK: mase_kernel.quantize {{.*}} to #mase.fixed<6, 3> {{.*}} of "third"
// CHECK-NOT: mase_kernel.quantize
// Apart, they keep their names.
// INTEGER: mase.quantize %arg0 to(#mase.fixed<8, 4>) :
// INTEGER: mase.quantize %arg0 to(#mase.fixed<8, 4>) of "first" :
// INTEGER: mase.quantize %arg0 to(#mase.fixed<8, 4>) of "second" :

func.func @kernel(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %w = arith.constant dense<0.25> : tensor<4x4xf32>
  %0 = mase.linear "fc" %x, %w precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>> : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %1 = mase.add "first" %x, %x precision <data_in = #mase.fixed<8, 4>> : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %2 = mase.mul "second" %x, %x precision <data_in = #mase.fixed<8, 4>> : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %3 = mase.mul "third" %x, %x precision <data_in = #mase.fixed<6, 3>> : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %4 = mase.add "s" %0, %1 : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %5 = mase.add "t" %4, %2 : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %6 = mase.add "u" %5, %3 : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %6 : tensor<?x4xf32>
}
