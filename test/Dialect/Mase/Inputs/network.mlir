// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A small network for the tests of passes.
func.func @main(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  %w0 = arith.constant dense<[[1.0, 2.0, 0.5, -1.0], [0.5, 0.25, -0.125, 2.0], [0.1, 0.2, 0.3, 0.4]]> : tensor<3x4xf32>
  %b0 = arith.constant dense<[0.5, -0.5, 0.25]> : tensor<3xf32>
  %w1 = arith.constant dense<[[0.0625, -0.0625, 0.03125], [0.0, 0.0625, -0.0625]]> : tensor<2x3xf32>
  %gamma = arith.constant dense<[2.0, 1.0, -1.0]> : tensor<3xf32>
  %beta = arith.constant dense<[0.5, 0.0, 1.0]> : tensor<3xf32>
  %mean = arith.constant dense<[1.0, -1.0, 0.0]> : tensor<3xf32>
  %var = arith.constant dense<[4.0, 1.0, 0.25]> : tensor<3xf32>
  %0 = mase.relu "act_0" %x : tensor<?x4xf32>
  %1 = mase.linear "fc_1" %0, %w0, %b0 : (tensor<?x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %2 = mase.batch_norm "bn_2" %1, %gamma, %beta, %mean, %var epsilon 0.0 : (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %3 = mase.relu "act_3" %2 : tensor<?x3xf32>
  %4 = mase.linear "fc_4" %3, %w1 : (tensor<?x3xf32>, tensor<2x3xf32>) -> tensor<?x2xf32>
  return %4 : tensor<?x2xf32>
}

mase.configuration @trial_2 layers {fc_4 = #mase.precision<data_in = #mase.fixed<4, 2>, weight = #mase.fixed<8, 6>>}
