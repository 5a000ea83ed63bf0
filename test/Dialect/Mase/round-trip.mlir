// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every op and attribute prints as it is parsed, as text and as bytecode.
// RUN: mase-opt %s --verify-roundtrip | FileCheck %s
// RUN: mase-opt %s --mlir-print-op-generic | mase-opt | FileCheck %s
// RUN: mase-opt %s --emit-bytecode | mase-opt | FileCheck %s

// CHECK-LABEL: func.func @network_level
func.func @network_level(%x: tensor<?x4xf32>, %image: tensor<?x2x2xf32>,
                         %w: tensor<3x4xf32>, %b: tensor<3xf32>,
                         %wt: tensor<4x3xf32>, %p: tensor<4xf32>,
                         %one: tensor<1x3xf32>) -> tensor<?x3xf32> {
  // CHECK: mase.flatten "flat" %{{.*}} : (tensor<?x2x2xf32>) -> tensor<?x4xf32>
  %0 = mase.flatten "flat" %image : (tensor<?x2x2xf32>) -> tensor<?x4xf32>
  // CHECK: mase.batch_norm "bn" %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} epsilon 1.000000e-05 : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %1 = mase.batch_norm "bn" %0, %p, %p, %p, %p epsilon 1.0e-5 : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  // CHECK: mase.relu "relu" %{{.*}} precision <data_in = #mase.fixed<8, 4, unsigned>> : tensor<?x4xf32>
  %2 = mase.relu "relu" %1 precision <data_in = #mase.fixed<8, 4, unsigned>> : tensor<?x4xf32>
  // CHECK: mase.linear "fc" %{{.*}}, %{{.*}}, %{{.*}} precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, -2>, bias = #mase.fixed<4, 9, floor>, data_out = #mase.fixed<6, 3>> : (tensor<?x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %3 = mase.linear "fc" %2, %w, %b precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, -2>, bias = #mase.fixed<4, 9, floor>, data_out = #mase.fixed<6, 3>> : (tensor<?x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  // CHECK: mase.linear "no_bias" %{{.*}}, %{{.*}} : (tensor<?x4xf32>, tensor<3x4xf32>) -> tensor<?x3xf32>
  %4 = mase.linear "no_bias" %x, %w : (tensor<?x4xf32>, tensor<3x4xf32>) -> tensor<?x3xf32>
  // CHECK: mase.matmul "mm" %{{.*}}, %{{.*}} precision <weight = #mase.fixed<4, 2, unsigned, floor>> : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %5 = mase.matmul "mm" %x, %wt precision <weight = #mase.fixed<4, 2, floor, unsigned>> : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  // CHECK: mase.add "sum" %{{.*}}, %{{.*}} precision <data_in = #mase.fixed<8, 4>> : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  %6 = mase.add "sum" %3, %4 precision <data_in = #mase.fixed<8, 4>> : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  // CHECK: mase.sub "difference" %{{.*}}, %{{.*}} : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  %7 = mase.sub "difference" %6, %5 : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  // CHECK: mase.mul "product" %{{.*}}, %{{.*}} : (tensor<1x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  %8 = mase.mul "product" %one, %7 : (tensor<1x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  // CHECK: mase.softmax "softmax" %{{.*}} : tensor<?x3xf32>
  %9 = mase.softmax "softmax" %8 : tensor<?x3xf32>
  // CHECK: mase.sigmoid "gate" %{{.*}} : tensor<?x3xf32>
  %gate = mase.sigmoid "gate" %8 : tensor<?x3xf32>
  // CHECK: mase.clip "clip" %{{.*}} from -1.000000e+00 to 0x7F800000 precision <data_in = #mase.fixed<8, 4>> : tensor<?x3xf32>
  %clip = mase.clip "clip" %8 from -1.0 to 0x7F800000 precision <data_in = #mase.fixed<8, 4>> : tensor<?x3xf32>
  // CHECK: mase.tanh "tanh" %{{.*}} : tensor<?x3xf32>
  %tanh = mase.tanh "tanh" %8 : tensor<?x3xf32>
  // CHECK: mase.div "div" %{{.*}}, %{{.*}} : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  %div = mase.div "div" %8, %tanh : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  // CHECK: mase.leaky_relu "leaky" %{{.*}} alpha 1.000000e-01 precision <data_in = #mase.fixed<8, 4>> : tensor<?x3xf32>
  %leaky = mase.leaky_relu "leaky" %8 alpha 0.1 precision <data_in = #mase.fixed<8, 4>> : tensor<?x3xf32>
  // CHECK: mase.log_softmax "log_softmax" %{{.*}} : tensor<?x3xf32>
  %log = mase.log_softmax "log_softmax" %8 : tensor<?x3xf32>
  return %9 : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @integer_level
func.func @integer_level(%x: tensor<?x4xf32>, %w: tensor<3x4xi4>,
                         %b: tensor<3xi8>, %s: tensor<4xf32>,
                         %t: tensor<3xf32>) -> tensor<?x3xf32> {
  // CHECK: mase.affine "bn" %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %0 = mase.affine "bn" %x, %s, %s : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  // CHECK: mase.quantize %{{.*}} to(#mase.fixed<8, 4>) : tensor<?x4xf32> -> tensor<?x4xi8>
  %1 = mase.quantize %0 to(#mase.fixed<8, 4>) : tensor<?x4xf32> -> tensor<?x4xi8>
  // CHECK: mase.int_linear "fc" %{{.*}} as(#mase.fixed<8, 4>), %{{.*}} as(#mase.fixed<4, 2>), %{{.*}} as(#mase.fixed<8, 4>) : (tensor<?x4xi8>, tensor<3x4xi4>, tensor<3xi8>) -> tensor<?x3xi32>
  %2 = mase.int_linear "fc" %1 as(#mase.fixed<8, 4>), %w as(#mase.fixed<4, 2>), %b as(#mase.fixed<8, 4>) : (tensor<?x4xi8>, tensor<3x4xi4>, tensor<3xi8>) -> tensor<?x3xi32>
  // CHECK: mase.int_linear "no_bias" %{{.*}} as(#mase.fixed<8, 4>), %{{.*}} as(#mase.fixed<4, 2>) : (tensor<?x4xi8>, tensor<3x4xi4>) -> tensor<?x3xi32>
  %3 = mase.int_linear "no_bias" %1 as(#mase.fixed<8, 4>), %w as(#mase.fixed<4, 2>) : (tensor<?x4xi8>, tensor<3x4xi4>) -> tensor<?x3xi32>
  // CHECK: mase.requantize ["bn2", "relu"] %{{.*}} frac 6 affine %{{.*}}, %{{.*}} relu to(#mase.fixed<4, 2>) : (tensor<?x3xi32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x3xi4>
  %4 = mase.requantize ["bn2", "relu"] %2 frac 6 affine %t, %t relu to(#mase.fixed<4, 2>) : (tensor<?x3xi32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x3xi4>
  // CHECK: mase.requantize [] %{{.*}} frac 6 to(#mase.fixed<4, 2, unsigned>) : (tensor<?x3xi32>) -> tensor<?x3xi4>
  %5 = mase.requantize [] %3 frac 6 to(#mase.fixed<4, 2, unsigned>) : (tensor<?x3xi32>) -> tensor<?x3xi4>
  // CHECK: mase.dequantize %{{.*}} frac 2 : tensor<?x3xi4> -> tensor<?x3xf32>
  %6 = mase.dequantize %4 frac 2 : tensor<?x3xi4> -> tensor<?x3xf32>
  // CHECK: mase.dequantize %{{.*}} frac -2 unsigned : tensor<?x3xi4> -> tensor<?x3xf32>
  %7 = mase.dequantize %5 frac -2 unsigned : tensor<?x3xi4> -> tensor<?x3xf32>
  %8 = mase.add "sum" %6, %7 : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  return %8 : tensor<?x3xf32>
}

// CHECK: mase.configuration @empty layers {}
mase.configuration @empty layers {}
// CHECK: mase.configuration @trial_17 layers {fc = #mase.precision<data_in = #mase.fixed<4, 2>, weight = #mase.fixed<8, 4>>} metrics {accuracy = 7.500000e-01 : f64, number = 17 : i64}
mase.configuration @trial_17 layers {fc = #mase.precision<data_in = #mase.fixed<4, 2>, weight = #mase.fixed<8, 4>>} metrics {accuracy = 7.500000e-01 : f64, number = 17 : i64}
// CHECK: mase.profile @nothing samples 0 tensors {}
mase.profile @nothing samples 0 tensors {}
