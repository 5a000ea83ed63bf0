// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights that a format clamps are warned of where they are many; 5 % are the
// limit unless max-saturated says otherwise.
// RUN: mase-opt %s --mase-quantize="by=type layers=linear:{name='integer',data_in_width=8,weight_width=4,weight_frac_width=2}" -o /dev/null 2>&1 | FileCheck %s --implicit-check-not=warning:
// RUN: mase-opt %s --mase-quantize="by=type layers=linear:{name='integer',data_in_width=8,weight_width=4,weight_frac_width=2} max-saturated=0.3" -o /dev/null 2>&1 | FileCheck %s --check-prefix=LESS --implicit-check-not=warning:
// RUN: mase-opt %s --mase-quantize="by=type layers=linear:{name='integer',data_in_width=8,weight_width=4,weight_frac_width=2} max-saturated=0" -o /dev/null 2>&1 | FileCheck %s --check-prefix=ALL --implicit-check-not=warning:
// RUN: not mase-opt %s --mase-quantize="by=type layers=linear:{data_in_width=8,weight_width=4} max-saturated=-1" 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: mase-opt %s --mase-quantize=configuration=narrow -o /dev/null 2>&1 | FileCheck %s

// The format holds -2 to 1.75; 1.874 rounds to 1.75, 1.876 to 2. Infinity is
// clamped, NaN isn't; that they are there is told first.

// CHECK: warning: layer 'many' (linear): 2 of 10 elements of its weight are not finite; the first is inf at [1, 0] (counted from 0)
// LESS: warning: layer 'many' (linear): 2 of 10 elements of its weight are not finite; the first is inf at [1, 0] (counted from 0)
// ALL: warning: layer 'many' (linear): 2 of 10 elements of its weight are not finite; the first is inf at [1, 0] (counted from 0)
// CHECK: saturation.mlir:[[@LINE+14]]:8: warning: 5 of 10 weights (50.0 %) of layer 'many' saturate in #mase.fixed<4, 2>: they go from -3.00 to INF
// LESS: warning: 5 of 10 weights (50.0 %) of layer 'many'
// ALL: warning: 5 of 10 weights (50.0 %) of layer 'many'
// CHECK: warning: 1 of 10 weights (10.0 %) of layer 'few' saturates in #mase.fixed<4, 2>
// ALL: warning: 1 of 10 weights (10.0 %) of layer 'few'
// ALL: warning: 1 of 25 weights (4.0 %) of layer 'fewer'
// NEGATIVE: error: --mase-quantize: expected max-saturated of at least 0, found -1

func.func @main(%x: tensor<?x5xf32>) -> tensor<?x1xf32> {
  %many = arith.constant dense<[[1.874, 1.876, 2.0, -3.0, -2.2], [0x7F800000, 0x7FC00000, 0.0, 1.0, -1.0]]> : tensor<2x5xf32>
  %few = arith.constant dense<[[2.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]> : tensor<5x2xf32>
  %fewer = arith.constant dense<[[2.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0]]> : tensor<5x5xf32>
  %fine = arith.constant dense<-2.0> : tensor<1x5xf32>
  // The line that is warned of.
  %0 = mase.linear "many" %x, %many : (tensor<?x5xf32>, tensor<2x5xf32>) -> tensor<?x2xf32>
  %1 = mase.linear "few" %0, %few : (tensor<?x2xf32>, tensor<5x2xf32>) -> tensor<?x5xf32>
  %2 = mase.linear "fewer" %1, %fewer : (tensor<?x5xf32>, tensor<5x5xf32>) -> tensor<?x5xf32>
  %3 = mase.linear "fine" %2, %fine : (tensor<?x5xf32>, tensor<1x5xf32>) -> tensor<?x1xf32>
  return %3 : tensor<?x1xf32>
}

mase.configuration @narrow layers {
  many = #mase.precision<data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>>,
  few = #mase.precision<data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>>
}
