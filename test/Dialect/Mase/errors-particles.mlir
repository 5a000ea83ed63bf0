// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One negative test for each numbered constraint of branches and particles.
// RUN: mase-opt %s --split-input-file --verify-diagnostics

func.func @unflatten_c1(%x: tensor<?x6xf32>) {
  // expected-error @+1 {{(C1) expected a result [batch, particles, features] with the elements of the input 'tensor<?x6xf32>', found 'tensor<?x2x2xf32>'}}
  %0 = mase.unflatten "u" %x : (tensor<?x6xf32>) -> tensor<?x2x2xf32>
  return
}

// -----

func.func @transpose_c1(%x: tensor<?x2x3xf32>) {
  // expected-error @+1 {{(C1) expected a result with the dimensions 1 and 2 of the input 'tensor<?x2x3xf32>' exchanged, found 'tensor<?x2x3xf32>'}}
  %0 = mase.transpose "t" %x : (tensor<?x2x3xf32>) -> tensor<?x2x3xf32>
  return
}

// -----

func.func @concat_c1(%x: tensor<?x2xf32>, %y: tensor<?x3xf32>) {
  // expected-error @+1 {{(C1) expected operands that differ in their last size alone, whose sum is that of the result 'tensor<?x4xf32>', found 'tensor<?x2xf32>', 'tensor<?x3xf32>'}}
  %0 = mase.concat "c" %x, %y : (tensor<?x2xf32>, tensor<?x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @concat_c1_particles(%x: tensor<?x2x2xf32>, %y: tensor<?x3x3xf32>) {
  // expected-error @+1 {{(C1) expected operands that differ in their last size alone}}
  %0 = mase.concat "c" %x, %y : (tensor<?x2x2xf32>, tensor<?x3x3xf32>) -> tensor<?x2x5xf32>
  return
}

// -----

func.func @concat_c1_none() {
  // expected-error @+1 {{(C1) expected operands that differ in their last size alone, whose sum is that of the result 'tensor<?x4xf32>', found none}}
  %0 = mase.concat "c" : () -> tensor<?x4xf32>
  return
}

// -----

func.func @slice_c1(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C1) expected features of the input 'tensor<?x4xf32>' and a result of as many, found 2 to 5 and 'tensor<?x3xf32>'}}
  %0 = mase.slice "s" %x from 2 to 5 : (tensor<?x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @slice_c1_empty(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C1) expected features of the input 'tensor<?x4xf32>' and a result of as many, found 2 to 2}}
  %0 = mase.slice "s" %x from 2 to 2 : (tensor<?x4xf32>) -> tensor<?x0xf32>
  return
}

// -----

func.func @slice_c1_below(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C1) expected features of the input 'tensor<?x4xf32>' and a result of as many, found -1 to 1}}
  %0 = mase.slice "s" %x from -1 to 1 : (tensor<?x4xf32>) -> tensor<?x2xf32>
  return
}

// -----

func.func @reduce_sum_c1(%x: tensor<?x2x3xf32>) {
  // expected-error @+1 {{(C1) expected an input [batch, particles, features] and a result [batch, features], found 'tensor<?x2x3xf32>' and 'tensor<?x2xf32>'}}
  %0 = mase.reduce_sum "r" %x : (tensor<?x2x3xf32>) -> tensor<?x2xf32>
  return
}

// -----

func.func @reduce_sum_c2(%x: tensor<?x2x3xf32>) {
  // expected-error @+1 {{(C2) the layer has no 'weight' to quantise; expected 'data_in', 'data_out'}}
  %0 = mase.reduce_sum "r" %x precision <weight = #mase.fixed<8, 4>> : (tensor<?x2x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @reduce_sum_c3(%x: tensor<?x2x3xf32>) {
  // expected-error @+1 {{(C3) 'data_in': expected 3 slices along axis 2, found a number format of 2}}
  %0 = mase.reduce_sum "r" %x precision <data_in = #mase.format<integer, width = 8, frac_width = [4, 3], axis = 2>> : (tensor<?x2x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @reduce_mean_c1(%x: tensor<?x?x3xf32>) {
  // expected-error @+1 {{(C1) expected an input [batch, particles, features] and a result [batch, features], found 'tensor<?x?x3xf32>' and 'tensor<?x3xf32>'}}
  %0 = mase.reduce_mean "r" %x : (tensor<?x?x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @reduce_mean_c2(%x: tensor<?x2x3xf32>) {
  // expected-error @+1 {{(C2) the layer has no 'bias' to quantise; expected 'data_in', 'data_out'}}
  %0 = mase.reduce_mean "r" %x precision <bias = #mase.fixed<8, 4>> : (tensor<?x2x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @reduce_mean_c3(%x: tensor<?x2x3xf32>) {
  // expected-error @+1 {{(C3) 'data_out': expected 3 slices along axis 1, found a number format of 2}}
  %0 = mase.reduce_mean "r" %x precision <data_out = #mase.format<integer, width = 8, frac_width = [4, 3], axis = 1>> : (tensor<?x2x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @linear_c3_particles(%x: tensor<?x2x3xf32>, %w: tensor<4x3xf32>) {
  // expected-error @+1 {{(C3) expected the same sizes but for the last, found 'tensor<?x2x3xf32>' and 'tensor<?x3x4xf32>'}}
  %0 = mase.linear "fc" %x, %w : (tensor<?x2x3xf32>, tensor<4x3xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @batch_norm_c4(%x: tensor<?x2x3xf32>, %p: tensor<3xf32>) {
  // expected-error @+1 {{(C4) expected an axis of 1 to 2, found 3}}
  %0 = mase.batch_norm "bn" %x, %p, %p, %p, %p epsilon 1.0e-5 axis 3 : (tensor<?x2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x2x3xf32>
  return
}

// -----

func.func @batch_norm_c2_axis(%x: tensor<?x2x3xf32>, %p: tensor<3xf32>) {
  // expected-error @+1 {{(C2) expected parameters of 2 elements, found 'tensor<3xf32>'}}
  %0 = mase.batch_norm "bn" %x, %p, %p, %p, %p epsilon 1.0e-5 : (tensor<?x2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x2x3xf32>
  return
}

// -----

func.func @affine_c3(%x: tensor<?x2x3xf32>, %p: tensor<3xf32>) {
  // expected-error @+1 {{(C3) expected an axis of 1 to 2, found 0}}
  %0 = mase.affine "bn" %x, %p, %p axis 0 : (tensor<?x2x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x2x3xf32>
  return
}

// -----

func.func @int_reduce_c1(%x: tensor<?x2x3xi4>) {
  // expected-error @+1 {{(C1) expected codes of 8 bits for format #mase.fixed<8, 4>, found 'tensor<?x2x3xi4>'}}
  %0 = mase.int_reduce "r" %x as(#mase.fixed<8, 4>) : (tensor<?x2x3xi4>) -> tensor<?x3xi32>
  return
}

// -----

func.func @int_reduce_c1_particles(%x: tensor<?x2x3xi8>) {
  // expected-error @+1 {{(C1) expected one format for all particles}}
  %0 = mase.int_reduce "r" %x as(#mase.format<integer, width = 8, frac_width = [4, 3], axis = 1>) : (tensor<?x2x3xi8>) -> tensor<?x3xi32>
  return
}

// -----

func.func @int_reduce_c2(%x: tensor<?x2x3xi8>) {
  // expected-error @+1 {{(C2) expected input [batch, particles, features] and result [batch, features], found 'tensor<?x2x3xi8>' and 'tensor<?x2xi32>'}}
  %0 = mase.int_reduce "r" %x as(#mase.fixed<8, 4>) : (tensor<?x2x3xi8>) -> tensor<?x2xi32>
  return
}

// -----

func.func @int_reduce_c3(%x: tensor<?x2x3xi8>) {
  // expected-error @+1 {{(C3) expected sums of at least 10 bits, so that none overflows, found 'tensor<?x3xi9>'}}
  %0 = mase.int_reduce "r" %x as(#mase.fixed<8, 4>) : (tensor<?x2x3xi8>) -> tensor<?x3xi9>
  return
}

// -----

func.func @int_linear_c4_particles(%x: tensor<?x2x3xi8>, %w: tensor<3x3xi8>) {
  // expected-error @+1 {{(C4) expected one format for all particles}}
  %0 = mase.int_linear "fc" %x as(#mase.format<integer, width = 8, frac_width = [4, 3], axis = 1>), %w as(#mase.fixed<8, 4>) : (tensor<?x2x3xi8>, tensor<3x3xi8>) -> tensor<?x2x3xi32>
  return
}
