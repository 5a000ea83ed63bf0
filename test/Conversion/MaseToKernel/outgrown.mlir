// Weights that fit bytes by themselves, and don't with their zero point.
// RUN: not mase-opt %s --convert-mase-to-kernel=kernel=dp4a 2>&1 | FileCheck %s

// CHECK: layer 'fc' has no kernel: the kernel 'dp4a' was asked for, which takes codes of at most 8 bits and sums of at most 32; found data of 8, weights of 8 and sums of 16 bits, and weights that outgrow a byte where their zero points and shifts are in them
func.func @net(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %q = mase.quantize %x to(#mase.fixed<8, 2>) : tensor<?x1xf32> -> tensor<?x1xi8>
  %w = arith.constant dense<-100> : tensor<1x1xi8>
  %a = mase.int_linear "fc" %q as(#mase.fixed<8, 2>), %w as(#mase.format<integer, width = 8, frac_width = 2, zero_point = 100>) : (tensor<?x1xi8>, tensor<1x1xi8>) -> tensor<?x1xi32>
  %y = mase.dequantize %a frac 4 : tensor<?x1xi32> -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}
