// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Below the network level, formats that have become ops of their own still have
// their layer's name: in tables, in warnings, in profiles.
// RUN: %python %S/Inputs/statistics.py data %t.npy
// RUN: mase-opt %s --mase-lower-to-integer -o %t.integer.mlir
// RUN: FileCheck %s --check-prefix=OPS < %t.integer.mlir
// RUN: mase-opt %t.integer.mlir --verify-roundtrip | diff - %t.integer.mlir
// OPS: mase.quantize %arg0 to(#mase.fixed<2, 0, unsigned>) of "act" :
// OPS: mase.quantize %{{.*}} to(#mase.fixed<8, 4>) : {{.*}}
// OPS: mase.int_linear "fc"
// OPS: mase.requantize ["norm"] {{.*}} to(#mase.fixed<6, 3>) of "sum" :
// OPS: mase.add "sum"
// OPS: mase.quantize %{{.*}} to(#mase.fixed<3, 0>) result of "sum" :

// The formats of every layer, at each level.
// RUN: mase-opt %s --mase-report=tables=formats -o /dev/null 2>&1 | FileCheck %s --check-prefix=FORMATS
// RUN: mase-opt %t.integer.mlir --mase-report=tables=formats -o /dev/null 2>&1 | FileCheck %s --check-prefix=FORMATS
// RUN: mase-opt %s --mase-to-cuda-pipeline --mase-report=tables=formats -o /dev/null 2>&1 | FileCheck %s --check-prefix=FORMATS
// FORMATS: | act {{ *}}| fixed<2, 0, unsigned> {{ *}}| - {{ *}}| - {{ *}}| - {{ *}}|
// FORMATS-NEXT: | fc {{ *}}| fixed<8, 4> {{ *}}| fixed<4, 2> {{ *}}| fixed<8, 4> {{ *}}| - {{ *}}|
// FORMATS-NEXT: | sum {{ *}}| fixed<6, 3> {{ *}}| - {{ *}}| - {{ *}}| fixed<3, 0> {{ *}}|

// RUN: mase-opt %t.integer.mlir --mase-report="data=%t.npy tables=operands" -o /dev/null 2>&1 | FileCheck %s --check-prefixes=WARN,TABLE --implicit-check-not=warning: --implicit-check-not="''" --implicit-check-not="{{^[|] - }}"
// RUN: mase-opt %t.integer.mlir --mase-profile=data=%t.npy --mase-report="tables=operands" -o /dev/null 2>&1 | FileCheck %s --check-prefix=TABLE
// WARN-DAG: warning: {{.*}} % of the values that enter layer 'sum' (add) saturate in #mase.fixed<6, 3>
// WARN-DAG: warning: 1 of 3 channels of layer 'norm' (affine) is dead: the same for all 3000 samples (1)
// TABLE: | act {{ *}}| data_in
// TABLE-NEXT: | fc {{ *}}| data_in
// TABLE-NEXT: | fc {{ *}}| weight
// TABLE-NEXT: | fc {{ *}}| bias
// TABLE-NEXT: | sum {{ *}}| data_in
// TABLE-NEXT: | sum {{ *}}| data_out {{.*}}
// TABLE-NOT: |

func.func @main(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<[[1.0, -0.5, 0.25], [0.5, 0.5, -0.75], [0.25, 0.5, 1.0]]> : tensor<3x3xf32>
  %b = arith.constant dense<[0.5, -0.25, 1.0]> : tensor<3xf32>
  %scale = arith.constant dense<[1.0, 0.0, 1.0]> : tensor<3xf32>
  %zero = arith.constant dense<0.0> : tensor<3xf32>
  %one = arith.constant dense<1.0> : tensor<3xf32>
  %0 = mase.relu "act" %x precision <data_in = #mase.fixed<2, 0, unsigned>> : tensor<?x3xf32>
  %1 = mase.linear "fc" %0, %w, %b precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>, bias = #mase.fixed<8, 4>> : (tensor<?x3xf32>, tensor<3x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %2 = mase.batch_norm "norm" %1, %scale, %one, %zero, %one epsilon 1.0e-5 : (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %3 = mase.add "sum" %2, %x precision <data_in = #mase.fixed<6, 3>, data_out = #mase.fixed<3, 0>> : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  return %3 : tensor<?x3xf32>
}
