// RUN: mase-opt %s | FileCheck %s
// CHECK: @f
// QUANT: @g
// QUANT-NEXT: return
// CHECK-QUANT: @h
