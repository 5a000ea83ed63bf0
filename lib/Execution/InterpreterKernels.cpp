// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiled once per instruction set (MASE_KERNELS names it): everything here
// has internal linkage or is inlined, so that no build leaks into another.
#include "InterpreterKernels.h"

#include "mase/Numerics/Elementary.h"
#include "mase/Numerics/FixedPoint.h"

namespace mase::interpreter {
namespace {

void linear(size_t in, size_t out, const float *__restrict x,
            const float *__restrict weight, float *__restrict sums) {
  for (size_t i = 0; i < in; ++i, weight += out)
    for (size_t o = 0; o < out; ++o)
      sums[o] = fmaF32(x[i], weight[o], sums[o]);
}

void affine(size_t rows, size_t features, const float *__restrict x,
            const float *__restrict scale, const float *__restrict shift,
            float *__restrict y) {
  for (size_t row = 0; row < rows; ++row, x += features, y += features)
    for (size_t c = 0; c < features; ++c)
      y[c] = fmaF32(x[c], scale[c], shift[c]);
}

template <Rounding rounding>
void quantizeBy(size_t size, const float *__restrict x,
                const FixedCodes &format, int64_t *__restrict codes) {
  const auto [scale, low, high, floor] = format;
  for (size_t i = 0; i < size; ++i)
    codes[i] = int64_t(quantizeToCode(x[i], scale, low, high, rounding));
}

void quantize(size_t size, const float *x, const FixedCodes &format,
              int64_t *codes) {
  return format.floor
             ? quantizeBy<Rounding::Floor>(size, x, format, codes)
             : quantizeBy<Rounding::NearestEven>(size, x, format, codes);
}

template <bool hasAffine, bool hasRelu, Rounding rounding>
void requantizeBy(const RequantizeLoop &loop, const int64_t *__restrict sums,
                  int64_t *__restrict codes) {
  const size_t features = loop.features;
  const unsigned unused = loop.width >= 64 ? 0 : 64 - loop.width;
  const int64_t *__restrict zeroPoints = loop.zeroPoints;
  const float *__restrict sumScales = loop.sumScales,
                          *__restrict scale = loop.scale,
                          *__restrict shift = loop.shift;
  const double factor = loop.format.scale, low = loop.format.low,
               high = loop.format.high;
  for (size_t row = 0; row < loop.rows;
       ++row, sums += features, codes += features)
    for (size_t c = 0; c < features; ++c) {
      int64_t sum = int64_t(uint64_t(sums[c]) << unused) >> unused;
      float v = float(sum - zeroPoints[c]) * sumScales[c];
      if constexpr (hasAffine)
        v = fmaF32(v, scale[c], shift[c]);
      if constexpr (hasRelu)
        v = v > 0 ? v : 0.0f;
      codes[c] = int64_t(quantizeToCode(v, factor, low, high, rounding));
    }
}

template <bool hasAffine, bool hasRelu>
void requantizeTo(const RequantizeLoop &loop, const int64_t *sums,
                  int64_t *codes) {
  return loop.format.floor
             ? requantizeBy<hasAffine, hasRelu, Rounding::Floor>(loop, sums,
                                                                 codes)
             : requantizeBy<hasAffine, hasRelu, Rounding::NearestEven>(
                   loop, sums, codes);
}

void requantize(const RequantizeLoop &loop, const int64_t *sums,
                int64_t *codes) {
  if (loop.scale)
    return loop.relu ? requantizeTo<true, true>(loop, sums, codes)
                     : requantizeTo<true, false>(loop, sums, codes);
  return loop.relu ? requantizeTo<false, true>(loop, sums, codes)
                   : requantizeTo<false, false>(loop, sums, codes);
}

template <typename Step, typename Sum>
void products(size_t in, size_t out, const Step *__restrict x,
              const Step *__restrict weight, Sum *__restrict sums) {
  for (size_t o = 0; o < out; ++o, weight += in) {
    Sum sum = 0;
    for (size_t i = 0; i < in; ++i)
      sum += Sum(x[i]) * Sum(weight[i]);
    sums[o] = sum;
  }
}

} // namespace

namespace MASE_KERNELS {
extern const InterpreterKernels interpreterKernels;
const InterpreterKernels interpreterKernels = {linear,
                                               affine,
                                               quantize,
                                               requantize,
                                               products<int16_t, int32_t>,
                                               products<int64_t, uint64_t>};
} // namespace MASE_KERNELS
} // namespace mase::interpreter
