// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Of the first matmul's three units one is always 0 and one repeats the first:
// the second has one that counts, too.
// What the linear gives is read twice.
func.func @net(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w1 = arith.constant dense<[[0.5, 0.5, 0.0], [-1.0, -1.0, 0.0], [0.25, 0.25, 0.0], [2.0, 2.0, 0.0]]> : tensor<4x3xf32>
  %0 = mase.matmul "fc1" %x, %w1 : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %1 = mase.tanh "tanh" %0 : tensor<?x3xf32>
  %w2 = arith.constant dense<[[1.0, 0.5], [0.5, -2.0], [0.3, 0.2]]> : tensor<3x2xf32>
  %2 = mase.matmul "fc2" %1, %w2 : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
  %w3 = arith.constant dense<[[1.0, 0.5], [0.0, 1.0]]> : tensor<2x2xf32>
  %b3 = arith.constant dense<0.0> : tensor<2xf32>
  %3 = mase.linear "twice" %2, %w3, %b3 : (tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %4 = mase.relu "relu" %3 : tensor<?x2xf32>
  %5 = mase.add "sum" %3, %4 : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %w4 = arith.constant dense<[[1.0, 0.5], [0.5, -1.0], [0.3, 0.2]]> : tensor<3x2xf32>
  %6 = mase.linear "last" %5, %w4 : (tensor<?x2xf32>, tensor<3x2xf32>) -> tensor<?x3xf32>
  return %6 : tensor<?x3xf32>
}
