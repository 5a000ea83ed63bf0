// What has no kernel is an error that names the layer and the reason.
// RUN: mase-opt %s --convert-mase-to-kernel --split-input-file --verify-diagnostics

// expected-error @+1 {{function 'two' has no kernel: expected one input and one result, found 2 and 1}}
func.func @two(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = mase.add "a" %x, %y : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// expected-error @+1 {{function 'no_batch' has no kernel: expected an input with a leading batch dimension, found 'tensor<4xf32>'}}
func.func @no_batch(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mase.relu "r" %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error @+1 {{function 'dynamic' has no kernel: expected an input with static sizes of at least 1 but for the batch, found 'tensor<?x?xf32>'}}
func.func @dynamic(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = mase.relu "r" %x : tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

// expected-error @+1 {{function 'codes' has no kernel: expected an input that is a ranked tensor of f32, found 'tensor<?x4xi8>'}}
func.func @codes(%x: tensor<?x4xi8>) -> tensor<?x4xf32> {
  %0 = mase.dequantize %x frac 4 : tensor<?x4xi8> -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

func.func @computed_weight(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  // expected-error @+1 {{layer 'fc' has no kernel: expected a constant weight, found an argument or a computed value}}
  %0 = mase.linear "fc" %x, %x : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

func.func @precision(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{layer 'r' has no kernel: it still has a precision; expected the integer level, which --mase-lower-to-integer makes}}
  %0 = mase.relu "r" %x precision <data_in = #mase.fixed<8, 4, unsigned>> : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @foreign(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'arith.addf' has no kernel: expected ops that implement 'KernelOpInterface', as those of the integer level and layers without precision do, found 'arith.addf'}}
  %0 = arith.addf %x, %x : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// expected-error @+1 {{function 'constant' has no kernel: its result does not depend on its input}}
func.func @constant(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %0 = arith.constant dense<1.0> : tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

func.func @per_sample(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %c = arith.constant dense<1.0> : tensor<3x2xf32>
  // expected-error @+1 {{layer 'a' has no kernel: expected a constant with a batch size of 1, found 'tensor<3x2xf32>'}}
  %0 = mase.add "a" %x, %c : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// -----

func.func private @callee(tensor<?x2xf32>) -> tensor<?x2xf32>
func.func @call(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'func.call' has no kernel: expected ops that implement 'KernelOpInterface', as those of the integer level and layers without precision do, found 'func.call'}}
  %0 = call @callee(%x) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @batch_slices(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{'mase.quantize' has no kernel: expected slices of a number format along an axis of a sample, found the batch's}}
  %q = mase.quantize %x to(#mase.format<integer, width = 8, frac_width = [3, 4], axis = 0>) : tensor<2x3xf32> -> tensor<2x3xi8>
  %y = mase.dequantize %q frac [3, 4] axis 0 : tensor<2x3xi8> -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

// expected-error @+1 {{function 'branch' has no kernel: expected a body without control flow}}
func.func @branch(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  cf.br ^next
^next:
  %0 = mase.relu "r" %x : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @one_for_all(%x: tensor<1x2xf32>) -> tensor<3x2xf32> {
  %c = arith.constant dense<1.0> : tensor<3x2xf32>
  // expected-error @+1 {{layer 'a' has no kernel: a computed operand is broadcast over the batch}}
  %0 = mase.add "a" %x, %c : (tensor<1x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}
