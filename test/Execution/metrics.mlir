// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-run with labels: of a file, of the dataset itself; scaled inputs; an
// NPY file of another rank; data that are not finite.
// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/make_npy.py %t
// RUN: mase-run %s --input %t/nonfinite.npy --allow-nonfinite --labels %t/y.npy | FileCheck %s --check-prefix=NPY
// RUN: mase-run %s --input %t/cube.npy --allow-nonfinite --labels %t/y.npy --output %t/cube_y.npy --engine=cpu | FileCheck %s --check-prefix=NPY
// RUN: mase-run %s --input %t/nonfinite.npy --allow-nonfinite --labels %t/y_float.npy | FileCheck %s --check-prefix=NPY
// RUN: mase-run %s --input %t/data.csv | FileCheck %s --check-prefix=CSV
// RUN: mase-run %s --input %t/data.csv --scaler %t/scaler.json -o %t/scaled.npy | FileCheck %s --check-prefix=SCALED
// RUN: %python %S/Inputs/print_npy.py %t/scaled.npy | FileCheck %s --check-prefix=LOGITS
// RUN: mase-run %s --input %t/none.npy --output %t/none_y.npy --engine=cpu
// RUN: %python %S/Inputs/print_npy.py %t/none_y.npy | FileCheck %s --check-prefix=NONE

// The second sample's NaN becomes 0, less than 0.5.
// NPY: samples        3
// NPY-NEXT: accuracy       0.5{{$}}
// NPY-NEXT: accuracy_micro 0.6666666667 ± 0.27{{$}}
// NPY-NEXT: loss           {{[0-9.]+|inf|nan}}

// CSV: samples        3
// Nothing is certain for samples that agree: no error of 0.
// CSV-NEXT: accuracy       1{{$}}
// CSV-NEXT: accuracy_micro 1{{$}}
// CSV-NEXT: loss           {{0\.[0-9]+}}

// SCALED: samples        3
// LOGITS: (3, 2)
// LOGITS-NEXT: 0.0 0.0
// LOGITS-NEXT: 0.0 6.0
// LOGITS-NEXT: 3.5 0.059

// NONE: (0, 2)
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = mase.relu "act" %x : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
