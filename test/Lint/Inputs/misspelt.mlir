// RUN: mase-opt %s | FileCheck %s
// CHECK: @f
// CHECk-NEXT: a
// CHECK-NXT: b
// CHEKC: c
// CHECK : d
// CHECK-LABLE: e
// Check-Next: f
// CHECK-NEXT g
// CHECK_NEXT: h
// run: mase-opt %s
// RUN mase-opt %s
