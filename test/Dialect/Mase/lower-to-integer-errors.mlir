// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: mase-opt %s --split-input-file --verify-diagnostics --mase-lower-to-integer

func.func @weight(%x: tensor<?x2xf32>, %w: tensor<1x2xf32>) -> tensor<?x1xf32> {
  // expected-error @+1 {{layer 'fc': expected a constant weight, found an argument or a computed value}}
  %0 = mase.linear "fc" %x, %w precision <weight = #mase.fixed<4, 2>> : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

// -----

func.func @bias(%x: tensor<?x2xf32>, %b: tensor<1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<1.0> : tensor<1x2xf32>
  // expected-error @+1 {{layer 'fc': expected a constant bias, found an argument or a computed value}}
  %0 = mase.linear "fc" %x, %w, %b precision <weight = #mase.fixed<4, 2>> : (tensor<?x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

// -----

func.func @norm(%x: tensor<?x2xf32>, %p: tensor<2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{layer 'bn': expected a constant parameter, found an argument or a computed value}}
  %0 = mase.batch_norm "bn" %x, %p, %p, %p, %p epsilon 0.0 : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
