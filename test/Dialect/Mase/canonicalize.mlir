// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers keep their names and precisions, and equal layers of different names
// stay two, through upstream's clean-ups.
// RUN: mase-opt %s --canonicalize --cse --symbol-dce | FileCheck %s
// RUN: mase-opt %s --inline --canonicalize --cse --symbol-dce | FileCheck %s --check-prefix=INLINE

// CHECK-LABEL: func.func private @block
// INLINE-NOT: @block
func.func private @block(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  // CHECK: mase.linear "inner" {{.*}} precision <data_in = #mase.fixed<8, 4>>
  %0 = mase.linear "inner" %x, %w precision <data_in = #mase.fixed<8, 4>> : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// CHECK-LABEL: func.func @main
// INLINE-LABEL: func.func @main
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %v = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  // CHECK-DAG: mase.linear "left" {{.*}} precision <weight = #mase.fixed<8, 4>>
  %0 = mase.linear "left" %x, %w precision <weight = #mase.fixed<8, 4>> : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  // CHECK-DAG: mase.linear "right" {{.*}} precision <weight = #mase.fixed<8, 4>>
  %1 = mase.linear "right" %x, %v precision <weight = #mase.fixed<8, 4>> : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  // CHECK: mase.add "sum"
  %2 = mase.add "sum" %0, %1 : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  // Rounding twice is not rounding once.
  // CHECK: mase.relu "first" {{.*}} precision <data_in = #mase.fixed<8, 4, unsigned>>
  %3 = mase.relu "first" %2 precision <data_in = #mase.fixed<8, 4, unsigned>> : tensor<?x2xf32>
  // CHECK: mase.relu "second" {{.*}} precision <data_in = #mase.fixed<8, 2, unsigned>>
  %4 = mase.relu "second" %3 precision <data_in = #mase.fixed<8, 2, unsigned>> : tensor<?x2xf32>
  // INLINE: mase.linear "inner" {{.*}} precision <data_in = #mase.fixed<8, 4>>
  %5 = func.call @block(%4) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %5 : tensor<?x2xf32>
}

// Quantise, dequantise and back are not the identity: nothing folds.
// CHECK-LABEL: func.func @integer_level
// CHECK: mase.quantize
// CHECK: mase.dequantize
// CHECK: mase.quantize
// CHECK: mase.dequantize
func.func @integer_level(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = mase.quantize %x to(#mase.fixed<8, 4>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %1 = mase.dequantize %0 frac 4 : tensor<?x2xi8> -> tensor<?x2xf32>
  %2 = mase.quantize %1 to(#mase.fixed<8, 4>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %3 = mase.dequantize %2 frac 4 : tensor<?x2xi8> -> tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}

// The front of a search is public: symbol DCE keeps it.
// CHECK: mase.configuration @trial_3
// INLINE: mase.configuration @trial_3
mase.configuration @trial_3 layers {}
