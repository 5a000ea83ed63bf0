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
  // expected-error @+1 {{(C4) expected a fraction width in [-127, 149], found 4294967296}}
  %0 = mase.requantize [] %x frac 4294967296 to(#mase.fixed<8, 4>) : (tensor<?x4xi32>) -> tensor<?x4xi8>
  return
}

// -----

func.func @requantize_c4_scales(%x: tensor<?x4xi32>) {
  // expected-error @+1 {{(C4) expected integers of at most 64 bits and one positive scale, or one for each feature, found 'tensor<?x4xi32>' and array<f32: 5.000000e-01, 2.500000e-01>}}
  %0 = mase.requantize [] %x frac [1, 2] to(#mase.fixed<8, 4>) : (tensor<?x4xi32>) -> tensor<?x4xi8>
  return
}

// -----

func.func @requantize_c4_negative(%x: tensor<?x4xi32>) {
  // expected-error @+1 {{(C4) expected integers of at most 64 bits and one positive scale}}
  %0 = mase.requantize [] %x scale -0.1 to(#mase.fixed<8, 4>) : (tensor<?x4xi32>) -> tensor<?x4xi8>
  return
}

// -----

func.func @requantize_c5(%x: tensor<?x4xi32>) {
  // expected-error @+1 {{(C5) expected 4 slices along axis 1, found a number format of 3}}
  %0 = mase.requantize [] %x frac 3 to(#mase.format<integer, width = 8, frac_width = [1, 2, 3], axis = 1>) : (tensor<?x4xi32>) -> tensor<?x4xi8>
  return
}

// -----

func.func @quantize_c4(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C4) expected 4 slices along axis 1, found a number format of 3}}
  %0 = mase.quantize %x to(#mase.format<integer, width = 8, frac_width = [1, 2, 3], axis = 1>) : tensor<?x4xf32> -> tensor<?x4xi8>
  return
}

// -----

func.func @quantize_c4_axis(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C4) expected a tensor with an axis 2, found one of rank 2}}
  %0 = mase.quantize %x to(#mase.format<integer, width = 8, frac_width = [1, 2, 3], axis = 2>) : tensor<?x4xf32> -> tensor<?x4xi8>
  return
}

// -----

func.func @dequantize_c2_zero_point(%x: tensor<?x4xi40>) {
  // expected-error @+1 {{(C2) expected integers of at most 32 bits with a zero point, found 'tensor<?x4xi40>'}}
  %0 = mase.dequantize %x frac 4 zero_point 3 : tensor<?x4xi40> -> tensor<?x4xf32>
  return
}

// -----

func.func @dequantize_c3_scale(%x: tensor<?x4xi8>) {
  // expected-error @+1 {{(C3) expected positive scales, found array<f32: -1.000000e-01>}}
  %0 = mase.dequantize %x scale -0.1 : tensor<?x4xi8> -> tensor<?x4xf32>
  return
}

// -----

func.func @dequantize_c4(%x: tensor<?x4xi8>) {
  // expected-error @+1 {{(C4) expected one scale and zero point, or one for each slice of the axis, found 3 for 'tensor<?x4xi8>'}}
  %0 = mase.dequantize %x frac [1, 2, 3] axis 1 : tensor<?x4xi8> -> tensor<?x4xf32>
  return
}

// -----

func.func @dequantize_c4_no_axis(%x: tensor<?x4xi8>) {
  // expected-error @+1 {{(C4) expected one scale and zero point, or one for each slice of the axis, found 4 for 'tensor<?x4xi8>'}}
  %0 = mase.dequantize %x frac 2 zero_point [1, 2, 3, 4] : tensor<?x4xi8> -> tensor<?x4xf32>
  return
}

// -----

// Scales of input features that are no powers of two of one another.
func.func @int_linear_c4(%x: tensor<?x2xi8>, %w: tensor<3x2xi4>) {
  // expected-error @+1 {{(C4) expected scales of the input features that are one scale times powers of two}}
  %0 = mase.int_linear "fc" %x as(#mase.format<integer, width = 8, scale = [0.1, 0.3], axis = 1>), %w as(#mase.fixed<4, 2>) : (tensor<?x2xi8>, tensor<3x2xi4>) -> tensor<?x3xi32>
  return
}

// -----

func.func @int_linear_c4_bias(%x: tensor<?x2xi8>, %w: tensor<3x2xi4>, %b: tensor<3xi8>) {
  // expected-error @+1 {{(C4) expected a bias on the grid of the sums, found #mase.fixed<8, 4>}}
  %0 = mase.int_linear "fc" %x as(#mase.format<integer, width = 8, scale = 0.1>), %w as(#mase.fixed<4, 2>), %b as(#mase.fixed<8, 4>) : (tensor<?x2xi8>, tensor<3x2xi4>, tensor<3xi8>) -> tensor<?x3xi32>
  return
}

// -----

func.func @int_linear_c4_slices(%x: tensor<?x2xi8>, %w: tensor<3x2xi4>) {
  // expected-error @+1 {{(C4) expected 3 slices along axis 0, found a number format of 2}}
  %0 = mase.int_linear "fc" %x as(#mase.fixed<8, 4>), %w as(#mase.format<integer, width = 4, frac_width = [1, 2], axis = 0>) : (tensor<?x2xi8>, tensor<3x2xi4>) -> tensor<?x3xi32>
  return
}
