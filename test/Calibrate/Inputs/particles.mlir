// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @main(%x: tensor<?x8x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<0.5> : tensor<2x2xf32>
  %0 = mase.linear "phi" %x, %w : (tensor<?x8x2xf32>, tensor<2x2xf32>) -> tensor<?x8x2xf32>
  %1 = mase.reduce_sum "sum" %0 : (tensor<?x8x2xf32>) -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}
