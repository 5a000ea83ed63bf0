// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-fold-batch-norm: into the Linear before, into the Linear after, and
// not into one that has a precision unless told to.
// RUN: mase-opt %s --mase-fold-batch-norm=force=false | FileCheck %s --check-prefixes=CHECK,KEEP
// RUN: mase-opt %s --mase-fold-batch-norm=force=true | FileCheck %s --check-prefixes=CHECK,FORCE

// s = 2 / sqrt(4) = 1, 3; t = 0.5 - 1 * 1 = -0.5, 1 - 2 * 3 = -5.
// CHECK-LABEL: func.func @producer
func.func @producer(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK-DAG: %[[W:.*]] = arith.constant dense<{{\[}}[1.000000e+00, 2.000000e+00], [9.000000e+00, 1.200000e+01]]> : tensor<2x2xf32>
  // CHECK-DAG: %[[B:.*]] = arith.constant dense<[-2.500000e-01, -3.500000e+00]> : tensor<2xf32>
  // CHECK: %[[Y:.*]] = mase.linear "fc" %{{.*}}, %[[W]], %[[B]] : (
  // CHECK-NEXT: return %[[Y]]
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<[0.25, 0.5]> : tensor<2xf32>
  %gamma = arith.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %beta = arith.constant dense<[0.5, 1.0]> : tensor<2xf32>
  %mean = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %var = arith.constant dense<[4.0, 1.0]> : tensor<2xf32>
  %0 = mase.linear "fc" %x, %w, %b : (tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %1 = mase.batch_norm "bn" %0, %gamma, %beta, %mean, %var epsilon 0.0 : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// Columns are scaled, and a Linear without bias gets one.
// CHECK-LABEL: func.func @consumer
func.func @consumer(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK-DAG: %[[W:.*]] = arith.constant dense<{{\[}}[1.000000e+00, 6.000000e+00], [3.000000e+00, 1.200000e+01]]> : tensor<2x2xf32>
  // CHECK-DAG: %[[B:.*]] = arith.constant dense<[-1.050000e+01, -2.150000e+01]> : tensor<2xf32>
  // CHECK: %[[Y:.*]] = mase.linear "fc" %{{.*}}, %[[W]], %[[B]] : (
  // CHECK-NEXT: return %[[Y]]
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %gamma = arith.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %beta = arith.constant dense<[0.5, 1.0]> : tensor<2xf32>
  %mean = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %var = arith.constant dense<[4.0, 1.0]> : tensor<2xf32>
  %0 = mase.batch_norm "bn" %x, %gamma, %beta, %mean, %var epsilon 0.0 : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %1 = mase.linear "fc" %0, %w : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// CHECK-LABEL: func.func @quantised
func.func @quantised(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  // KEEP: mase.linear "fc" {{.*}} precision <weight = #mase.fixed<8, 4>>
  // KEEP: mase.batch_norm "bn"
  // FORCE: arith.constant dense<5.000000e-01>
  // FORCE: mase.linear "fc" {{.*}} precision <weight = #mase.fixed<8, 4>>
  // FORCE-NOT: mase.batch_norm
  %one = arith.constant dense<1.0> : tensor<1xf32>
  %w = arith.constant dense<1.0> : tensor<1x1xf32>
  %four = arith.constant dense<4.0> : tensor<1xf32>
  %0 = mase.linear "fc" %x, %w precision <weight = #mase.fixed<8, 4>> : (tensor<?x1xf32>, tensor<1x1xf32>) -> tensor<?x1xf32>
  %1 = mase.batch_norm "bn" %0, %one, %one, %one, %four epsilon 0.0 : (tensor<?x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}

// A result that something else reads stays as it is.
// CHECK-LABEL: func.func @shared
func.func @shared(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  // CHECK: mase.batch_norm "bn"
  %one = arith.constant dense<1.0> : tensor<1xf32>
  %w = arith.constant dense<1.0> : tensor<1x1xf32>
  %0 = mase.linear "fc" %x, %w : (tensor<?x1xf32>, tensor<1x1xf32>) -> tensor<?x1xf32>
  %1 = mase.batch_norm "bn" %0, %one, %one, %one, %one epsilon 0.0 : (tensor<?x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<?x1xf32>
  %2 = mase.add "sum" %0, %1 : (tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x1xf32>
  return %2 : tensor<?x1xf32>
}

// Of particles, where the features are the Linear's: the last dimension.
// CHECK-LABEL: func.func @particles
func.func @particles(%x: tensor<?x2x2xf32>) -> tensor<?x2x2xf32> {
  // CHECK: mase.linear "fc"
  // CHECK-NOT: "last"
  // CHECK: mase.batch_norm "first"
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %p = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = mase.linear "fc" %x, %w : (tensor<?x2x2xf32>, tensor<2x2xf32>) -> tensor<?x2x2xf32>
  %1 = mase.batch_norm "last" %0, %p, %p, %p, %p epsilon 0.0 axis 2 : (tensor<?x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x2xf32>
  %2 = mase.batch_norm "first" %1, %p, %p, %p, %p epsilon 0.0 : (tensor<?x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x2xf32>
  return %2 : tensor<?x2x2xf32>
}
