// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: mase-opt %s --verify-diagnostics

// mase_cuda.round C1: integers have kernels of their own.
mase_cuda.kernel @net strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_cuda.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C1) expected a number format with a C++ function that rounds, found #mase.fixed<8, 4>}}
    %y = mase_cuda.round %a to #mase.fixed<8, 4> : vector<4xf32>
    mase_cuda.yield %y : vector<4xf32>
  }
  mase_cuda.return %0 : vector<4xf32>
}
