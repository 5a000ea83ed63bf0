// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Particles share weights; one sample is all lanes, for its features are not
// side by side.
// RUN: mase-translate --mase-to-cpp %s | FileCheck %s
// CHECK:      namespace phi {
// CHECK:        rt::dotTable<true, true>(weight, bias);
// CHECK:        constexpr int tile = L::tile(4, 4);
// CHECK-NEXT:   for (int p = 0; p < 2; ++p) {
// CHECK-NEXT:     for (int c = 0; c < L::count(4, 4); c += tile) {
// CHECK-NEXT:       const int o = 4 * p + c;
// CHECK-NEXT:       rt::Ints sum[tile];
// CHECK-NEXT:       rt::dot<L>(products, x, c, sum, 1 * p);
// CHECK:            L::at({{.*}}, o + i)
// CHECK:      namespace sum {
// CHECK:        for (int p = 0; p < 2; ++p)
// CHECK-NEXT:     for (int i = 0; i < tile; ++i)
// CHECK-NEXT:       sum[i] = rt::add(sum[i], x.v[4 * p + o + i]);
// CHECK-NEXT:   MASE_UNROLL
// CHECK-NEXT:   for (int i = 0; i < tile; ++i)
// CHECK-NEXT:     y.v[o + i] = rt::mul(sum[i], rt::splat(0.5f));
// CHECK:      namespace both {
// CHECK:        for (int i = 0; i < 4; ++i)
// CHECK-NEXT:     y.v[0 + i] = x.v[0 + 1 * i];
// CHECK-NEXT:   for (int i = 0; i < 2; ++i)
// CHECK-NEXT:     y.v[4 + i] = x2.v[5 + -2 * i];
// CHECK:      inline void infer(const float *x, float *y) noexcept {
// CHECK-NEXT:   rt::Numbers<rt::Samples, int(kInputs)> in{};
// CHECK-NEXT:   rt::loadRows<int(kInputs)>(x, 0, in);
mase_kernel.kernel @net layout lanes strategy dp4a {
^bb0(%x: vector<8xf32>):
  %q = mase_kernel.stage "codes" tile 4 (%x) : (vector<8xf32>) -> vector<2xi32> {
  ^bb0(%a: vector<8xf32>):
    %0 = mase_kernel.quantize [] %a factor 1.600000e+01 to #mase.fixed<8, 4> by convert packed bytes : vector<8xf32> -> vector<2xi32>
    mase_kernel.yield %0 : vector<2xi32>
  }
  %h = mase_kernel.stage "phi" tile 4 (%q) : (vector<2xi32>) -> vector<8xf32> {
  ^bb0(%a: vector<2xi32>):
    %0 = mase_kernel.dot "phi" dp4a %a as(#mase.fixed<8, 4>), dense<[[1, 2, 3, 4], [5, 6, 7, -1], [1, 0, 0, 1], [2, 2, 2, 2]]> : tensor<4x4xi32> as(#mase.fixed<4, 2>) init dense<[1, 2, 3, 4]> : tensor<4xi32> as(#mase.fixed<4, 2>) particles 2 : vector<2xi32> -> vector<8xi32>
    %1 = mase_kernel.dequantize %0 frac 6 : vector<8xi32> -> vector<8xf32>
    %2 = mase_kernel.affine "norm" %1, dense<[1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 4.0]> : tensor<8xf32>, dense<0.5> : tensor<8xf32> features 4 : vector<8xf32>
    mase_kernel.yield %2 : vector<8xf32>
  }
  %s = mase_kernel.stage "sum" tile 4 (%h) : (vector<8xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<8xf32>):
    %0 = mase_kernel.reduce "sum" %a factor 5.000000e-01 : vector<8xf32> -> vector<4xf32>
    mase_kernel.yield %0 : vector<4xf32>
  }
  %b = mase_kernel.stage "both" tile 6 (%s, %h) : (vector<4xf32>, vector<8xf32>) -> vector<6xf32> {
  ^bb0(%a: vector<4xf32>, %c: vector<8xf32>):
    %0 = mase_kernel.gather "both" (%a, %c) operands [0, 0, 0, 0, 1, 1] elements [0, 1, 2, 3, 5, 3] : (vector<4xf32>, vector<8xf32>) -> vector<6xf32>
    mase_kernel.yield %0 : vector<6xf32>
  }
  mase_kernel.return %b : vector<6xf32>
}
