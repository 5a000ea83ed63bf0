// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-report on data, and on a profile of them: the numbers are numpy's.
// RUN: %python %S/Inputs/statistics.py data %t.npy
// RUN: mase-opt %s --mase-report="data=%t.npy format=json output=%t.json" -o /dev/null 2>&1 | FileCheck %s --check-prefix=WARN --implicit-check-not=warning:
// RUN: %python %S/Inputs/statistics.py report %t.npy %t.json
// RUN: mase-opt %s --mase-report="data=%t.npy tables=operands,sums" -o /dev/null 2>&1 | FileCheck %s --check-prefix=TABLE

// A profile round-trips, has numpy's numbers, and is made again in place.
// RUN: mase-opt %s --mase-profile=data=%t.npy -o %t.profiled.mlir
// RUN: %python %S/Inputs/statistics.py attributes %t.npy %t.profiled.mlir
// RUN: mase-opt %t.profiled.mlir --verify-roundtrip | diff - %t.profiled.mlir
// RUN: mase-opt %t.profiled.mlir --emit-bytecode | mase-opt - --mase-profile=data=%t.npy | diff - %t.profiled.mlir
// RUN: mase-opt %t.profiled.mlir --mase-report="format=json output=%t.profile.json" -o /dev/null 2>&1 | FileCheck %s --check-prefix=WARN --implicit-check-not=warning:
// RUN: %python %S/Inputs/statistics.py profile %t.npy %t.profile.json
// RUN: mase-opt %t.profiled.mlir --mase-report -o /dev/null 2>&1 | FileCheck %s --check-prefix=ESTIMATE
// RUN: mase-opt %t.profiled.mlir --mase-lower-to-integer --convert-mase-to-linalg 2>&1 | FileCheck %s --check-prefix=LOWER
// RUN: mase-opt %s --mase-profile="data=%t.npy samples=7" | FileCheck %s --check-prefix=SEVEN

// The integer level says the same but for what it has forgotten.
// RUN: mase-opt %s --mase-lower-to-integer --mase-report="data=%t.npy tables=operands,sums" -o /dev/null 2>&1 | FileCheck %s --check-prefix=INTEGER

// WARN: warning: 2 of 9 weights (22.2 %) of layer 'fc' saturate in #mase.fixed<4, 2>: they go from -2.70 to 3.90
// WARN: warning: 1 of 3 biases (33.3 %) of layer 'fc' saturates in #mase.fixed<10, 4>
// WARN: {{^[^ ]*}}.mlir:{{[0-9]+:[0-9]+}}: warning: 1 of 3 channels of layer 'act' (relu) is dead: 0 for all 3000 samples (2)

// TABLE:      What formats do to 3000 samples (shares in %, SQNR in dB, entropy in bits):
// TABLE-NEXT: | layer | operand  |   min |  max |  sat. | zero | SQNR | bits |
// TABLE-NEXT: |-------+----------+-------+------+-------+------+------+------|
// TABLE-NEXT: | fc    | data_in  |
// TABLE-NEXT: | fc    | weight   |  -2.7 |  3.9 | 22.22 | 11.1 | {{ *}}7.3 | 2.64 |
// TABLE-NEXT: | fc    | bias     |   -40 |  0.3 |
// TABLE-NEXT: | fc    | data_out |
// TABLE-NEXT: | act   | data_in  |
// TABLE-EMPTY:
// TABLE:      Range of the integer sums, and the bits that it needs of the accumulator's:
// TABLE-NEXT: | layer |   min |  max | needed bits | accumulator bits |

// ESTIMATE: What formats do to 3000 samples, by a profile (shares
// LOWER-NOT: mase.profile
// LOWER: linalg.generic
// LOWER-NOT: mase.profile
// SEVEN: mase.profile @profile samples 7 tensors

// INTEGER: | fc    | data_in |
// INTEGER-NEXT: | fc    | weight  |    -2 | 1.75 |    - | 11.1 |    - | 2.64 |
// INTEGER: Range of the integer sums
// INTEGER: | fc

func.func @main(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<[[1.3, -0.6, 0.2], [-2.7, 0.11, 3.9], [-1.0, -1.0, -1.0]]> : tensor<3x3xf32>
  %b = arith.constant dense<[0.3, -0.2, -40.0]> : tensor<3xf32>
  %0 = mase.linear "fc" %x, %w, %b precision <data_in = #mase.fixed<6, 3>, weight = #mase.fixed<4, 2>, bias = #mase.fixed<10, 4>, data_out = #mase.fixed<8, 2>> : (tensor<?x3xf32>, tensor<3x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %1 = mase.relu "act" %0 precision <data_in = #mase.fixed<5, 1, unsigned>> : tensor<?x3xf32>
  return %1 : tensor<?x3xf32>
}
