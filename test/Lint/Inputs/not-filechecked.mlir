// RUN: mase-opt %s --verify-diagnostics
// CHECK: @f
// CHECK-NEXT: return
