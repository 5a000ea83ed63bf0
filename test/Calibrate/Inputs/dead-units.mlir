// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Of fc1's five units the second is not read, the third is always -1 before the
// ReLU, the fourth always 0.5; of fc2's three the second is not read.
func.func @net(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w1 = arith.constant dense<[[0.5, 1.5], [1.0, 1.0], [0.0, 0.0], [0.0, 0.01], [-1.0, 0.25]]> : tensor<5x2xf32>
  %b1 = arith.constant dense<[0.0, 0.0, -1.0, 0.5, 1.0]> : tensor<5xf32>
  %0 = mase.linear "fc1" %x, %w1, %b1 precision <data_in = #mase.fixed<8, 4>, weight = #mase.format<integer, width = 8, frac_width = [4, 4, 5, 3, 4], axis = 0>, bias = #mase.fixed<8, 4>> : (tensor<?x2xf32>, tensor<5x2xf32>, tensor<5xf32>) -> tensor<?x5xf32>
  %1 = mase.relu "relu" %0 : tensor<?x5xf32>
  %w2 = arith.constant dense<[[1.0, 0.0, 2.0, 0.5, 0.5], [0.5, 0.0, 1.0, 0.5, 2.0], [1.5, 0.0, 1.0, -0.25, 1.0]]> : tensor<3x5xf32>
  %b2 = arith.constant dense<[1.25, 0.0, 0.0]> : tensor<3xf32>
  %2 = mase.linear "fc2" %1, %w2, %b2 precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<8, 4>, bias = #mase.fixed<8, 4>> : (tensor<?x5xf32>, tensor<3x5xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %w3 = arith.constant dense<[[0.5, 1.0], [0.0, 0.0], [1.0, -1.0]]> : tensor<3x2xf32>
  %3 = mase.matmul "fc3" %2, %w3 precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<8, 4>> : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}
