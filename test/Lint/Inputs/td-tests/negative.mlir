// RUN: mase-opt %s --verify-diagnostics
// RUN: mase-opt %s --toy-pass="once=1 same=2 tested=3 flag=false" | FileCheck %s
// RUN: mase-opt %s --pass-pipeline='builtin.module(toy-pass{same=2 tested=4 flag})' | FileCheck %s
// RUN: mase-opt %s --other-pass="once=2 same=3" | FileCheck %s
// CHECK: @a_c1
func.func @a_c1() {
"toy.a"() : () -> ()
// a, b (C2)
// toy.b C1
// b (C3)
