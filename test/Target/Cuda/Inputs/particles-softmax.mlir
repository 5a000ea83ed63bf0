// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @net(%x: tensor<?x2x4xf32>) -> tensor<?x2x4xf32> {
  %0 = mase.softmax "each" %x : tensor<?x2x4xf32>
  return %0 : tensor<?x2x4xf32>
}
