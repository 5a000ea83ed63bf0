// RUN: mase-opt %s
// RUN: mase-opt %s -o %t.mlir
// RUN: mase-opt %s | FileCheck %s || true
// CHECK: @f
