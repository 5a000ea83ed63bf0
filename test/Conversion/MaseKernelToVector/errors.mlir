// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: mase-opt %s --convert-mase-kernel-to-vector --split-input-file --verify-diagnostics
// RUN: not mase-opt %s --convert-mase-kernel-to-vector=isa=sse9 2>&1 | FileCheck %s --check-prefix=ISA
// RUN: echo | mase-opt --convert-mase-kernel-to-vector 2>&1 | FileCheck %s --check-prefix=NOTHING
// ISA: error: expected isa 'generic', 'avx2', 'avx512' or 'avx512vnni', found 'sse9'
// NOTHING: warning: --convert-mase-kernel-to-vector: nothing to do: expected kernels, found no layer at all

// expected-error @below {{expected a kernel of the layout 'lanes', which --convert-mase-to-kernel=kernel=lanes makes, found 'thread'}}
mase_kernel.kernel @gpu layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<1xf32>):
  mase_kernel.return %x : vector<1xf32>
}

// -----

mase_kernel.kernel @text layout lanes strategy scalar {
^bb0(%x: vector<1xf32>):
  %0 = mase_kernel.stage "act" tile 1 (%x) : (vector<1xf32>) -> vector<1xf32> {
  ^bb0(%a: vector<1xf32>):
    // expected-error @below {{expected an op with code of its own, found 'mase_kernel.apply', which is C++ that another compiler has to compile: --mase-to-cpp prints it}}
    %y = mase_kernel.apply "act" %a function "halve" of "MASE_DEVICE float halve(float x) { return x / 2; }" : vector<1xf32>
    mase_kernel.yield %y : vector<1xf32>
  }
  mase_kernel.return %0 : vector<1xf32>
}

// -----

// expected-error @below {{expected activations of at most 2048 KiB for the samples in a vector's lanes, which are on the stack; found 31250 KiB for 4 samples}}
mase_kernel.kernel @wide layout lanes strategy scalar {
^bb0(%x: vector<1000000xf32>):
  %0 = mase_kernel.stage "act" tile 1 (%x) : (vector<1000000xf32>) -> vector<1000000xf32> {
  ^bb0(%a: vector<1000000xf32>):
    %y = mase_kernel.relu "act" %a : vector<1000000xf32>
    mase_kernel.yield %y : vector<1000000xf32>
  }
  mase_kernel.return %0 : vector<1000000xf32>
}
