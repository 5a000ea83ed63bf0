// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// allow-nonfinite lets values through, and the report says how many.
// RUN: %python -c "import numpy as np; x = np.ones((5, 2), 'f4'); np.save(r'%t.finite.npy', x); x[1, 0] = np.nan; x[3, 1] = np.inf; x[4] = -np.inf; np.save(r'%t.npy', x)"
// RUN: not mase-opt %s --mase-report="data=%t.npy" 2>&1 | FileCheck %s --check-prefix=REFUSED
// REFUSED: error: --mase-report: {{.*}}: expected finite numbers, found nan in row 1, column 0, both counted from 0; with allow-nonfinite such data are taken
// RUN: mase-opt %s --mase-report="data=%t.npy allow-nonfinite=true tables=operands" -o /dev/null 2>&1 | FileCheck %s --check-prefix=TABLE
// TABLE: What formats do to 5 samples, 4 of whose values are not finite (shares in %, SQNR in dB, entropy in bits):
// TABLE-NEXT: | layer | operand | {{.*}} | bits | not finite |
// TABLE: | fc    | data_in | {{.*}} |          4 |
// TABLE-NEXT: | fc    | weight  | {{.*}} |          0 |
// RUN: mase-opt %s --mase-report="data=%t.npy allow-nonfinite=true format=json output=%t.json" -o /dev/null
// RUN: FileCheck %s --check-prefix=JSON < %t.json
// JSON: "operands": [
// JSON: "operand": "data_in"
// JSON: "not_finite": 4,
// JSON: "operand": "weight"
// JSON: "not_finite": 0,
// JSON: "data": {
// JSON-NEXT: "samples": 5,
// JSON-NEXT: "not_finite": 4
// RUN: mase-opt %s --mase-report="data=%t.npy allow-nonfinite=true format=csv tables=operands" -o /dev/null 2>&1 | FileCheck %s --check-prefix=CSV
// CSV: bits,not finite,format
// CSV: fc,data_in,{{.*}},4,

// Nothing of it where all values are finite, but in JSON.
// RUN: mase-opt %s --mase-report="data=%t.finite.npy allow-nonfinite=true" -o /dev/null 2>&1 | FileCheck %s --check-prefix=FINITE --implicit-check-not="not finite"
// FINITE: What formats do to 5 samples (
// RUN: mase-opt %s --mase-report="data=%t.finite.npy format=json" -o /dev/null 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: "not_finite": 0
// A profile does not know of the samples.
// RUN: mase-opt %s --mase-profile="data=%t.npy allow-nonfinite=true" --mase-report=format=json -o /dev/null 2>&1 | FileCheck %s --check-prefix=PROFILE
// PROFILE: "not_finite": 4
// PROFILE: "samples": 5,
// PROFILE-NEXT: "not_finite": null

func.func @main(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[0.5, -0.25]]> : tensor<1x2xf32>
  %0 = mase.linear "fc" %x, %w precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>> : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}
