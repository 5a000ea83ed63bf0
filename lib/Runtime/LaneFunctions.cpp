// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions that code compiled from kernels for CPUs calls. Compiled twice: to
// a library, and to LLVM IR that object files take in.
#include "mase/Runtime/LaneFunctions.h"

#include "mase/Numerics/Elementary.h"
#include "mase/Numerics/FormatWord.h"

void mase_tanh_lanes(float *x, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    x[i] = mase::tanhF32(x[i]);
}

void mase_sigmoid_lanes(float *x, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    x[i] = mase::sigmoidF32(x[i]);
}

void mase_softmax_f32(const float *x, float *y, int64_t n) {
  mase::softmaxF32(x, y, int(n));
}

void mase_log_softmax_f32(const float *x, float *y, int64_t n) {
  mase::logSoftmaxF32(x, y, int(n));
}

void mase_quantize_lanes(const float *x, int64_t *codes, int64_t n,
                         const float *scale, const int64_t *zeroPoint,
                         const int32_t *format, int64_t step) {
  for (int64_t i = 0; i < n;
       ++i, scale += step, zeroPoint += step, format += step)
    codes[i] = mase::quantizeToCode(
        x[i], mase::formatOfWord(uint32_t(*format), *scale, *zeroPoint));
}

void mase_clamp_round_lanes(const float *x, int32_t *codes, int64_t n,
                            const int32_t *low, const int32_t *high,
                            int64_t floor) {
  const auto rounding =
      floor != 0 ? mase::Rounding::Floor : mase::Rounding::NearestEven;
  for (int64_t i = 0; i < n; ++i)
    codes[i] = int32_t(mase::quantizeToCode(x[i], 1.0, double(low[i]),
                                            double(high[i]), rounding));
}
