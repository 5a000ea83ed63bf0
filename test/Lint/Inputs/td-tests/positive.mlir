// RUN: mase-opt %s --verify-roundtrip | FileCheck %s
// CHECK: a (C4)
