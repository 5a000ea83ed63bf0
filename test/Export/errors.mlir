// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What neither file can say is refused with the layer's name.
// RUN: mase-translate --export-qonnx %s --split-input-file --verify-diagnostics
// RUN: rm -f %t.onnx
// RUN: not mase-translate --export-onnx %S/Inputs/six-bits.mlir -o %t.onnx 2>&1 | FileCheck %s
// RUN: not ls %t.onnx 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: mase-translate --export-qonnx %S/Inputs/six-bits.mlir -o %t.onnx
// RUN: mase-translate --import-onnx %t.onnx | FileCheck %s --check-prefix=QONNX

// CHECK: six-bits.mlir:5:8: error: layer 'act': its 'data_in' #mase.fixed<6, 3, unsigned> is no QuantizeLinear: expected a width of 4, 8 or 16
// NONE: No such file
// QONNX: mase.relu "act" {{.*}} precision <data_in = #mase.fixed<6, 3, unsigned>> :

func.func @wraps(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{layer 'act': its 'data_in' #mase.format<integer, width = 4, frac_width = 2, overflow = "wrap"> is no Quant: expected codes that saturate}}
  %0 = mase.leaky_relu "act" %x alpha 0.5 precision <data_in = #mase.format<integer, width = 4, frac_width = 2, overflow = "wrap">> : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @up(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{is no Quant: expected another rounding than nearest_up}}
  %0 = mase.leaky_relu "act" %x alpha 0.5 precision <data_out = #mase.format<integer, width = 4, frac_width = 2, rounding = "nearest_up">> : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @zero_point(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{is no Quant: expected a zero point that is added before rounding ('zero_point_first')}}
  %0 = mase.leaky_relu "act" %x alpha 0.5 precision <data_in = #mase.format<integer, width = 4, frac_width = 2, zero_point = 1>> : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @open(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{its fraction width is still open}}
  %0 = mase.leaky_relu "act" %x alpha 0.5 precision <data_in = #mase.format<integer, width = 4, frac_width = "auto">> : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @epsilon(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %c = arith.constant dense<1.0> : tensor<1xf32>
  // expected-error @+1 {{layer 'bn': expected an epsilon that a decimal number in binary32 can say, found 1.234568e-01}}
  %0 = mase.batch_norm "bn" %x, %c, %c, %c, %c epsilon 0.1234567891 : (tensor<?x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

// -----

func.func @weight(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %0 = mase.flatten "flat" %x : (tensor<?x1xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

// expected-error @+1 {{expected one function to export, found 'weight' and 'other'}}
func.func @other(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  return %x : tensor<?x1xf32>
}

// -----

// expected-error @+1 {{expected a network of layers, found no layer at all}}
module {
  func.func @nothing(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
    return %x : tensor<?x1xf32>
  }
}

// -----

// expected-error @+1 {{expected a network of layers, found the integer level}}
module {
  func.func @integers(%x: tensor<?x2xf32>) -> tensor<?x2xi4> {
    %0 = mase.quantize %x to(#mase.fixed<4, 2>) : tensor<?x2xf32> -> tensor<?x2xi4>
    return %0 : tensor<?x2xi4>
  }
}

// -----

// expected-error @+1 {{expected a function of one tensor of f32 [batch, features...] to another}}
module {
  func.func @two(%x: tensor<?x1xf32>, %y: tensor<?x1xf32>) -> tensor<?x1xf32> {
    %0 = mase.add "sum" %x, %y : (tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x1xf32>
    return %0 : tensor<?x1xf32>
  }
}

// -----

func.func @same_names(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  // expected-note @+1 {{the first is here}}
  %0 = mase.relu "act" %x : tensor<?x1xf32>
  // expected-error @+1 {{expected layer names to be unique, found 'act' twice}}
  %1 = mase.relu "act" %0 : tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}

// -----

// expected-error @+1 {{expected a network that ends in a layer}}
func.func @ends(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %0 = mase.relu "act" %x : tensor<?x1xf32>
  return %x : tensor<?x1xf32>
}
