// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Answers of thousands of nats.
func.func @main(%x: tensor<?x1xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[30000.0], [-30000.0]]> : tensor<2x1xf32>
  %b = arith.constant dense<0.0> : tensor<2xf32>
  %0 = mase.linear "fc" %x, %w, %b : (tensor<?x1xf32>, tensor<2x1xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
