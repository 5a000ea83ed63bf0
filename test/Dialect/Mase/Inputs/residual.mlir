// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A value that is read twice, and again after the layer that reads it first.
func.func @main(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %w = arith.constant dense<0.5> : tensor<4x4xf32>
  %0 = mase.relu "act_0" %x : tensor<?x4xf32>
  %1 = mase.linear "fc_1" %0, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %2 = mase.add "add_2" %1, %0 : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %2 : tensor<?x4xf32>
}
