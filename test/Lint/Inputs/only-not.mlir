// RUN: mase-opt %s | FileCheck %s
// CHECK-NOT: @f
