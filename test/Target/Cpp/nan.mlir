// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NaN passes a clip and not a ReLU behind it, whatever clang folds.
// REQUIRES: cross
// RUN: rm -rf %t && mkdir %t
// RUN: mase-translate --mase-to-cpp %s --cpp-namespace=net -o %t/net.hpp 2>&1 | count 0
// RUN: %host_cxx --target=aarch64-linux-gnu -static -std=c++17 -O2 -I%t %S/Inputs/nan.cpp -o %t/aarch64
// RUN: qemu-aarch64 %t/aarch64 | FileCheck %s
// RUN: %host_cxx -std=c++17 -O2 -I%t %S/Inputs/nan.cpp -o %t/host && %t/host | FileCheck %s
// RUN: mase-translate --mase-to-cpp --cpp-language=c %s --cpp-namespace=net -o %t/net.h 2>&1 | count 0
// RUN: %host_cc -O2 -I%t %S/Inputs/nan.c -o %t/c -lm && %t/c | FileCheck %s
// CHECK: 0 0
func.func @main(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %0 = mase.clip "clip" %x from 0.0 to 0x7F800000 : tensor<?x1xf32>
  %1 = mase.relu "relu" %0 : tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}
