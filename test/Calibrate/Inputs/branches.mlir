// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @main(%x: tensor<?x16xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<0.5> : tensor<2x32xf32>
  %0 = mase.tanh "tanh" %x : tensor<?x16xf32>
  %1 = mase.concat "join" %x, %0 : (tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x32xf32>
  %2 = mase.linear "fc" %1, %w : (tensor<?x32xf32>, tensor<2x32xf32>) -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}
