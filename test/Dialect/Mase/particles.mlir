// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Particles and branches print as they are parsed, and become integers.
// RUN: mase-opt %s --verify-roundtrip | FileCheck %s
// RUN: mase-opt %s --emit-bytecode | mase-opt | FileCheck %s
// RUN: mase-opt %s --mase-lower-to-integer | FileCheck %s --check-prefix=INTEGER

// CHECK-LABEL: func.func @network_level
// INTEGER-LABEL: func.func @network_level
func.func @network_level(%x: tensor<?x6xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[0.5, 0.25, 1.0], [-0.5, 0.125, 1.5], [0.25, 1.0, -1.0], [1.0, 1.0, 1.0]]> : tensor<4x3xf32>
  %b = arith.constant dense<[0.5, 1.0, -1.0, 0.0]> : tensor<4xf32>
  %v = arith.constant dense<[1.0, 2.0, 0.5, 1.0]> : tensor<4xf32>
  %u = arith.constant dense<[[1.0, 0.5, 0.25, 2.0], [0.5, -0.5, 1.0, -1.0]]> : tensor<2x4xf32>
  // CHECK: mase.unflatten "particles" %{{.*}} : (tensor<?x6xf32>) -> tensor<?x2x3xf32>
  %0 = mase.unflatten "particles" %x : (tensor<?x6xf32>) -> tensor<?x2x3xf32>
  // CHECK: mase.linear "phi" %{{.*}}, %{{.*}}, %{{.*}} precision <{{.*}}> : (tensor<?x2x3xf32>, tensor<4x3xf32>, tensor<4xf32>) -> tensor<?x2x4xf32>
  // INTEGER: mase.int_linear "phi" %{{.*}} as(#mase.fixed<8, 4>), %{{.*}} as(#mase.fixed<8, 4>), %{{.*}} as(#mase.fixed<8, 4>) : (tensor<?x2x3xi8>, tensor<4x3xi8>, tensor<4xi8>) -> tensor<?x2x4xi32>
  %1 = mase.linear "phi" %0, %w, %b precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<8, 4>, bias = #mase.fixed<8, 4>> : (tensor<?x2x3xf32>, tensor<4x3xf32>, tensor<4xf32>) -> tensor<?x2x4xf32>
  // The features of a Linear's result are the last dimension: only then one op
  // goes from its sums to the next codes.
  // CHECK: mase.batch_norm "bn" %{{.*}} epsilon 1.000000e-05 axis 2 : (tensor<?x2x4xf32>
  // INTEGER: mase.requantize ["bn", "relu"] %{{.*}} frac 8 affine %{{.*}}, %{{.*}} relu to(#mase.fixed<8, 4, unsigned>) : (tensor<?x2x4xi32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x2x4xi8>
  %2 = mase.batch_norm "bn" %1, %v, %b, %b, %v epsilon 1.0e-5 axis 2 : (tensor<?x2x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x2x4xf32>
  %3 = mase.relu "relu" %2 : tensor<?x2x4xf32>
  // CHECK: mase.reduce_sum "sum" %{{.*}} precision <data_in = #mase.fixed<8, 4, unsigned>> : (tensor<?x2x4xf32>) -> tensor<?x4xf32>
  // INTEGER: mase.int_reduce "sum" %{{.*}} as(#mase.fixed<8, 4, unsigned>) : (tensor<?x2x4xi8>) -> tensor<?x4xi32>
  // INTEGER: mase.requantize [] %{{.*}} frac 4 to(#mase.fixed<8, 3>)
  %4 = mase.reduce_sum "sum" %3 precision <data_in = #mase.fixed<8, 4, unsigned>> : (tensor<?x2x4xf32>) -> tensor<?x4xf32>
  // INTEGER: mase.int_linear "rho"
  %5 = mase.linear "rho" %4, %u precision <data_in = #mase.fixed<8, 3>, weight = #mase.fixed<8, 4>> : (tensor<?x4xf32>, tensor<2x4xf32>) -> tensor<?x2xf32>
  // CHECK: mase.reduce_mean "mean" %{{.*}} : (tensor<?x2x4xf32>) -> tensor<?x4xf32>
  // INTEGER: mase.reduce_mean "mean" %{{.*}} : (tensor<?x2x4xf32>) -> tensor<?x4xf32>
  %6 = mase.reduce_mean "mean" %3 : (tensor<?x2x4xf32>) -> tensor<?x4xf32>
  // A mean of codes is a sum whose scale is divided.
  // INTEGER: mase.int_reduce "mean8"
  // INTEGER: mase.dequantize %{{.*}} frac 5 : tensor<?x4xi32>
  %7 = mase.reduce_mean "mean8" %3 precision <data_in = #mase.fixed<8, 4>> : (tensor<?x2x4xf32>) -> tensor<?x4xf32>
  // CHECK: mase.concat "join" %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x4xf32>, tensor<?x2xf32>, tensor<?x4xf32>) -> tensor<?x10xf32>
  %8 = mase.concat "join" %6, %5, %7 : (tensor<?x4xf32>, tensor<?x2xf32>, tensor<?x4xf32>) -> tensor<?x10xf32>
  // CHECK: mase.slice "part" %{{.*}} from 3 to 5 : (tensor<?x10xf32>) -> tensor<?x2xf32>
  %9 = mase.slice "part" %8 from 3 to 5 : (tensor<?x10xf32>) -> tensor<?x2xf32>
  // CHECK: mase.transpose "turn" %{{.*}} : (tensor<?x2x4xf32>) -> tensor<?x4x2xf32>
  %10 = mase.transpose "turn" %3 : (tensor<?x2x4xf32>) -> tensor<?x4x2xf32>
  // CHECK: mase.softmax "softmax" %{{.*}} : tensor<?x4x2xf32>
  %11 = mase.softmax "softmax" %10 : tensor<?x4x2xf32>
  %12 = mase.reduce_sum "sum_2" %11 : (tensor<?x4x2xf32>) -> tensor<?x2xf32>
  %13 = mase.add "add" %9, %12 : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  return %13 : tensor<?x2xf32>
}

// Slices of the features keep the integers, slices of the particles don't.
// INTEGER-LABEL: func.func @slices
func.func @slices(%x: tensor<?x2x3xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<[[0.5, 0.25, 1.0], [-0.5, 0.125, 1.5], [0.25, 1.0, -1.0]]> : tensor<3x3xf32>
  // INTEGER: mase.int_linear "features"
  %0 = mase.linear "features" %x, %w precision <data_in = #mase.format<integer, width = 8, frac_width = [4, 3, 2], axis = 2>, weight = #mase.fixed<8, 4>> : (tensor<?x2x3xf32>, tensor<3x3xf32>) -> tensor<?x2x3xf32>
  // INTEGER: mase.linear "particles"
  %1 = mase.linear "particles" %0, %w precision <data_in = #mase.format<integer, width = 8, frac_width = [4, 3], axis = 1>, weight = #mase.fixed<8, 4>> : (tensor<?x2x3xf32>, tensor<3x3xf32>) -> tensor<?x2x3xf32>
  // INTEGER: mase.int_reduce "sum"
  // INTEGER: mase.dequantize %{{.*}} frac [4, 3, 2] axis 1
  %2 = mase.reduce_sum "sum" %1 precision <data_in = #mase.format<integer, width = 8, frac_width = [4, 3, 2], axis = -1>> : (tensor<?x2x3xf32>) -> tensor<?x3xf32>
  // INTEGER: mase.reduce_mean "mean"
  %3 = mase.reduce_mean "mean" %1 precision <data_in = #mase.format<integer, width = 8, frac_width = [4, 3], axis = 1>> : (tensor<?x2x3xf32>) -> tensor<?x3xf32>
  %4 = mase.add "add" %2, %3 : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  return %4 : tensor<?x3xf32>
}
