// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is wrong with a network on data is named: layers that are dead, inputs
// that are clamped. One sample says nothing about what varies.
// RUN: %python %S/Inputs/statistics.py data %t.npy
// RUN: mase-opt %s --mase-report="data=%t.npy output=/dev/null" -o /dev/null 2>&1 | FileCheck %s --implicit-check-not=warning:
// RUN: mase-opt %s --mase-report="data=%t.npy samples=1 output=/dev/null" -o /dev/null 2>&1 | FileCheck %s --check-prefix=ONE --implicit-check-not=dead
// RUN: mase-opt %s --mase-profile=data=%t.npy --mase-report=output=/dev/null -o /dev/null 2>&1 | FileCheck %s --implicit-check-not=warning:

// CHECK: report-warnings.mlir:[[@LINE+10]]:8: warning: {{5[0-9]\.[0-9]}} % of the values that enter layer 'narrow' (linear) saturate in #mase.fixed<4, 3>: they go from -{{[0-9.]+}} to {{[0-9.]+}}
// ONE: values that enter layer 'narrow' (linear) saturate
// CHECK: report-warnings.mlir:[[@LINE+9]]:8: warning: layer 'small' (linear) is dead: its result is the same for all 3000 samples
// CHECK: warning: layer 'act' (relu) is dead: its result is the same for all 3000 samples

func.func @main(%x: tensor<?x3xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<0.5> : tensor<4x3xf32>
  %tiny = arith.constant dense<0.1> : tensor<2x4xf32>
  %b = arith.constant dense<[0.5, -0.5]> : tensor<2xf32>
  // The lines that are warned of.
  %0 = mase.linear "narrow" %x, %w precision <data_in = #mase.fixed<4, 3>, weight = #mase.fixed<4, 2>> : (tensor<?x3xf32>, tensor<4x3xf32>) -> tensor<?x4xf32>
  %1 = mase.linear "small" %0, %tiny, %b precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>, bias = #mase.fixed<4, 2>> : (tensor<?x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %2 = mase.relu "act" %1 : tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}
