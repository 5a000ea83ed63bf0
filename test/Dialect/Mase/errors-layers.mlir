// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One negative test for each numbered constraint of the network level.
// RUN: mase-opt %s --split-input-file --verify-diagnostics

// #mase.fixed C1
// expected-error @+1 {{(C1) expected a width in [1, 32], found 0}}
func.func private @f() attributes {f = #mase.fixed<0, 4>}

// -----

// expected-error @+1 {{(C1) expected a width in [1, 32], found 33}}
func.func private @f() attributes {f = #mase.fixed<33, 4>}

// -----

// #mase.fixed C2
// expected-error @+1 {{(C2) expected a fraction width in [-32, 64], found 65}}
func.func private @f() attributes {f = #mase.fixed<8, 65>}

// -----

// expected-error @+1 {{expected 'unsigned' or 'floor'}}
func.func private @f() attributes {f = #mase.fixed<8, 4, ceil>}

// -----

// #mase.precision C1
// expected-error @+1 {{(C1) expected a number format, found 8 : i64}}
func.func private @f() attributes {p = #mase.precision<data_in = 8>}

// -----

// expected-error @+1 {{expected 'data_in', 'weight', 'bias' or 'data_out', found 'wait'}}
func.func private @f() attributes {p = #mase.precision<wait = #mase.fixed<8, 4>>}

// -----

// expected-error @+1 {{'bias' is given twice}}
func.func private @f() attributes {p = #mase.precision<bias = #mase.fixed<8, 4>, bias = #mase.fixed<8, 4>>}

// -----

func.func @linear_c1(%x: tensor<?x4xf32>, %w: tensor<3x5xf32>) {
  // expected-error @+1 {{(C1) expected a static weight [out, in] for input 'tensor<?x4xf32>' and result 'tensor<?x3xf32>', found 'tensor<3x5xf32>'}}
  %0 = mase.linear "fc" %x, %w : (tensor<?x4xf32>, tensor<3x5xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @linear_c1_dynamic(%x: tensor<?x4xf32>, %w: tensor<?x4xf32>) {
  // expected-error @+1 {{(C1) expected a static weight}}
  %0 = mase.linear "fc" %x, %w : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @linear_c2(%x: tensor<?x4xf32>, %w: tensor<3x4xf32>, %b: tensor<4xf32>) {
  // expected-error @+1 {{(C2) expected a bias of 3 elements, found 'tensor<4xf32>'}}
  %0 = mase.linear "fc" %x, %w, %b : (tensor<?x4xf32>, tensor<3x4xf32>, tensor<4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @linear_c3(%x: tensor<2x4xf32>, %w: tensor<3x4xf32>) {
  // expected-error @+1 {{(C3) expected the same sizes but for the last, found 'tensor<2x4xf32>' and 'tensor<1x3xf32>'}}
  %0 = mase.linear "fc" %x, %w : (tensor<2x4xf32>, tensor<3x4xf32>) -> tensor<1x3xf32>
  return
}

// -----

func.func @linear_c4(%x: tensor<?x4xf32>, %w: tensor<3x4xf32>) {
  // expected-error @+1 {{(C4) the layer has no 'bias' to quantise; expected 'data_in', 'weight', 'data_out'}}
  %0 = mase.linear "fc" %x, %w precision <bias = #mase.fixed<8, 4>> : (tensor<?x4xf32>, tensor<3x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @linear_c5(%x: tensor<?x4xf32>, %w: tensor<3x4xf32>) {
  // expected-error @+1 {{(C5) the sum of 4 products needs an accumulator of more than 64 bits; expected narrower formats}}
  %0 = mase.linear "fc" %x, %w precision <data_in = #mase.fixed<32, 4>, weight = #mase.fixed<32, 4>> : (tensor<?x4xf32>, tensor<3x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @matmul_c1(%x: tensor<?x4xf32>, %w: tensor<3x4xf32>) {
  // expected-error @+1 {{(C1) expected a static weight [in, out]}}
  %0 = mase.matmul "mm" %x, %w : (tensor<?x4xf32>, tensor<3x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @matmul_c2(%x: tensor<2x4xf32>, %w: tensor<4x3xf32>) {
  // expected-error @+1 {{(C2) expected the same sizes but for the last, found 'tensor<2x4xf32>' and 'tensor<?x3xf32>'}}
  %0 = mase.matmul "mm" %x, %w : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @matmul_c3(%x: tensor<?x4xf32>, %w: tensor<4x3xf32>) {
  // expected-error @+1 {{(C3) the layer has no 'bias' to quantise}}
  %0 = mase.matmul "mm" %x, %w precision <bias = #mase.fixed<8, 4>> : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @matmul_c4(%x: tensor<?x4xf32>, %w: tensor<4x3xf32>) {
  // expected-error @+1 {{(C4) the sum of 4 products needs an accumulator of more than 64 bits}}
  %0 = mase.matmul "mm" %x, %w precision <data_in = #mase.fixed<32, 4>, weight = #mase.fixed<32, 4>> : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @relu_c1(%x: tensor<?x4xf32>) {
  // (C1) is the trait's.
  // expected-error @+1 {{requires the same type for all operands and results}}
  %0 = "mase.relu"(%x) {layer = "r"} : (tensor<?x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @relu_c2(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C2) the layer has no 'weight' to quantise; expected 'data_in', 'data_out'}}
  %0 = mase.relu "r" %x precision <weight = #mase.fixed<8, 4>> : tensor<?x4xf32>
  return
}

// -----

func.func @relu_c3(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C3) the 'data_in' format of a ReLU is unsigned; found a signed one}}
  %0 = mase.relu "r" %x precision <data_in = #mase.fixed<8, 4>> : tensor<?x4xf32>
  return
}

// -----

func.func @clip_c1(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{requires the same type for all operands and results}}
  %0 = "mase.clip"(%x) {layer = "c", lower = 0.0 : f32, upper = 6.0 : f32} : (tensor<?x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @clip_c2(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C2) the layer has no 'weight' to quantise; expected 'data_in', 'data_out'}}
  %0 = mase.clip "c" %x from 0.0 to 6.0 precision <weight = #mase.fixed<8, 4>> : tensor<?x4xf32>
  return
}

// -----

func.func @clip_c3(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C3) the 'data_in' format of a Hardtanh is unsigned; found a signed one}}
  %0 = mase.clip "c" %x from 0.0 to 6.0 precision <data_in = #mase.fixed<8, 4>> : tensor<?x4xf32>
  return
}

// -----

func.func @clip_c4(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C4) expected a lower bound that is not above the upper one, found 6.000000e+00 and 0.000000e+00}}
  %0 = mase.clip "c" %x from 6.0 to 0.0 : tensor<?x4xf32>
  return
}

// -----

func.func @tanh_c1(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{requires the same type for all operands and results}}
  %0 = "mase.tanh"(%x) {layer = "t"} : (tensor<?x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @div_c1(%x: tensor<?x4xf32>, %y: tensor<?x3xf32>) {
  // expected-error @+1 {{(C1) expected an operand like the result}}
  %0 = mase.div "d" %x, %y : (tensor<?x4xf32>, tensor<?x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @div_c2(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C2) the layer has no 'weight' to quantise; expected 'data_in', 'data_out'}}
  %0 = mase.div "d" %x, %x precision <weight = #mase.fixed<8, 4>> : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @leaky_relu_c1(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{requires the same type for all operands and results}}
  %0 = "mase.leaky_relu"(%x) {layer = "r", alpha = 0.1 : f32} : (tensor<?x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @leaky_relu_c2(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C2) the layer has no 'weight' to quantise; expected 'data_in', 'data_out'}}
  %0 = mase.leaky_relu "r" %x alpha 0.1 precision <weight = #mase.fixed<8, 4>> : tensor<?x4xf32>
  return
}

// -----

func.func @leaky_relu_c3(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C3) expected a finite alpha, found INF}}
  %0 = mase.leaky_relu "r" %x alpha 0x7F800000 : tensor<?x4xf32>
  return
}

// -----

func.func @add_c1(%x: tensor<?x4xf32>, %y: tensor<2x4xf32>) {
  // expected-error @+1 {{(C1) expected an operand like the result 'tensor<?x4xf32>', or with a leading size of 1, found 'tensor<2x4xf32>'}}
  %0 = mase.add "a" %x, %y : (tensor<?x4xf32>, tensor<2x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @sub_c1(%x: tensor<1x4xf32>) {
  // expected-error @+1 {{(C1) expected an operand of the result's type 'tensor<?x4xf32>', found none}}
  %0 = mase.sub "s" %x, %x : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @mul_c1(%x: tensor<?x4xf32>, %y: tensor<?x4x1xf32>) {
  // expected-error @+1 {{(C1) expected an operand like the result}}
  %0 = mase.mul "m" %x, %y : (tensor<?x4xf32>, tensor<?x4x1xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @add_c2(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C2) the layer has no 'weight' to quantise; expected 'data_in', 'data_out'}}
  %0 = mase.add "a" %x, %x precision <weight = #mase.fixed<8, 4>> : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @sub_c2(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C2) the layer has no 'bias' to quantise; expected 'data_in', 'data_out'}}
  %0 = mase.sub "s" %x, %x precision <bias = #mase.fixed<8, 4>> : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @mul_c2(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C2) the layer has no 'weight' to quantise; expected 'data_in', 'data_out'}}
  %0 = mase.mul "m" %x, %x precision <weight = #mase.fixed<8, 4>> : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @batch_norm_c1(%x: tensor<?xf32>, %p: tensor<4xf32>) {
  // expected-error @+1 {{(C1) expected input and result of one type, of rank 2 or more}}
  %0 = mase.batch_norm "bn" %x, %p, %p, %p, %p epsilon 0.0 : (tensor<?xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @batch_norm_c2(%x: tensor<?x5xf32>, %p: tensor<4xf32>) {
  // expected-error @+1 {{(C2) expected parameters of 5 elements, found 'tensor<4xf32>'}}
  %0 = mase.batch_norm "bn" %x, %p, %p, %p, %p epsilon 0.0 : (tensor<?x5xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @batch_norm_c3(%x: tensor<?x4xf32>, %p: tensor<4xf32>) {
  // expected-error @+1 {{(C3) expected an epsilon of at least 0, found -1.000000e+00}}
  %0 = mase.batch_norm "bn" %x, %p, %p, %p, %p epsilon -1.0 : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @flatten_c1(%x: tensor<?x2x3xf32>) {
  // expected-error @+1 {{(C1) expected a result [batch, product of the other sizes] for input 'tensor<?x2x3xf32>', found 'tensor<?x5xf32>'}}
  %0 = mase.flatten "f" %x : (tensor<?x2x3xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @softmax_c1(%x: tensor<?x4xf32>) {
  // (C1) is the trait's.
  // expected-error @+1 {{requires the same type for all operands and results}}
  %0 = "mase.softmax"(%x) {layer = "s"} : (tensor<?x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @log_softmax_c1(%x: tensor<?x4xf32>) {
  // (C1) is the trait's.
  // expected-error @+1 {{requires the same type for all operands and results}}
  %0 = "mase.log_softmax"(%x) {layer = "s"} : (tensor<?x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @log_softmax_rank(%x: tensor<?x2x2x2xf32>) {
  // expected-error @+1 {{operand #0 must be 2D/3D tensor of 32-bit float values, but got 'tensor<?x2x2x2xf32>'}}
  %0 = "mase.log_softmax"(%x) {layer = "s"} : (tensor<?x2x2x2xf32>) -> tensor<?x2x2x2xf32>
  return
}

// -----

func.func @sigmoid_c1(%x: tensor<?x4xf32>) {
  // (C1) is the trait's.
  // expected-error @+1 {{requires the same type for all operands and results}}
  %0 = "mase.sigmoid"(%x) {layer = "s"} : (tensor<?x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

// expected-error @+1 {{(C1) expected a precision for layer 'fc', found 8 : i64}}
mase.configuration @configuration_c1 layers {fc = 8}

// -----

// expected-error @+1 {{(C2) expected a number for metric 'loss', found "small"}}
mase.configuration @configuration_c2 layers {} metrics {loss = "small"}
