// Stages as C++: what becomes of formats and ops.
// RUN: split-file %s %t
// RUN: mase-translate --mase-to-cpp %t/codes.mlir | FileCheck %t/codes.mlir
// RUN: mase-translate --mase-to-cpp %t/wide.mlir | FileCheck %t/wide.mlir
// RUN: mase-translate --mase-to-cpp %t/floats.mlir | FileCheck %t/floats.mlir
// RUN: not mase-translate --mase-to-cpp %t/none.mlir 2>&1 | FileCheck %t/none.mlir

//--- codes.mlir
// What is not called is not copied.
// CHECK-NOT:  {{tanhF32|softmaxF32|UniformFormat}}
// CHECK:      constexpr std::int8_t weight[2][4] = {
// CHECK-NEXT:     {4, -2, 8, 1},
// CHECK-NEXT:     {-8, 3, 0, 2}};
// CHECK:      constexpr std::int32_t bias[2] = {32, -16};
// CHECK:      constexpr auto products = rt::dotTable<true, true>(weight, bias);
// CHECK:      MASE_INLINE void run(const rt::Bytes<L, 4> &x, rt::Bytes<L, 2> &y) {
// CHECK-NEXT:   constexpr int tile = L::tile(2, 4);
// CHECK-NEXT:   for (int o = 0; o < L::count(2, 4); o += tile) {
// CHECK-NEXT:     rt::Ints sum[tile];
// CHECK-NEXT:     rt::dot<L>(products, x, o, sum);
// CHECK-NEXT:     rt::Floats number[tile];
// CHECK-NEXT:     MASE_UNROLL
// CHECK-NEXT:     for (int i = 0; i < tile; ++i)
// CHECK-NEXT:       number[i] = rt::mul(rt::toFloat(sum[i]), rt::splat(0.25f));
// CHECK-NEXT:     rt::putRounded<L, 2, 0, 15, true>(number, o, y);
// The codes behind a ReLU need no sign.
// CHECK:      rt::dotTable<false, true>(weight);
func.func @codes(%x: tensor<?x4xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[1.0, -0.5, 2.0, 0.25], [-2.0, 0.75, 0.0, 0.5]]> : tensor<2x4xf32>
  %b = arith.constant dense<[1.0, -0.5]> : tensor<2xf32>
  %0 = mase.linear "fc1" %x, %w, %b precision <data_in = #mase.fixed<8, 3>, weight = #mase.fixed<5, 2>, bias = #mase.fixed<6, 2>> : (tensor<?x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %1 = mase.relu "act" %0 : tensor<?x2xf32>
  %v = arith.constant dense<[[1.0, -1.0]]> : tensor<1x2xf32>
  %2 = mase.linear "fc2" %1, %v precision <data_in = #mase.fixed<5, 3>, weight = #mase.fixed<4, 1>> : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x1xf32>
  return %2 : tensor<?x1xf32>
}

//--- wide.mlir
// CHECK: rt::clampRound(rt::mul(x.v[o + i], rt::splat(0x1p16f)), rt::splat(-32768.0f), rt::splat(32767.0f))
// CHECK: constexpr auto bias = rt::table<std::int64_t>({4294967296});
// CHECK: constexpr auto products = rt::matrix<std::int64_t>(weight);
// CHECK: constexpr rt::UniformFormat format[1] = {
// CHECK-NEXT: {6, 0.100000001f, 0, true, false, false,
// CHECK-NEXT: rt::Rounding::Ceil, rt::Overflow::Wrap, false}};
// CHECK: rt::Longs sum[tile];
// CHECK: rt::dot64<L>(products, x, o, sum);
// CHECK: code[i] = rt::toInts(rt::quantize<L>(rt::mul(rt::toFloat(rt::addLongs(rt::longsAt<L>(bias, o + i), sum[i], rt::splatLongs(1))), rt::splat(0x1p-32f)), format, o + i));
// CHECK: rt::putCodes<L, 1>(code, o, y);
func.func @wide(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[0.4, -0.4]]> : tensor<1x2xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  %0 = mase.linear "fc" %x, %w, %b precision <data_in = #mase.fixed<16, 16>, weight = #mase.fixed<16, 16>, bias = #mase.fixed<16, 2>> : (tensor<?x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<?x1xf32>
  %v = arith.constant dense<1.5> : tensor<1x1xf32>
  %1 = mase.linear "fc2" %0, %v precision <data_in = #mase.format<integer, width = 6, scale = 0.1, rounding = "ceil", overflow = "wrap">, weight = #mase.fixed<4, 1>> : (tensor<?x1xf32>, tensor<1x1xf32>) -> tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}

//--- floats.mlir
// CHECK: inline void softmaxF32(const float *in, float *out, int n)
// CHECK: constexpr float weight[2][3] = {
// CHECK: constexpr auto bias = rt::table<float>({0.5f, -1.0f});
// CHECK: constexpr auto products = rt::matrix<float>(weight);
// CHECK: rt::linear<L>(products, bias, x, o, sum);
// CHECK: y.v[o + i] = rt::tanh(sum[i]);
// CHECK: rt::rows<L, 2>(rt::softmaxF32, x, y);
func.func @floats(%x: tensor<?x3xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.0, -0.5, 2.0], [-2.0, 0.75, 0.0]]> : tensor<2x3xf32>
  %b = arith.constant dense<[0.5, -1.0]> : tensor<2xf32>
  %0 = mase.linear "fc" %x, %w, %b : (tensor<?x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %1 = mase.tanh "act" %0 : tensor<?x2xf32>
  %2 = mase.softmax "probabilities" %1 : tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}

//--- none.mlir
// CHECK: error: expected one network for a header, found 0
module {}
