// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @net(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<[[0.5, -0.5]]> : tensor<1x2xf32>
  %0 = mase.leaky_relu "rounds" %x alpha 1.0 precision <data_in = #mase.fixed<8, 4>> : tensor<?x2xf32>
  %1 = mase.softmax "soft" %0 : tensor<?x2xf32>
  %2 = mase.matmul "product" %1, %w : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %3 = mase.add "sum" %2, %b : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x2xf32>
  %4 = mase.clip "six" %3 from 0.0 to 6.0 precision <data_in = #mase.fixed<8, 4, unsigned>> : tensor<?x2xf32>
  %5 = mase.clip "below" %4 from 0xFF800000 to 2.0 : tensor<?x2xf32>
  %6 = mase.tanh "tanh" %5 : tensor<?x2xf32>
  %7 = mase.div "ratio" %6, %b : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x2xf32>
  return %7 : tensor<?x2xf32>
}
