// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-fuse-elementwise: chains become one op, but a product's operand is not
// computed again for every output.
// RUN: mase-opt %s --convert-mase-to-linalg --mase-fuse-elementwise | FileCheck %s

// CHECK-LABEL: func.func @chain(
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]
// CHECK: math.fma
// CHECK: arith.cmpf ogt
// CHECK: linalg.yield
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]
// CHECK: linalg.yield
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction", "parallel"]
// CHECK-NEXT: ^bb0
// CHECK-NEXT: math.fma
// CHECK-NOT: linalg.generic
func.func @chain(%x: tensor<?x2xf32>, %s: tensor<2xf32>, %w: tensor<2x3xf32>, %b: tensor<3xf32>) -> tensor<?x3xf32> {
  %wt = arith.constant dense<1.0> : tensor<3x2xf32>
  %0 = mase.affine "bn" %x, %s, %s : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %1 = mase.relu "r" %0 : tensor<?x2xf32>
  %2 = mase.linear "fc" %1, %wt, %b : (tensor<?x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  return %2 : tensor<?x3xf32>
}
