// Stages as C++: what becomes of formats and ops.
// RUN: split-file %s %t
// RUN: mase-translate --mase-to-cpp %t/codes.mlir | FileCheck %t/codes.mlir
// RUN: mase-translate --mase-to-cpp %t/wide.mlir | FileCheck %t/wide.mlir
// RUN: mase-translate --mase-to-cpp %t/floats.mlir | FileCheck %t/floats.mlir
// RUN: mase-translate --mase-to-cpp --cpp-language=c %t/codes.mlir | FileCheck %t/codes.mlir --check-prefix=C
// RUN: mase-translate --mase-to-cpp --cpp-language=c %t/wide.mlir | FileCheck %t/wide.mlir --check-prefix=C
// RUN: mase-translate --mase-to-cpp --cpp-language=c %t/floats.mlir | FileCheck %t/floats.mlir --check-prefix=C
// RUN: mase-translate --mase-to-cpp %t/apply.mlir | FileCheck %t/apply.mlir --check-prefix=CPP
// RUN: not mase-translate --mase-to-cpp --cpp-language=c %t/apply.mlir 2>&1 | FileCheck %t/apply.mlir
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
// C-NOT:      {{tanhF32|softmaxF32|UniformFormat}}
// C:          MASE_INLINE void codes_stage_fc1(const int16_t *x, int16_t *y, int lanes) {
// C:            static const int8_t weight[2][4] = {
// C:            static const int32_t bias[2] = {32, -16};
// C-NEXT:       for (int o = 0; o < 2; ++o) {
// C-NEXT:         int32_t sum[CODES_BLOCK];
// C-NEXT:         for (int s = 0; s < lanes; ++s)
// C-NEXT:           sum[s] = bias[o];
// C-NEXT:         for (int k = 0; k < 4; ++k)
// C-NEXT:           for (int s = 0; s < lanes; ++s)
// C-NEXT:             sum[s] += x[k * lanes + s] * weight[o][k];
// C-NEXT:         for (int s = 0; s < lanes; ++s) {
// C-NEXT:           const float number = codes_rt_scaled((float)(sum[s]), 0.25f);
// C-NEXT:           y[o * lanes + s] = (int16_t)(codes_rt_round(codes_rt_max(codes_rt_min(number, 15.0f), 0.0f)));
// C:          void codes_infer_one(const float *x, float *y) {
// C-NEXT:       int16_t h1[4];
// C-NEXT:       codes_stage_quantize(x, h1, 1);
// C:          static void codes_block(const float *x, float *y) {
// C-NEXT:       int16_t h1[4 * CODES_BLOCK];
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
// C: typedef enum {
// C-NEXT: wide_rt_Rounding_NearestEven,
// C: MASE_INLINE int64_t wide_rt_uniformCode(float x,
// C-NEXT: const wide_rt_UniformFormat *format) {
// C-NEXT: double lo = (double)(format->minCode), hi = (double)(format->maxCode);
// C: static const wide_rt_UniformFormat format[1] = {
// C-NEXT: {6, 0.100000001f, 0, -32, 31, true, false, false,
// C-NEXT: wide_rt_Rounding_Ceil, wide_rt_Overflow_Wrap}};
// C: int64_t sum[WIDE_BLOCK];
// C: sum[s] += (int64_t)(x[k * lanes + s]) * weight[o][k];
// C: (int16_t)((int32_t)(wide_rt_uniformCode(number, &format[0])))
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
// C: static const float floats_rt_kLog2E = 0x1.715476p+0f;
// C: MASE_INLINE floats_rt_ReducedExp floats_rt_reducedExp(float x) {
// C: sum[s] = floats_rt_fma(x[k * lanes + s], weight[o][k], sum[s]);
// C: y[o * lanes + s] = floats_rt_tanh(sum[s]);
// C: floats_rt_softmaxF32(row, row, 2);
func.func @floats(%x: tensor<?x3xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.0, -0.5, 2.0], [-2.0, 0.75, 0.0]]> : tensor<2x3xf32>
  %b = arith.constant dense<[0.5, -1.0]> : tensor<2xf32>
  %0 = mase.linear "fc" %x, %w, %b : (tensor<?x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %1 = mase.tanh "act" %0 : tensor<?x2xf32>
  %2 = mase.softmax "probabilities" %1 : tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}

//--- apply.mlir
// CPP: rt::each(functions::f0::cube, x.v[o + i]);
// CHECK: apply.mlir:{{[0-9]+}}:{{[0-9]+}}: error: {{.*}}expected operations that C has, found a function in C++ ({{.*}}); --cpp-language=c++ prints it
mase_kernel.kernel @apply layout lanes strategy scalar {
^bb0(%x: vector<2xf32>):
  %0 = mase_kernel.stage "cube" tile 1 (%x) : (vector<2xf32>) -> vector<2xf32> {
  ^bb0(%a: vector<2xf32>):
    %1 = mase_kernel.apply "cube" %a function "cube" of "MASE_DEVICE float cube(float x) { return rt::mul(x, x); }" : vector<2xf32>
    mase_kernel.yield %1 : vector<2xf32>
  }
  mase_kernel.return %0 : vector<2xf32>
}

//--- none.mlir
// CHECK: error: expected one network for a header, found 0
module {}
