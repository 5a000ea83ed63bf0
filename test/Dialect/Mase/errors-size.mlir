// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A constant of one repeated element is a line of text, whatever its size; what
// takes it refuses it before anything holds its elements.
// RUN: mase-opt %s --split-input-file --verify-diagnostics

func.func @linear(%x: tensor<?x4xf32>) -> tensor<?x1000000000xf32> {
  %w = arith.constant dense<0.5> : tensor<1000000000x4xf32>
  // expected-error @+1 {{expected tensors of at most 67108864 elements, found 'tensor<1000000000x4xf32>' with 4000000000}}
  %0 = mase.linear "fc" %x, %w : (tensor<?x4xf32>, tensor<1000000000x4xf32>) -> tensor<?x1000000000xf32>
  return %0 : tensor<?x1000000000xf32>
}

// -----

func.func @add(%x: tensor<?x67108865xf32>, %y: tensor<?x67108865xf32>) -> tensor<?x67108865xf32> {
  // expected-error @+1 {{expected tensors of at most 67108864 elements}}
  %0 = mase.add "sum" %x, %y : (tensor<?x67108865xf32>, tensor<?x67108865xf32>) -> tensor<?x67108865xf32>
  return %0 : tensor<?x67108865xf32>
}

// -----

// As many as may be.
func.func @most(%x: tensor<?x67108864xf32>) -> tensor<?x67108864xf32> {
  %0 = mase.relu "act" %x : tensor<?x67108864xf32>
  return %0 : tensor<?x67108864xf32>
}
