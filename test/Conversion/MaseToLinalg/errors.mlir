// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What --convert-mase-to-linalg refuses.
// RUN: mase-opt %s --convert-mase-to-linalg --split-input-file --verify-diagnostics

func.func @precision(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{expected layers without precision, found layer 'r' with #mase.precision<data_in = #mase.fixed<8, 4, unsigned>>; run --mase-lower-to-integer first}}
  %0 = mase.relu "r" %x precision <data_in = #mase.fixed<8, 4, unsigned>> : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @not_constant(%x: tensor<?x1xf32>, %p: tensor<1xf32>) -> tensor<?x1xf32> {
  // expected-error @+1 {{expected constant parameters of layer 'bn', found others}}
  %0 = mase.batch_norm "bn" %x, %p, %p, %p, %p epsilon 1.0
    : (tensor<?x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

// -----

// expected-error @+1 {{expected 'mase_exp_f32' to be '(f32) -> f32', the exponential that softmax calls}}
func.func private @mase_exp_f32(f64) -> f64
func.func @softmax(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = mase.softmax "s" %x : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// expected-error @+1 {{expected 'mase_log_f32' to be '(f32) -> f32', the logarithm that log_softmax calls}}
func.func private @mase_log_f32() -> f32
func.func @log_softmax(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = mase.log_softmax "s" %x : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// expected-error @+1 {{expected 'mase_sigmoid_f32' to be '(f32) -> f32', the function that sigmoid calls}}
mase.configuration @mase_sigmoid_f32 layers {}
func.func @sigmoid(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = mase.sigmoid "s" %x : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

func.func @wide(%x: tensor<?x1xi8>, %w: tensor<1x1xi8>) -> tensor<?x1xi80> {
  // expected-error @+1 {{expected integers of at most 64 bits, found 'tensor<?x1xi80>'}}
  %0 = mase.int_linear "fc" %x as(#mase.fixed<8, 4>), %w as(#mase.fixed<8, 2>)
    : (tensor<?x1xi8>, tensor<1x1xi8>) -> tensor<?x1xi80>
  return %0 : tensor<?x1xi80>
}
