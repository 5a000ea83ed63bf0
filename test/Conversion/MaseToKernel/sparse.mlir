// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Networks as --mase-shrink leaves them: features with steps of their own on one
// grid, and words of weights that are zero.
// RUN: mase-opt %s --convert-mase-to-kernel=kernel=lanes | FileCheck %s --check-prefixes=CHECK,LANES
// RUN: mase-opt %s --convert-mase-to-kernel | FileCheck %s --check-prefixes=CHECK,THREAD

// Feature 0 has steps eight times those of feature 1: 8 * 100 is no byte, so its
// codes are shifted by three. Feature 1's weight, and feature 2's with its step,
// are bytes.
// CHECK-LABEL: mase_kernel.kernel @one_grid
// CHECK: mase_kernel.quantize [] {{.*}} to #mase.format<integer, width = [4, 6, 3], frac_width = [2, 5, 4], axis = -1> {{.*}} packed bytes shifted [3, 0, 0]
// CHECK: mase_kernel.dot "fc" dp4a %{{.*}} as(#mase.format<integer, width = [7, 6, 3], frac_width = [5, 5, 4], axis = -1>), dense<{{\[\[}}100, 3, 126]]>
func.func @one_grid(%x: tensor<?x3xf32>) -> tensor<?x1xf32> {
  %q = mase.quantize %x to(#mase.format<integer, width = [4, 6, 3], frac_width = [2, 5, 4], axis = -1>) : tensor<?x3xf32> -> tensor<?x3xi6>
  %w = arith.constant dense<[[100, 3, 63]]> : tensor<1x3xi8>
  %a = mase.int_linear "fc" %q as(#mase.format<integer, width = [4, 6, 3], frac_width = [2, 5, 4], axis = -1>), %w as(#mase.fixed<8, 7>) : (tensor<?x3xi6>, tensor<1x3xi8>) -> tensor<?x1xi32>
  %y = mase.dequantize %a frac 12 : tensor<?x1xi32> -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// A shifted code must be a byte: six bits and three are none.
// CHECK-LABEL: mase_kernel.kernel @outgrows
// CHECK-NOT: packed
// CHECK: mase_kernel.dot "fc" mad32
func.func @outgrows(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %q = mase.quantize %x to(#mase.format<integer, width = [6, 6], frac_width = [2, 5], axis = -1>) : tensor<?x2xf32> -> tensor<?x2xi6>
  %w = arith.constant dense<[[100, 3]]> : tensor<1x2xi8>
  %a = mase.int_linear "fc" %q as(#mase.format<integer, width = [6, 6], frac_width = [2, 5], axis = -1>), %w as(#mase.fixed<8, 7>) : (tensor<?x2xi6>, tensor<1x2xi8>) -> tensor<?x1xi32>
  %y = mase.dequantize %a frac 12 : tensor<?x1xi32> -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// The bias is on a grid twice as fine as the products': all codes take that in,
// and no sum is shifted.
// CHECK-LABEL: mase_kernel.kernel @bias
// CHECK: packed bytes shifted [4, 1]
// CHECK: mase_kernel.dot "fc" dp4a %{{.*}} as(#mase.format<integer, width = [8, 7], frac_width = 6, axis = -1>), dense<{{\[\[}}100, 3]]> : {{.*}} init dense<5> : tensor<1xi32> as(#mase.fixed<8, 13>) :
func.func @bias(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %q = mase.quantize %x to(#mase.format<integer, width = [4, 6], frac_width = [2, 5], axis = -1>) : tensor<?x2xf32> -> tensor<?x2xi6>
  %w = arith.constant dense<[[100, 3]]> : tensor<1x2xi8>
  %b = arith.constant dense<[5]> : tensor<1xi8>
  %a = mase.int_linear "fc" %q as(#mase.format<integer, width = [4, 6], frac_width = [2, 5], axis = -1>), %w as(#mase.fixed<8, 7>), %b as(#mase.fixed<8, 13>) : (tensor<?x2xi6>, tensor<1x2xi8>, tensor<1xi8>) -> tensor<?x1xi32>
  %y = mase.dequantize %a frac 13 : tensor<?x1xi32> -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// Two words of eight are zero: six are an eighth fewer. Those of the network's
// inputs stay where they are.
// CHECK-LABEL: mase_kernel.kernel @inputs
// CHECK: mase_kernel.dot "fc" dp4a sparse %{{.*}}, dense<{{\[\[}}1, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0, 0], [0, 1, 0, 0, 1, 0, 0, 0], [0, 0, 2, 0, 0, 3, 0, 0]]>
func.func @inputs(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {
  %q = mase.quantize %x to(#mase.fixed<8, 4>) : tensor<?x8xf32> -> tensor<?x8xi8>
  %w = arith.constant dense<[[1, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0, 0], [0, 1, 0, 0, 1, 0, 0, 0], [0, 0, 2, 0, 0, 3, 0, 0]]> : tensor<4x8xi8>
  %a = mase.int_linear "fc" %q as(#mase.fixed<8, 4>), %w as(#mase.fixed<8, 7>) : (tensor<?x8xi8>, tensor<4x8xi8>) -> tensor<?x4xi32>
  %y = mase.dequantize %a frac 11 : tensor<?x4xi32> -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// Hidden features stand together where the same outputs read them, with all that
// makes them: output 0 reads the even ones, output 1 the odd ones.
// CHECK-LABEL: mase_kernel.kernel @hidden
// CHECK: mase_kernel.dot "first" dp4a %{{.*}}, dense<{{\[\[}}1], [3], [5], [7], [2], [4], [6], [8]]> : {{.*}} as(#mase.format<integer, width = 8, frac_width = [1, 3, 5, 7, 2, 4, 6, 8], axis = 0>) init dense<[10, 30, 50, 70, 20, 40, 60, 80]>
// LANES: mase_kernel.quantize ["act"] {{.*}} factor [5.000000e-01, 1.250000e-01, 3.125000e-02, 7.812500e-03, 2.500000e-01, 6.250000e-02, 1.562500e-02, 3.906250e-03] relu to #mase.format<integer, width = [1, 3, 5, 7, 2, 4, 6, 8], frac_width = 4, axis = -1, signed = false>
// CHECK: mase_kernel.dot "second" dp4a sparse %{{.*}} as(#mase.format<integer, width = [1, 3, 5, 7, 2, 4, 6, 8], frac_width = 4, axis = -1, signed = false>), dense<{{\[\[}}1, 3, 5, 7, 0, 0, 0, 0], [0, 0, 0, 0, 2, 4, 6, 8]]>
func.func @hidden(%x: tensor<?x1xf32>) -> tensor<?x2xf32> {
  %q = mase.quantize %x to(#mase.fixed<8, 4>) : tensor<?x1xf32> -> tensor<?x1xi8>
  %w = arith.constant dense<[[1], [2], [3], [4], [5], [6], [7], [8]]> : tensor<8x1xi8>
  %b = arith.constant dense<[10, 20, 30, 40, 50, 60, 70, 80]> : tensor<8xi8>
  %a = mase.int_linear "first" %q as(#mase.fixed<8, 4>), %w as(#mase.format<integer, width = 8, frac_width = [1, 2, 3, 4, 5, 6, 7, 8], axis = 0>), %b as(#mase.format<integer, width = 8, frac_width = [5, 6, 7, 8, 9, 10, 11, 12], axis = 0>) : (tensor<?x1xi8>, tensor<8x1xi8>, tensor<8xi8>) -> tensor<?x8xi32>
  %r = mase.requantize ["act"] %a frac [5, 6, 7, 8, 9, 10, 11, 12] relu to(#mase.format<integer, width = [1, 2, 3, 4, 5, 6, 7, 8], frac_width = 4, axis = -1, signed = false>) : (tensor<?x8xi32>) -> tensor<?x8xi8>
  %v = arith.constant dense<[[1, 0, 3, 0, 5, 0, 7, 0], [0, 2, 0, 4, 0, 6, 0, 8]]> : tensor<2x8xi8>
  %c = mase.int_linear "second" %r as(#mase.format<integer, width = [1, 2, 3, 4, 5, 6, 7, 8], frac_width = 4, axis = -1, signed = false>), %v as(#mase.fixed<8, 7>) : (tensor<?x8xi8>, tensor<2x8xi8>) -> tensor<?x2xi32>
  %y = mase.dequantize %c frac 11 : tensor<?x2xi32> -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// Codes that something else reads, too, stay as they are, in their order.
// CHECK-LABEL: mase_kernel.kernel @two_readers
// CHECK: mase_kernel.dot "first" dp4a %{{.*}}, dense<{{\[\[}}1], [2], [3], [4], [5], [6], [7], [8]]>
func.func @two_readers(%x: tensor<?x1xf32>) -> tensor<?x2xf32> {
  %q = mase.quantize %x to(#mase.fixed<8, 4>) : tensor<?x1xf32> -> tensor<?x1xi8>
  %w = arith.constant dense<[[1], [2], [3], [4], [5], [6], [7], [8]]> : tensor<8x1xi8>
  %a = mase.int_linear "first" %q as(#mase.fixed<8, 4>), %w as(#mase.fixed<8, 4>) : (tensor<?x1xi8>, tensor<8x1xi8>) -> tensor<?x8xi32>
  %r = mase.requantize ["act"] %a frac 8 relu to(#mase.fixed<8, 4, unsigned>) : (tensor<?x8xi32>) -> tensor<?x8xi8>
  %v = arith.constant dense<[[1, 0, 3, 0, 5, 0, 7, 0], [0, 2, 0, 4, 0, 6, 0, 8]]> : tensor<2x8xi8>
  %c = mase.int_linear "second" %r as(#mase.fixed<8, 4, unsigned>), %v as(#mase.fixed<8, 7>) : (tensor<?x8xi8>, tensor<2x8xi8>) -> tensor<?x2xi32>
  %d = mase.int_linear "third" %r as(#mase.fixed<8, 4, unsigned>), %v as(#mase.fixed<8, 7>) : (tensor<?x8xi8>, tensor<2x8xi8>) -> tensor<?x2xi32>
  %y = mase.dequantize %c frac 11 : tensor<?x2xi32> -> tensor<?x2xf32>
  %z = mase.dequantize %d frac 11 : tensor<?x2xi32> -> tensor<?x2xf32>
  %s = mase.add "sum" %y, %z : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  return %s : tensor<?x2xf32>
}

// Too many features for straight-line code of a thread: in a loop nothing is
// left out.
// CHECK-LABEL: mase_kernel.kernel @loops
// LANES: mase_kernel.dot "fc" dp4a sparse
// THREAD-NOT: unrolled
// THREAD: mase_kernel.dot "fc" dp4a %
func.func @loops(%x: tensor<?x1024xf32>) -> tensor<?x4xf32> {
  %q = mase.quantize %x to(#mase.fixed<8, 4>) : tensor<?x1024xf32> -> tensor<?x1024xi8>
  %w = arith.constant dense<0> : tensor<4x1024xi8>
  %a = mase.int_linear "fc" %q as(#mase.fixed<8, 4>), %w as(#mase.fixed<8, 7>) : (tensor<?x1024xi8>, tensor<4x1024xi8>) -> tensor<?x4xi32>
  %y = mase.dequantize %a frac 11 : tensor<?x4xi32> -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
