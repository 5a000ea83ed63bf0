// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What code has functions for: tanh, sigmoid, softmax, roundings by definition
// and of more than 22 bits.
func.func @main(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<[[1.5, 0.25, -1.0, 0.5], [-3.0, 1.0, 0.75, 2.0], [0.5, 0.5, 1.0, -1.0]]> : tensor<3x4xf32>
  %0 = mase.tanh "tanh" %x : tensor<?x4xf32>
  %1 = mase.linear "first" %0, %w precision <data_in = #mase.format<integer, width = 8, scale = 0.02, rounding = "ceil">, weight = #mase.fixed<6, 3>>
    : (tensor<?x4xf32>, tensor<3x4xf32>) -> tensor<?x3xf32>
  %2 = mase.sigmoid "sigmoid" %1 : tensor<?x3xf32>
  %v = arith.constant dense<[[1.5, 0.25, -1.0], [-3.0, 1.0, 0.75], [0.5, 0.5, 1.0]]> : tensor<3x3xf32>
  %3 = mase.linear "second" %2, %v precision <data_in = #mase.fixed<28, 20>, weight = #mase.fixed<8, 4>>
    : (tensor<?x3xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  %4 = mase.softmax "softmax" %3 : tensor<?x3xf32>
  return %4 : tensor<?x3xf32>
}
