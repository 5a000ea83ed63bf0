// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operations are counted for each particle, parameters once; the channels of a
// tensor are its last dimension. Lowering changes neither.
// RUN: mase-opt %s --mase-report -o /dev/null 2>&1 | FileCheck %s --check-prefixes=CHECK,LAYERS
// RUN: mase-opt %s --mase-lower-to-integer --mase-report -o /dev/null 2>&1 | FileCheck %s --check-prefixes=CHECK,INTEGER
// RUN: mase-opt %s --mase-lower-to-integer --convert-mase-to-kernel --mase-report -o /dev/null 2>&1 | FileCheck %s --check-prefixes=CHECK,KERNEL
// RUN: %python -c "import numpy; numpy.save(r'%t.npy', numpy.float32([[1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 0], [-1, 2, -2, 3, 1, 1]]))"
// RUN: mase-opt %s --mase-profile=data=%t.npy | FileCheck %s --check-prefix=PROFILE

// LAYERS:  | phi | linear | 16 | 24 | 16 |
// INTEGER: | phi | int_linear | 16 | 24 | 16 |
// KERNEL:  | phi | dot | 16 | 24 | 16 |
// LAYERS:  | sum | reduce_sum | 0 | 0 | 0 |
// INTEGER: | sum | int_reduce | 0 | 0 | 0 |
// KERNEL:  | sum | reduce | 0 | 0 | 0 |
// CHECK:   macs 24
// CHECK:   bitops 1536
// 8 bits of data times, for both particles, one bit of each weight.
// CHECK:   ebops 192
// CHECK:   | phi | fixed<8, 4>
// CHECK:   | sum | fixed<8, 3>

// PROFILE: phi = {data_in = {{.*}}feature_maximum = array<f32: 4.000000e+00, 5.000000e+00, 6.000000e+00>, feature_minimum = array<f32: -1.000000e+00, 0.000000e+00, -2.000000e+00>
func.func @main(%x: tensor<?x2x3xf32>) -> tensor<?x4xf32> {
  %w = arith.constant dense<[[0.5, 0.25, 1.0], [-0.5, 0.25, 1.0], [0.25, 1.0, -1.0], [1.0, 1.0, 1.0]]> : tensor<4x3xf32>
  %b = arith.constant dense<1.0> : tensor<4xf32>
  %0 = mase.linear "phi" %x, %w, %b precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<8, 4>, bias = #mase.fixed<8, 4>> : (tensor<?x2x3xf32>, tensor<4x3xf32>, tensor<4xf32>) -> tensor<?x2x4xf32>
  %1 = mase.reduce_sum "sum" %0 precision <data_in = #mase.fixed<8, 3>> : (tensor<?x2x4xf32>) -> tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}
