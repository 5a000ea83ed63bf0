// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Channels that are constant are named at the layer that makes them so, whatever
// the constant is; weights and biases that are clamped are named, too.
// RUN: %python %S/Inputs/statistics.py data %t.npy
// RUN: mase-opt %s --mase-report="data=%t.npy output=/dev/null" -o /dev/null 2>&1 | FileCheck %s --implicit-check-not=warning:
// RUN: mase-opt %s --mase-profile=data=%t.npy --mase-report=output=/dev/null -o /dev/null 2>&1 | FileCheck %s --implicit-check-not=warning:
// RUN: mase-opt %s --mase-lower-to-integer --mase-report="data=%t.npy output=/dev/null" -o /dev/null 2>&1 | FileCheck %s --check-prefix=INTEGER --implicit-check-not=warning:

// CHECK: warning: 3 of 4 biases (75.0 %) of layer 'fc' saturate in #mase.fixed<4, 2>: they go from -4.00 to 5.00
// CHECK: warning: 1 of 4 weights (25.0 %) of layer 'out' saturates in #mase.fixed<4, 2>: they go from 0.50 to 3.00
// CHECK: warning: 1 of 1 bias (100.0 %) of layer 'out' saturates in #mase.fixed<4, 2>
// CHECK: warning: 2 of 4 channels of layer 'fc' (linear) are dead: the same for all 3000 samples (1, 2)
// CHECK: warning: 1 of 4 channels of layer 'norm' (batch_norm) is dead: 0 for all 3000 samples (0)
// INTEGER: warning: 2 of 4 channels of layer 'fc' (int_linear) are dead: the same for all 3000 samples (1, 2)
// INTEGER: warning: 1 of 4 channels of layer 'norm' (affine) is dead: 0 for all 3000 samples (0)

func.func @main(%x: tensor<?x3xf32>) -> tensor<?x1xf32> {
  // The second row rounds to zeros, the third is zeros.
  %w = arith.constant dense<[[1.0, -0.5, 0.25], [0.1, 0.1, -0.1], [0.0, 0.0, 0.0], [0.25, 0.5, 1.0]]> : tensor<4x3xf32>
  %b = arith.constant dense<[-4.0, 5.0, 5.0, 0.0]> : tensor<4xf32>
  %v = arith.constant dense<[[0.5, 1.0, 1.0, 3.0]]> : tensor<1x4xf32>
  %scale = arith.constant dense<[0.0, 1.0, 1.0, 1.0]> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %c = arith.constant dense<2.0> : tensor<1xf32>
  %0 = mase.linear "fc" %x, %w, %b precision <data_in = #mase.fixed<16, 8>, weight = #mase.fixed<4, 2>, bias = #mase.fixed<4, 2>> : (tensor<?x3xf32>, tensor<4x3xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %1 = mase.batch_norm "norm" %0, %scale, %zero, %zero, %one epsilon 1.0e-5 : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %2 = mase.relu "act" %1 : tensor<?x4xf32>
  %3 = mase.linear "out" %2, %v, %c precision <data_in = #mase.fixed<16, 8>, weight = #mase.fixed<4, 2>, bias = #mase.fixed<4, 2>> : (tensor<?x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<?x1xf32>
  return %3 : tensor<?x1xf32>
}
