// RUN: mase-opt %s | FileCheck %s --check-prefixes=CHECK,DEAD
// RUN: mase-opt %s | FileCheck %s -check-prefix GONE
// CHECK: @f
