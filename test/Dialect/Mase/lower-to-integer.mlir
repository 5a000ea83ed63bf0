// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-lower-to-integer: the integer level of each layer, with and without
// the fusion to requantize.
// fusion to requantize. (--canonicalize only moves the constants up.)
// RUN: mase-opt %s --mase-lower-to-integer=fuse-requantize=true --canonicalize | FileCheck %s
// RUN: mase-opt %s --mase-lower-to-integer=fuse-requantize=false --canonicalize | FileCheck %s --check-prefix=PLAIN

// CHECK-LABEL: func.func @chain
// PLAIN-LABEL: func.func @chain
func.func @chain(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK-DAG: %[[W:.*]] = arith.constant dense<{{\[}}[4, 7], [-8, 1]]> : tensor<2x2xi4>
  // CHECK-DAG: %[[B:.*]] = arith.constant dense<[8, -5]> : tensor<2xi8>
  // CHECK-DAG: %[[S:.*]] = arith.constant dense<[1.000000e+00, 5.000000e-01]> : tensor<2xf32>
  // CHECK-DAG: %[[T:.*]] = arith.constant dense<[-1.000000e+00, 1.000000e+00]> : tensor<2xf32>
  // CHECK-DAG: %[[Q:.*]] = mase.quantize %arg0 to(#mase.fixed<8, 4>) : tensor<?x2xf32> -> tensor<?x2xi8>
  // CHECK: %[[A:.*]] = mase.int_linear "fc_0" %[[Q]] as(#mase.fixed<8, 4>), %[[W]] as(#mase.fixed<4, 2>), %[[B]] as(#mase.fixed<8, 4>) : {{.*}} -> tensor<?x2xi32>
  // CHECK: %[[R:.*]] = mase.requantize ["bn_1", "act_2"] %[[A]] frac 6 affine %[[S]], %[[T]] relu to(#mase.fixed<4, 2>) : {{.*}} -> tensor<?x2xi4>
  // CHECK: %[[C:.*]] = mase.int_linear "fc_3" %[[R]] as(#mase.fixed<4, 2>), %{{.*}} as(#mase.fixed<4, 2>) : {{.*}} -> tensor<?x2xi32>
  // CHECK: %[[Y:.*]] = mase.dequantize %[[C]] frac 4 : tensor<?x2xi32> -> tensor<?x2xf32>
  // CHECK: return %[[Y]]
  // PLAIN: mase.int_linear "fc_0"
  // PLAIN: mase.dequantize %{{.*}} frac 6
  // PLAIN: mase.affine "bn_1"
  // PLAIN: mase.relu "act_2"
  // PLAIN: mase.quantize %{{.*}} to(#mase.fixed<4, 2>)
  // PLAIN: mase.int_linear "fc_3"
  // PLAIN-NOT: mase.requantize
  %w = arith.constant dense<[[1.0, 2.0], [-3.0, 0.3]]> : tensor<2x2xf32>
  %b = arith.constant dense<[0.5, -0.3]> : tensor<2xf32>
  %gamma = arith.constant dense<[1.0, 1.0]> : tensor<2xf32>
  %beta = arith.constant dense<[0.0, 0.0]> : tensor<2xf32>
  %mean = arith.constant dense<[1.0, -2.0]> : tensor<2xf32>
  %var = arith.constant dense<[1.0, 4.0]> : tensor<2xf32>
  %0 = mase.linear "fc_0" %x, %w, %b precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>, bias = #mase.fixed<8, 4>> : (tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %1 = mase.batch_norm "bn_1" %0, %gamma, %beta, %mean, %var epsilon 0.0 : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %2 = mase.relu "act_2" %1 : tensor<?x2xf32>
  %3 = mase.linear "fc_3" %2, %w precision <data_in = #mase.fixed<4, 2>, weight = #mase.fixed<4, 2>> : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}

// 16-bit codes with a bias of more fraction bits: 64-bit sums.
// CHECK-LABEL: func.func @wide
func.func @wide(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  // CHECK: mase.int_linear "fc" {{.*}} -> tensor<?x1xi64>
  // CHECK: mase.dequantize %{{.*}} frac 16
  %w = arith.constant dense<1.0> : tensor<1x2xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  %0 = mase.linear "fc" %x, %w, %b precision <data_in = #mase.fixed<16, 4>, weight = #mase.fixed<16, 4>, bias = #mase.fixed<16, 16>> : (tensor<?x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

// A matmul becomes an int_linear with its weight turned.
// CHECK-LABEL: func.func @matmul
func.func @matmul(%x: tensor<?x2xf32>) -> tensor<?x3xf32> {
  // CHECK: arith.constant dense<{{\[}}[4, -4], [7, 0], [2, 1]]> : tensor<3x2xi4>
  // CHECK: mase.int_linear "mm"
  %w = arith.constant dense<[[1.0, 2.0, 0.5], [-1.0, 0.0, 0.25]]> : tensor<2x3xf32>
  %0 = mase.matmul "mm" %x, %w precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>> : (tensor<?x2xf32>, tensor<2x3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// Only the weight has a format: binary32 on rounded weights.
// CHECK-LABEL: func.func @float_operand
func.func @float_operand(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  // CHECK: arith.constant dense<{{\[}}[1.000000e+00, 2.500000e-01]]> : tensor<1x2xf32>
  // CHECK: mase.linear "fc" %arg0, %{{.*}} : (
  // CHECK-NOT: precision
  %w = arith.constant dense<[[0.9, 0.3]]> : tensor<1x2xf32>
  %0 = mase.linear "fc" %x, %w precision <weight = #mase.fixed<4, 2>> : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

// CHECK-LABEL: func.func @elementwise
func.func @elementwise(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK-DAG: %[[C:.*]] = arith.constant dense<{{\[}}[5.000000e-01, -2.500000e-01]]> : tensor<1x2xf32>
  // CHECK-DAG: %[[Q:.*]] = mase.quantize %arg0 to(#mase.fixed<8, 4, unsigned>)
  // CHECK-DAG: %[[R:.*]] = mase.dequantize %[[Q]] frac 4 unsigned
  // CHECK-DAG: %[[P:.*]] = mase.quantize %[[R]] to(#mase.fixed<4, 2>)
  // CHECK-DAG: %[[D:.*]] = mase.dequantize %[[P]] frac 2
  // CHECK: %[[M:.*]] = mase.mul "m" %[[D]], %[[C]] : (
  // CHECK: %[[O:.*]] = mase.quantize %[[M]] to(#mase.fixed<6, 3>)
  // CHECK: mase.dequantize %[[O]] frac 3
  %c = arith.constant dense<[[0.4, -0.3]]> : tensor<1x2xf32>
  %0 = mase.relu "r" %x precision <data_in = #mase.fixed<8, 4, unsigned>> : tensor<?x2xf32>
  %1 = mase.mul "m" %0, %c precision <data_in = #mase.fixed<4, 2>, data_out = #mase.fixed<6, 3>> : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

// What computes in binary32 whatever its formats are does so on rounded values.
// CHECK-LABEL: func.func @leaky_relu
func.func @leaky_relu(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK: %[[Q:.*]] = mase.quantize %arg0 to(#mase.fixed<8, 4>) of "r"
  // CHECK: %[[D:.*]] = mase.dequantize %[[Q]] frac 4
  // CHECK: %[[Y:.*]] = mase.leaky_relu "r" %[[D]] alpha 1.000000e-01 : tensor<?x2xf32>
  // CHECK: %[[O:.*]] = mase.quantize %[[Y]] to(#mase.fixed<6, 3>) result of "r"
  // CHECK: mase.dequantize %[[O]] frac 3
  %0 = mase.leaky_relu "r" %x alpha 0.1 precision <data_in = #mase.fixed<8, 4>, data_out = #mase.fixed<6, 3>> : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
