// The text of scales, zero points and widths of single features.
// RUN: mase-translate --mase-to-cuda %s | FileCheck %s

// CHECK:      //           to codes of [4 to 8].[2 to 4]
// CHECK-NEXT: //   fc      linear 2 -> 2, data [4 to 8].[2 to 4], weight 4 bits times 0.3 to 0.7 unsigned, zero point 3
// CHECK-NEXT: //           to codes of [3 to 5].4, zero point -2 to 1
// CHECK-NEXT: //           to codes of 6 bits times 0.1 ceil wrap
// CHECK-NEXT: //   last    linear 2 -> 2, data 6.4 wrap, weight 4.2, bias 8.[6 to 12]
// Bounds are tables where they differ.
// CHECK:      namespace quantize {
// CHECK-NEXT: /// gives steps of the format
// CHECK-NEXT: MASE_TABLE float factor[2] = {16.0f, 4.0f};
// CHECK-NEXT: /// the smallest code, in steps
// CHECK-NEXT: MASE_TABLE int32_t low[2] = {-128, -8};
// CHECK-NEXT: /// the largest code, in steps
// CHECK-NEXT: MASE_TABLE int32_t high[2] = {127, 7};
// CHECK:      const float steps = rt::mul(x[o][s], factor[o]);
// CHECK-NEXT: code[lane][s] = rt::clampRound(steps, low[o], high[o]);
// CHECK:      namespace fc {
// CHECK:      {rt::pack(-2, -4, 0, 0)},
// CHECK:      MASE_TABLE float factor[2] = {0.300000012f, 0.699999988f};
// CHECK:      MASE_TABLE float low[2] = {-14.0f, -5.0f};
// CHECK:      MASE_TABLE float high[2] = {17.0f, 2.0f};
// CHECK:      MASE_TABLE int32_t zeroPoint[2] = {-2, 1};
// CHECK:      MASE_TABLE float scale[2] = {0.25f, 0.125f};
// CHECK:      MASE_TABLE int64_t zeroPoint2[2] = {-2, 1};
// A format that is rounded by its definition.
// CHECK:      /// codes of 6 bits times 0.1 ceil wrap
// CHECK-NEXT: MASE_TABLE mase::UniformFormat format[1] = {
// CHECK-NEXT:     {6, 0.100000001f, 0, true, false, false,
// CHECK-NEXT:      mase::Rounding::Ceil, mase::Overflow::Wrap, false}};
// CHECK:      rt::dp4a(x[k][s], weight[o][k], sum[lane][s]);
// CHECK:      const float steps = rt::mul(rt::toFloat(sum[lane][s]), factor[o]);
// CHECK-NEXT: const int32_t code2 = rt::round<0>(rt::max(rt::min(steps, high[o]), low[o])) + zeroPoint[o];
// CHECK-NEXT: const float value = rt::mul(rt::toFloat(int64_t(code2) - zeroPoint2[o]), scale[o]);
// CHECK:      code[lane][s] = int32_t(rt::quantize(value2, format[0]));
// CHECK:      namespace last {
// CHECK:      /// what the products are multiplied by
// CHECK-NEXT: MASE_TABLE int32_t power[2] = {64, 1};
// CHECK:      rt::toFloat(sum[o][s] * power[o] + bias[o])
func.func @net(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %q = mase.quantize %x to(#mase.format<integer, width = [8, 4], frac_width = [4, 2], axis = 1>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %w = arith.constant dense<[[1, 2], [6, 2]]> : tensor<2x2xi4>
  %a = mase.int_linear "fc" %q as(#mase.format<integer, width = [8, 4], frac_width = [4, 2], axis = 1>), %w as(#mase.format<integer, width = 4, scale = [0.3, 0.7], zero_point = 3, axis = 0, signed = false>) : (tensor<?x2xi8>, tensor<2x2xi4>) -> tensor<?x2xi32>
  %r = mase.requantize [] %a scale [0.01875, 0.04375] to(#mase.format<integer, width = [5, 3], frac_width = 4, zero_point = [-2, 1], axis = 1>) : (tensor<?x2xi32>) -> tensor<?x2xi5>
  %d = mase.dequantize %r frac [2, 3] zero_point [-2, 1] axis 1 : tensor<?x2xi5> -> tensor<?x2xf32>
  %s = mase.quantize %d to(#mase.format<integer, width = 6, scale = 0.1, rounding = "ceil", overflow = "wrap">) : tensor<?x2xf32> -> tensor<?x2xi6>
  %v = arith.constant dense<[[3, 1], [-4, 2]]> : tensor<2x2xi4>
  %b = arith.constant dense<[5, 6]> : tensor<2xi8>
  %c = mase.int_linear "last" %s as(#mase.format<integer, width = 6, frac_width = 4, overflow = "wrap">), %v as(#mase.fixed<4, 2>), %b as(#mase.format<integer, width = 8, frac_width = [12, 6], axis = 0>) : (tensor<?x2xi6>, tensor<2x2xi4>, tensor<2xi8>) -> tensor<?x2xi32>
  %y = mase.dequantize %c frac [16, 6] axis 1 : tensor<?x2xi32> -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK:      namespace division_net {
// CHECK:      MASE_TABLE float divisor[2] = {0.100000001f, 0.300000012f};
// CHECK:      const float steps = rt::div(x[o][s], divisor[o]);
// CHECK-NEXT: const int32_t code2 = rt::clampRound<-131, 124>(steps) + 3;
// CHECK-NEXT: y[o][s] = rt::toFloat(int64_t(code2) - 3);
func.func @division(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %q = mase.quantize %x to(#mase.format<integer, width = 8, scale = [0.1, 0.3], axis = 1, zero_point = 3>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %y = mase.dequantize %q frac 0 zero_point 3 : tensor<?x2xi8> -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
