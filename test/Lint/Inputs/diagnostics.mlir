// RUN: mase-opt %s | FileCheck %s
// CHECK: @f
// expected-error @+1 {{unknown}}
// expected-eror @+1 {{unknown}}
// expected-note unknown
