// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels in lanes have no particles and branches yet.
// RUN: not mase-translate --mase-to-cpp %s -o %t.h 2>&1 | FileCheck %s
// CHECK: error: layer 'sum': there is no C++ code of particles and of branches that join yet, found 'mase_kernel.reduce'
mase_kernel.kernel @net layout lanes strategy scalar {
^bb0(%x: vector<6xf32>):
  %0 = mase_kernel.stage "sum" tile 3 (%x) : (vector<6xf32>) -> vector<3xf32> {
  ^bb0(%a: vector<6xf32>):
    %y = mase_kernel.reduce "sum" %a : vector<6xf32> -> vector<3xf32>
    mase_kernel.yield %y : vector<3xf32>
  }
  mase_kernel.return %0 : vector<3xf32>
}
