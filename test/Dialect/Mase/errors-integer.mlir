// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One negative test for each numbered constraint of the integer level. (C1) of
// quantize, int_linear and requantize asks for an integer format: see
// formats.mlir for one that isn't.
// RUN: mase-opt %s --split-input-file --verify-diagnostics

func.func @quantize_c1(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{invalid kind of attribute specified}}
  %0 = mase.quantize %x to(8) : tensor<?x4xf32> -> tensor<?x4xi8>
  return
}

// -----

func.func @quantize_c2(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C2) expected input and result of one shape, found 'tensor<?x4xf32>' and 'tensor<?x3xi8>'}}
  %0 = mase.quantize %x to(#mase.fixed<8, 4>) : tensor<?x4xf32> -> tensor<?x3xi8>
  return
}

// -----

func.func @quantize_c3(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C3) expected integers of 8 bits for format #mase.fixed<8, 4>, found 'tensor<?x4xi4>'}}
  %0 = mase.quantize %x to(#mase.fixed<8, 4>) : tensor<?x4xf32> -> tensor<?x4xi4>
  return
}

// -----

func.func @dequantize_c1(%x: tensor<?x4xi8>) {
  // expected-error @+1 {{(C1) expected input and result of one shape}}
  %0 = mase.dequantize %x frac 4 : tensor<?x4xi8> -> tensor<?x3xf32>
  return
}

// -----

func.func @dequantize_c2(%x: tensor<?x4xi65>) {
  // expected-error @+1 {{(C2) expected integers of at most 64 bits, found 'tensor<?x4xi65>'}}
  %0 = mase.dequantize %x frac 4 : tensor<?x4xi65> -> tensor<?x4xf32>
  return
}

// -----

func.func @int_linear_c1(%x: tensor<?x4xi8>, %w: tensor<3x4xi8>) {
  // expected-error @+1 {{(C1) expected weight codes of 4 bits for format #mase.fixed<4, 2>, found 'tensor<3x4xi8>'}}
  %0 = mase.int_linear "fc" %x as(#mase.fixed<8, 4>), %w as(#mase.fixed<4, 2>) : (tensor<?x4xi8>, tensor<3x4xi8>) -> tensor<?x3xi32>
  return
}

// -----

func.func @int_linear_c1_bias(%x: tensor<?x4xi8>, %w: tensor<3x4xi4>) {
  // expected-error @+1 {{(C1) expected a bias and a bias format, or neither, found only a bias format}}
  %0 = "mase.int_linear"(%x, %w) {layer = "fc", data = #mase.fixed<8, 4>, weight_format = #mase.fixed<4, 2>, bias_format = #mase.fixed<8, 4>} : (tensor<?x4xi8>, tensor<3x4xi4>) -> tensor<?x3xi32>
  return
}

// -----

func.func @int_linear_c2(%x: tensor<?x5xi8>, %w: tensor<3x4xi4>) {
  // expected-error @+1 {{(C2) expected input [batch, in], static weight [out, in], bias [out] and result [batch, out]}}
  %0 = mase.int_linear "fc" %x as(#mase.fixed<8, 4>), %w as(#mase.fixed<4, 2>) : (tensor<?x5xi8>, tensor<3x4xi4>) -> tensor<?x3xi32>
  return
}

// -----

// Four products of 7 and 3 bits: 12 bits and a sign, 4 * 128 * 8 = 2^12.
func.func @int_linear_c3(%x: tensor<?x4xi8>, %w: tensor<3x4xi4>) {
  // expected-error @+1 {{(C3) expected sums of at least 14 bits, so that none overflows, found 'tensor<?x3xi13>'}}
  %0 = mase.int_linear "fc" %x as(#mase.fixed<8, 4>), %w as(#mase.fixed<4, 2>) : (tensor<?x4xi8>, tensor<3x4xi4>) -> tensor<?x3xi13>
  return
}

// -----

func.func @affine_c1(%x: tensor<?x4xf32>, %s: tensor<4xf32>) {
  // expected-error @+1 {{(C1) expected input and result of one type, of rank 2 or more}}
  %0 = mase.affine "bn" %x, %s, %s : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @affine_c2(%x: tensor<?x4xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{(C2) expected scale and shift of 4 elements, found 'tensor<3xf32>'}}
  %0 = mase.affine "bn" %x, %s, %s : (tensor<?x4xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @requantize_c1(%x: tensor<?x4xi32>) {
  // expected-error @+1 {{(C1) expected an integer format and integers as wide, found #mase.fixed<8, 4> and 'tensor<?x4xi4>'}}
  %0 = mase.requantize [] %x frac 6 to(#mase.fixed<8, 4>) : (tensor<?x4xi32>) -> tensor<?x4xi4>
  return
}

// -----

func.func @requantize_c2(%x: tensor<?x4xi32>) {
  // expected-error @+1 {{(C2) expected input and result of one shape, found 'tensor<?x4xi32>' and 'tensor<?x3xi8>'}}
  %0 = mase.requantize [] %x frac 6 to(#mase.fixed<8, 4>) : (tensor<?x4xi32>) -> tensor<?x3xi8>
  return
}

// -----

func.func @requantize_c3(%x: tensor<?x4xi32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{(C3) expected both scale and shift, of 4 elements, or neither}}
  %0 = mase.requantize ["bn"] %x frac 6 affine %s, %s to(#mase.fixed<8, 4>) : (tensor<?x4xi32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x4xi8>
  return
}

// -----

func.func @dequantize_c2_unsigned(%x: tensor<?x4xi64>) {
  // expected-error @+1 {{(C2) expected unsigned integers of at most 63 bits, found 'tensor<?x4xi64>'}}
  %0 = mase.dequantize %x frac 4 unsigned : tensor<?x4xi64> -> tensor<?x4xf32>
  return
}

// -----

func.func @dequantize_c3(%x: tensor<?x4xi8>) {
  // expected-error @+1 {{(C3) expected a fraction width in [-127, 149], found 150}}
  %0 = mase.dequantize %x frac 150 : tensor<?x4xi8> -> tensor<?x4xf32>
  return
}

// -----

func.func @dequantize_c3_negative(%x: tensor<?x4xi8>) {
  // expected-error @+1 {{(C3) expected a fraction width in [-127, 149], found -128}}
  %0 = mase.dequantize %x frac -128 : tensor<?x4xi8> -> tensor<?x4xf32>
  return
}

// -----

func.func @requantize_c4(%x: tensor<?x4xi32>) {
  // expected-error @+1 {{(C4) expected integers of at most 64 bits and a fraction width in [-127, 149], found 'tensor<?x4xi32>' and 4294967296}}
  %0 = mase.requantize [] %x frac 4294967296 to(#mase.fixed<8, 4>) : (tensor<?x4xi32>) -> tensor<?x4xi8>
  return
}
