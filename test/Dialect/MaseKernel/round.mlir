// A format that is no integer, in a kernel and its text.
// RUN: mase-test-opt %s | mase-test-opt | FileCheck %s
// RUN: mase-test-translate --mase-to-cuda %s | FileCheck %s --check-prefix=TEXT

// TEXT:      // {name="powers", width=3}
// TEXT-NEXT: namespace net_formats::f0 {
// TEXT-NEXT: MASE_DEVICE float powers3(float x) {
// TEXT:      } // namespace net_formats::f0
// TEXT-NOT:  namespace net_formats
// TEXT:      namespace net_net {
// TEXT:      // to values of {name="powers", width=3}
// TEXT:      ::net_formats::f0::powers3(x[o][s])
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<4xf32>):
    // CHECK: mase_kernel.round %{{.*}} to(#mase.format<powers, width = 3>) : vector<4xf32>
    %y = mase_kernel.round %a to(#mase.format<powers, width = 3>) : vector<4xf32>
    %r = mase_kernel.relu "r" %y : vector<4xf32>
    %z = mase_kernel.round %r to(#mase.format<powers, width = 3>) : vector<4xf32>
    mase_kernel.yield %z : vector<4xf32>
  }
  mase_kernel.return %0 : vector<4xf32>
}
