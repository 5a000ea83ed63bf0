// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --convert-mase-to-linalg on the ops of the integer level.
// RUN: mase-opt %s --convert-mase-to-linalg --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @quantize(
// CHECK: %[[EMPTY:.*]] = tensor.empty(%{{.*}}) : tensor<?x4xi8>
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]{{.*}} ins(%arg0 : tensor<?x4xf32>) outs(%[[EMPTY]] : tensor<?x4xi8>)
// CHECK: ^bb0(%[[X:.*]]: f32, %{{.*}}: i8):
// CHECK: %[[SCALE:.*]] = arith.constant 1.600000e+01 : f32
// CHECK: %[[V:.*]] = arith.mulf %[[X]], %[[SCALE]] : f32
// CHECK: %[[R:.*]] = math.roundeven %[[V]] : f32
// CHECK-DAG: %[[LO:.*]] = arith.constant -1.280000e+02 : f32
// CHECK-DAG: %[[HI:.*]] = arith.constant 1.270000e+02 : f32
// CHECK: %[[ISLOW:.*]] = arith.cmpf olt, %[[R]], %[[LO]] : f32
// CHECK: %[[A:.*]] = arith.select %[[ISLOW]], %[[LO]], %[[R]] : f32
// CHECK: %[[ISHIGH:.*]] = arith.cmpf ogt, %[[A]], %[[HI]] : f32
// CHECK: %[[B:.*]] = arith.select %[[ISHIGH]], %[[HI]], %[[A]] : f32
// CHECK: %[[ISNAN:.*]] = arith.cmpf uno, %[[X]], %[[X]] : f32
// CHECK: %[[C:.*]] = arith.select %[[ISNAN]], %{{.*}}, %[[B]] : f32
// CHECK: %[[I:.*]] = arith.fptosi %[[C]] : f32 to i32
// CHECK: %[[T:.*]] = arith.trunci %[[I]] : i32 to i8
// CHECK: linalg.yield %[[T]] : i8
func.func @quantize(%x: tensor<?x4xf32>) -> tensor<?x4xi8> {
  %0 = mase.quantize %x to(#mase.fixed<8, 4>) : tensor<?x4xf32> -> tensor<?x4xi8>
  return %0 : tensor<?x4xi8>
}

// -----

// Where binary32 would not give the codes: binary64. Codes of 4 bits are held
// in 8, and the function's type says so.
// CHECK-LABEL: func.func @quantize_f64(%arg0: tensor<?x4xf32>) -> tensor<?x4xi8>
// CHECK: %[[X:.*]] = arith.extf %{{.*}} : f32 to f64
// CHECK: arith.mulf %[[X]], %{{.*}} : f64
// CHECK: math.floor %{{.*}} : f64
// CHECK: arith.fptosi %{{.*}} : f64 to i32
// CHECK: arith.trunci %{{.*}} : i32 to i8
func.func @quantize_f64(%x: tensor<?x4xf32>) -> tensor<?x4xi4> {
  %0 = mase.quantize %x to(#mase.fixed<4, -1, floor>) : tensor<?x4xf32> -> tensor<?x4xi4>
  return %0 : tensor<?x4xi4>
}

// -----

// Unsigned codes of 32 bits do not fit a signed integer as wide.
// CHECK-LABEL: func.func @quantize_u32(
// CHECK: arith.fptosi %{{.*}} : f64 to i64
// CHECK: arith.trunci %{{.*}} : i64 to i32
func.func @quantize_u32(%x: tensor<?x4xf32>) -> tensor<?x4xi32> {
  %0 = mase.quantize %x to(#mase.fixed<32, 0, unsigned>) : tensor<?x4xf32> -> tensor<?x4xi32>
  return %0 : tensor<?x4xi32>
}

// -----

// CHECK-LABEL: func.func @dequantize(
// CHECK: ^bb0(%[[S:.*]]: i8, %{{.*}}: f32):
// CHECK: %[[T:.*]] = arith.trunci %[[S]] : i8 to i4
// CHECK: %[[I:.*]] = arith.extui %[[T]] : i4 to i32
// CHECK: %[[F:.*]] = arith.sitofp %[[I]] : i32 to f32
// CHECK: arith.mulf %[[F]], %{{.*}} : f32
func.func @dequantize(%x: tensor<?x4xi4>) -> tensor<?x4xf32> {
  %0 = mase.dequantize %x frac 2 unsigned : tensor<?x4xi4> -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// CHECK-LABEL: func.func @dequantize_i64(
// CHECK: arith.sitofp %{{.*}} : i64 to f32
// CHECK: arith.constant 2.44140625E-4 : f32
func.func @dequantize_i64(%x: tensor<?x4xi64>) -> tensor<?x4xf32> {
  %0 = mase.dequantize %x frac 12 : tensor<?x4xi64> -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// The weights are constant: transposed, as wide as the sums. The loops go over
// samples, inputs, outputs.
// CHECK-DAG: #[[$X:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[$W:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[$Y:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-LABEL: func.func @int_linear(
// CHECK: %[[W:.*]] = arith.constant dense<{{\[}}[1, 4], [-2, -5], [3, 6]]> : tensor<3x2xi32>
// The bias has two fraction bits less than the sum.
// CHECK: %[[B:.*]] = arith.constant dense<[4, -8]> : tensor<2xi32>
// CHECK: %[[INIT:.*]] = linalg.generic {{.*}} ins(%[[B]] : tensor<2xi32>)
// CHECK: linalg.generic {indexing_maps = [#[[$X]], #[[$W]], #[[$Y]]], iterator_types = ["parallel", "reduction", "parallel"]} ins(%arg0, %[[W]] : tensor<?x3xi8>, tensor<3x2xi32>) outs(%[[INIT]] : tensor<?x2xi32>)
// CHECK: ^bb0(%[[C:.*]]: i8, %[[V:.*]]: i32, %[[ACC:.*]]: i32):
// CHECK: %[[E:.*]] = arith.extsi %[[C]] : i8 to i32
// CHECK: %[[P:.*]] = arith.muli %[[E]], %[[V]] : i32
// CHECK: arith.addi %[[ACC]], %[[P]] : i32
func.func @int_linear(%x: tensor<?x3xi8>) -> tensor<?x2xi32> {
  %w = arith.constant dense<[[1, -2, 3], [4, -5, 6]]> : tensor<2x3xi4>
  %b = arith.constant dense<[1, -2]> : tensor<2xi3>
  %0 = mase.int_linear "fc" %x as(#mase.fixed<8, 4>), %w as(#mase.fixed<4, 2>), %b as(#mase.fixed<3, 4>)
    : (tensor<?x3xi8>, tensor<2x3xi4>, tensor<2xi3>) -> tensor<?x2xi32>
  return %0 : tensor<?x2xi32>
}

// -----

// The bias has three fraction bits more: the weights are shifted.
// CHECK-LABEL: func.func @int_linear_shift(
// CHECK: arith.constant dense<{{\[}}[120], [8]]> : tensor<2x1xi32>
// CHECK: arith.constant dense<-1> : tensor<1xi32>
func.func @int_linear_shift(%x: tensor<?x2xi8>) -> tensor<?x1xi32> {
  %w = arith.constant dense<[[15, 1]]> : tensor<1x2xi4>
  %b = arith.constant dense<[-1]> : tensor<1xi2>
  %0 = mase.int_linear "fc" %x as(#mase.fixed<8, 0>), %w as(#mase.fixed<4, 1, unsigned>), %b as(#mase.fixed<2, 4>)
    : (tensor<?x2xi8>, tensor<1x2xi4>, tensor<1xi2>) -> tensor<?x1xi32>
  return %0 : tensor<?x1xi32>
}

// -----

// Weights that are an argument are extended and transposed by the code.
// CHECK-LABEL: func.func @int_linear_argument(%arg0: tensor<?x3xi8>, %arg1: tensor<2x3xi8>)
// CHECK: arith.extsi %{{.*}} : i4 to i64
// CHECK: linalg.fill
func.func @int_linear_argument(%x: tensor<?x3xi8>, %w: tensor<2x3xi4>) -> tensor<?x2xi64> {
  %0 = mase.int_linear "fc" %x as(#mase.fixed<8, 4>), %w as(#mase.fixed<4, 2>)
    : (tensor<?x3xi8>, tensor<2x3xi4>) -> tensor<?x2xi64>
  return %0 : tensor<?x2xi64>
}

// -----

// CHECK-LABEL: func.func @affine(
// CHECK: math.fma %{{.*}}, %{{.*}}, %{{.*}} : f32
func.func @affine(%x: tensor<?x2x3xf32>, %s: tensor<2xf32>, %t: tensor<2xf32>) -> tensor<?x2x3xf32> {
  %0 = mase.affine "bn" %x, %s, %t : (tensor<?x2x3xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x3xf32>
  return %0 : tensor<?x2x3xf32>
}

// -----

// One op from sums to codes.
// CHECK-LABEL: func.func @requantize(
// CHECK: linalg.generic
// CHECK: %[[F:.*]] = arith.sitofp %{{.*}} : i32 to f32
// CHECK: %[[X:.*]] = arith.mulf %[[F]], %{{.*}} : f32
// CHECK: %[[Y:.*]] = math.fma %[[X]], %{{.*}}, %{{.*}} : f32
// CHECK: %[[POSITIVE:.*]] = arith.cmpf ogt, %[[Y]], %[[ZERO:.*]] : f32
// CHECK: %[[Z:.*]] = arith.select %[[POSITIVE]], %[[Y]], %[[ZERO]] : f32
// CHECK: arith.mulf %[[Z]]
// CHECK: math.roundeven
// CHECK: arith.trunci %{{.*}} : i32 to i8
// CHECK-NOT: linalg.generic
func.func @requantize(%a: tensor<?x2xi32>, %s: tensor<2xf32>, %t: tensor<2xf32>) -> tensor<?x2xi8> {
  %0 = mase.requantize ["bn", "act"] %a frac 6 affine %s, %t relu to(#mase.fixed<8, 4>)
    : (tensor<?x2xi32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xi8>
  return %0 : tensor<?x2xi8>
}
