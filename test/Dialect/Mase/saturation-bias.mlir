// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Biases that a format clamps are warned of as weights are.
// RUN: mase-opt %s --mase-quantize="by=type layers=linear:{name='integer',data_in_width=8,weight_width=8,weight_frac_width=4,bias_width=4,bias_frac_width=2}" -o /dev/null 2>&1 | FileCheck %s --implicit-check-not=warning:
// RUN: mase-opt %s --mase-quantize="by=type layers=linear:{name='integer',data_in_width=8,weight_width=8,weight_frac_width=4,bias_width=4,bias_frac_width=2} max-saturated=1" -o /dev/null 2>&1 | count 0

// CHECK: saturation-bias.mlir:[[@LINE+8]]:8: warning: 2 of 2 biases (100.0 %) of layer 'both' saturate in #mase.fixed<4, 2>: they go from -3.00 to 2.00
// CHECK: warning: 1 of 1 bias (100.0 %) of layer 'one' saturates in #mase.fixed<4, 2>: they go from 2.00 to 2.00

func.func @main(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %b = arith.constant dense<[-3.0, 2.0]> : tensor<2xf32>
  %v = arith.constant dense<1.0> : tensor<1x2xf32>
  %c = arith.constant dense<2.0> : tensor<1xf32>
  %0 = mase.linear "both" %x, %w, %b : (tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %1 = mase.linear "one" %0, %v, %c : (tensor<?x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}
