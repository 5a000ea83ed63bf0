// A function of a layer that is not ours, in a kernel and its text: once for
// all ops that apply it.
// RUN: mase-opt %s | mase-opt | FileCheck %s
// RUN: mase-translate --mase-to-cuda %s | FileCheck %s --check-prefix=TEXT

// TEXT:      // twice
// TEXT-NEXT: namespace net_formats::f0 {
// TEXT-NEXT: MASE_DEVICE float twice(float x) { return 2 * x; }
// TEXT-NEXT: } // namespace net_formats::f0
// TEXT-NOT:  namespace net_formats
// TEXT:      namespace net_net {
// TEXT:      // act: twice, float32
// TEXT:      ::net_formats::f0::twice(x[o][s])
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<4xf32>):
    // CHECK: mase_kernel.apply "act" %{{.*}} function "twice" of "MASE_DEVICE float twice(float x) { return 2 * x; }" : vector<4xf32>
    %y = mase_kernel.apply "act" %a function "twice" of "MASE_DEVICE float twice(float x) { return 2 * x; }" : vector<4xf32>
    %z = mase_kernel.apply "again" %y function "twice" of "MASE_DEVICE float twice(float x) { return 2 * x; }" : vector<4xf32>
    mase_kernel.yield %z : vector<4xf32>
  }
  mase_kernel.return %0 : vector<4xf32>
}
