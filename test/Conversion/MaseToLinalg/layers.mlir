// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --convert-mase-to-linalg on layers that compute in binary32.
// RUN: mase-opt %s --convert-mase-to-linalg --split-input-file | FileCheck %s

// The chain of fma begins with the bias and keeps the order of the inputs.
// CHECK-LABEL: func.func @linear(
// CHECK: %[[W:.*]] = arith.constant dense<{{\[}}[1.000000e+00, 3.000000e+00], [2.000000e+00, 4.000000e+00]]> : tensor<2x2xf32>
// CHECK: %[[INIT:.*]] = linalg.generic {{.*}} ins(%[[B:.*]] : tensor<2xf32>)
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction", "parallel"]} ins(%arg0, %[[W]] : {{.*}}) outs(%[[INIT]] : tensor<?x2xf32>)
// CHECK: ^bb0(%[[X:.*]]: f32, %[[V:.*]]: f32, %[[ACC:.*]]: f32):
// CHECK: math.fma %[[X]], %[[V]], %[[ACC]] : f32
func.func @linear(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<[5.0, 6.0]> : tensor<2xf32>
  %0 = mase.linear "fc" %x, %w, %b : (tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// CHECK-LABEL: func.func @linear_without_bias(
// CHECK: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: linalg.fill ins(%[[ZERO]] : f32)
// CHECK: math.fma
func.func @linear_without_bias(%x: tensor<?x2xf32>, %w: tensor<3x2xf32>) -> tensor<?x3xf32> {
  %0 = mase.linear "fc" %x, %w : (tensor<?x2xf32>, tensor<3x2xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// -----

// The weight is [in, out] already.
// CHECK-LABEL: func.func @matmul(
// CHECK: linalg.generic {{.*}} ins(%arg0, %arg1 : tensor<?x2xf32>, tensor<2x3xf32>)
func.func @matmul(%x: tensor<?x2xf32>, %w: tensor<2x3xf32>) -> tensor<?x3xf32> {
  %0 = mase.matmul "mm" %x, %w : (tensor<?x2xf32>, tensor<2x3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// -----

// CHECK-LABEL: func.func @batch_norm(
// CHECK-DAG: arith.constant dense<2.000000e+00> : tensor<1xf32>
// CHECK-DAG: arith.constant dense<-4.000000e+00> : tensor<1xf32>
// CHECK: math.fma
func.func @batch_norm(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %g = arith.constant dense<4.0> : tensor<1xf32>
  %b = arith.constant dense<2.0> : tensor<1xf32>
  %m = arith.constant dense<3.0> : tensor<1xf32>
  %v = arith.constant dense<3.0> : tensor<1xf32>
  %0 = mase.batch_norm "bn" %x, %g, %b, %m, %v epsilon 1.0
    : (tensor<?x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

// -----

// Greater than zero, else +0: NaN and -0 become +0.
// CHECK-LABEL: func.func @relu(
// CHECK: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[C:.*]] = arith.cmpf ogt, %[[X:.*]], %[[ZERO]] : f32
// CHECK: arith.select %[[C]], %[[X]], %[[ZERO]] : f32
func.func @relu(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = mase.relu "r" %x : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// CHECK-LABEL: func.func @leaky_relu(
// CHECK: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[C:.*]] = arith.cmpf ogt, %[[X:.*]], %[[ZERO]] : f32
// CHECK: %[[ALPHA:.*]] = arith.constant 1.250000e-01 : f32
// CHECK: %[[M:.*]] = arith.mulf %[[X]], %[[ALPHA]] : f32
// CHECK: arith.select %[[C]], %[[X]], %[[M]] : f32
func.func @leaky_relu(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = mase.leaky_relu "r" %x alpha 0.125 : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// A row stands for every sample.
// CHECK-DAG: #[[$ROW:.*]] = affine_map<(d0, d1) -> (0, d1)>
// CHECK-DAG: #[[$ALL:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func.func @elementwise(
// CHECK: indexing_maps = [#[[$ROW]], #[[$ALL]], #[[$ALL]]]
// CHECK: arith.subf
// CHECK: indexing_maps = [#[[$ALL]], #[[$ALL]], #[[$ALL]]]
// CHECK: arith.addf
// CHECK: arith.mulf
func.func @elementwise(%x: tensor<?x2xf32>, %row: tensor<1x2xf32>) -> tensor<?x2xf32> {
  %0 = mase.sub "s" %row, %x : (tensor<1x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %1 = mase.add "a" %0, %x : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %2 = mase.mul "m" %1, %x : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}

// -----

// CHECK-LABEL: func.func @flatten(
// CHECK: tensor.collapse_shape %arg0 {{\[}}[0], [1, 2, 3]] : tensor<?x2x3x4xf32> into tensor<?x24xf32>
func.func @flatten(%x: tensor<?x2x3x4xf32>) -> tensor<?x24xf32> {
  %0 = mase.flatten "f" %x : (tensor<?x2x3x4xf32>) -> tensor<?x24xf32>
  return %0 : tensor<?x24xf32>
}

// -----

// CHECK-LABEL: func.func @flatten_matrix(
// CHECK-NEXT: return %arg0
func.func @flatten_matrix(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = mase.flatten "f" %x : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// Maximum, exponentials, their sum in order of index, quotients.
// CHECK-LABEL: func.func private @mase_exp_f32(f32) -> f32
// CHECK-LABEL: func.func @softmax(
// CHECK: arith.constant 0xFF800000 : f32
// CHECK: iterator_types = ["parallel", "reduction"]
// CHECK: arith.cmpf ogt
// CHECK: iterator_types = ["parallel", "parallel"]
// CHECK: %[[D:.*]] = arith.subf
// CHECK: call @mase_exp_f32(%[[D]]) : (f32) -> f32
// CHECK: iterator_types = ["parallel", "reduction"]
// CHECK: arith.addf
// CHECK: iterator_types = ["parallel", "parallel"]
// CHECK: arith.divf
func.func @softmax(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = mase.softmax "s" %x : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// The same, and the logarithm of each sample's sum once.
// CHECK: func.func private @mase_log_f32(f32) -> f32
// CHECK: func.func private @mase_exp_f32(f32) -> f32
// CHECK-LABEL: func.func @log_softmax(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>)
// CHECK: %[[MAX:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]
// CHECK: arith.cmpf ogt
// CHECK: %[[D:.*]] = arith.subf
// CHECK: call @mase_exp_f32(%[[D]]) : (f32) -> f32
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]
// CHECK: arith.addf
// CHECK: %[[LOG:.*]] = linalg.generic {{.*}} iterator_types = ["parallel"]} ins(%[[SUM]] : tensor<?xf32>)
// CHECK: call @mase_log_f32
// CHECK: linalg.generic {{.*}} ins(%[[X]], %[[MAX]], %[[LOG]] :
// CHECK: %[[D2:.*]] = arith.subf
// CHECK-NEXT: arith.subf %[[D2]], %
func.func @log_softmax(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = mase.log_softmax "s" %x : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// One call an element, whatever the rank.
// CHECK: func.func private @mase_sigmoid_f32(f32) -> f32
// CHECK-NOT: mase_exp_f32
// CHECK-LABEL: func.func @sigmoid(
// CHECK: iterator_types = ["parallel", "parallel", "parallel"]
// CHECK: call @mase_sigmoid_f32
func.func @sigmoid(%x: tensor<?x2x3xf32>) -> tensor<?x2x3xf32> {
  %0 = mase.sigmoid "s" %x : tensor<?x2x3xf32>
  return %0 : tensor<?x2x3xf32>
}

// -----

// Choices for --mase-quantize have nothing to say any more.
// CHECK-NOT: mase.configuration
mase.configuration @trial_1 layers {}
