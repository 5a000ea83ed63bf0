// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Formats whose scale calibration has yet to choose: written, kept, counted,
// and refused by whatever computes.
//
// RUN: mase-opt %s --mase-quantize='by=name layers=fc1:{data_in_width=8,data_in_frac_width="auto",weight_width=4,weight_frac_width="auto"},fc2:{data_in_width=6,data_in_scale="auto",data_in_signed=true,weight_width=3,weight_frac_width="auto",weight_axis=0,weight_narrow=true,bias_width=12,bias_frac_width=6}' -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: mase-opt %t.mlir | FileCheck %s
// RUN: mase-opt %t.mlir --mase-report -o /dev/null 2>&1 | FileCheck --check-prefix=REPORT %s
// RUN: not mase-opt %t.mlir --mase-lower-to-integer -o %t.out 2>&1 | FileCheck --check-prefix=OPEN %s
// RUN: not mase-translate --mase-to-cuda %t.mlir -o %t.out 2>&1 | FileCheck --check-prefix=OPEN %s
// RUN: not mase-run %t.mlir --input %S/../../Execution/Inputs/none.npy --output %t.out 2>&1 | FileCheck --check-prefix=OPEN %s
// RUN: test ! -e %t.out
// RUN: not mase-opt %s --mase-quantize='by=type layers=linear:{data_in_width=8,data_in_frac_width="auto",data_in_zero_point=3,weight_width=4}' 2>&1 | FileCheck --check-prefix=ZERO %s
// RUN: not mase-opt %s --mase-quantize='by=type layers=linear:{data_in_width=8,weight_width=1,weight_bipolar=true,weight_scale="auto"}' 2>&1 | FileCheck --check-prefix=BIPOLAR %s
// RUN: not mase-opt %s --mase-quantize='by=type layers=linear:{data_in_width=[8,4],data_in_frac_width="auto",weight_width=4}' 2>&1 | FileCheck --check-prefix=LIST %s
// RUN: not mase-opt %s --mase-quantize='by=type layers=linear:{data_in_width=8,data_in_frac_width="automatic",weight_width=4}' 2>&1 | FileCheck --check-prefix=WORD %s

// CHECK: mase.linear "fc1"
// CHECK-SAME: data_in = #mase.format<integer, width = 8, frac_width = "auto">
// CHECK-SAME: weight = #mase.format<integer, width = 4, frac_width = "auto">
// CHECK-SAME: bias = #mase.format<integer, width = 16, frac_width = "auto", signed = true>
// CHECK: mase.linear "fc2"
// CHECK-SAME: data_in = #mase.format<integer, width = 6, scale = "auto", signed = true>
// CHECK-SAME: weight = #mase.format<integer, width = 3, frac_width = "auto", axis = 0, narrow = true>
// CHECK-SAME: bias = #mase.fixed<12, 6>
// REPORT: fc1 {{.*}}frac_width = "auto"
// OPEN: error: layer 'fc1': 'data_in': its fraction width is still open ("auto"): --mase-calibrate chooses it
// OPEN: error: layer 'fc2': 'data_in': its scale is still open ("auto"): --mase-calibrate chooses it
// ZERO: error: "auto" for 'data_in_frac_width' goes with no zero point, found one
// BIPOLAR: error: "auto" for 'weight_scale' goes with two codes or more, found a bipolar format
// LIST: error: "auto" for 'data_in_frac_width' goes with one width, found a list
// WORD: error: expected an integer, 'auto' or 'NA' for 'data_in_frac_width', found 'automatic'

func.func @net(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %w1 = arith.constant dense<[[1.0, -0.5], [0.25, 2.0]]> : tensor<2x2xf32>
  %b1 = arith.constant dense<[0.125, -0.25]> : tensor<2xf32>
  %w2 = arith.constant dense<[[1.0, 0.5]]> : tensor<1x2xf32>
  %b2 = arith.constant dense<[0.5]> : tensor<1xf32>
  %0 = mase.linear "fc1" %x, %w1, %b1 : (tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %1 = mase.relu "act" %0 : tensor<?x2xf32>
  %2 = mase.linear "fc2" %1, %w2, %b2 : (tensor<?x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<?x1xf32>
  return %2 : tensor<?x1xf32>
}
