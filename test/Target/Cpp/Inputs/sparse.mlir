// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Features of the input with steps of their own, whose codes are shifted to one
// grid, and weights of which most words are zero.
func.func @net(%x: tensor<?x6xf32>) -> tensor<?x5xf32> {
  %q = mase.quantize %x to(#mase.format<integer, width = [4, 6, 3, 7, 5, 4], frac_width = [2, 5, 4, 5, 4, 3], axis = -1>) : tensor<?x6xf32> -> tensor<?x6xi7>
  %w = arith.constant dense<[[100, 0, 0, 0, 0, 0], [0, 0, 0, 0, 90, 7], [0, -3, 0, 1, 0, 0], [0, 0, 0, 0, 0, 0], [0, 0, -63, 0, 0, -80]]> : tensor<5x6xi8>
  %b = arith.constant dense<[5, -6, 7, -8, 9]> : tensor<5xi8>
  %a = mase.int_linear "fc" %q as(#mase.format<integer, width = [4, 6, 3, 7, 5, 4], frac_width = [2, 5, 4, 5, 4, 3], axis = -1>), %w as(#mase.fixed<8, 7>), %b as(#mase.fixed<8, 12>) : (tensor<?x6xi7>, tensor<5x6xi8>, tensor<5xi8>) -> tensor<?x5xi32>
  %y = mase.dequantize %a frac 12 : tensor<?x5xi32> -> tensor<?x5xf32>
  return %y : tensor<?x5xf32>
}
