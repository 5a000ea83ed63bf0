// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Coordinate descent's loops: what changed sums make of codes. Included by
// CalibrationKernels.cpp alone, once per instruction set.
#ifndef MASE_LIB_CALIBRATE_CODECHANGEKERNELS_H
#define MASE_LIB_CALIBRATE_CODECHANGEKERNELS_H

#include "CalibrationKernels.h"

#include "mase/Numerics/Elementary.h"

namespace mase {
namespace {

constexpr int kLanes = 64;

typedef float Floats __attribute__((vector_size(64)));
typedef float HalfFloats __attribute__((vector_size(32)));
typedef double Doubles __attribute__((vector_size(64)));

MASE_ALWAYS_INLINE void load(Floats &to, const float *from) {
  memcpy(&to, from, sizeof to);
}
MASE_ALWAYS_INLINE void load(Doubles &to, const float *from) {
  HalfFloats narrow;
  memcpy(&narrow, from, sizeof narrow);
  to = __builtin_convertvector(narrow, Doubles);
}

/// Of integers of a byte nothing rounds, so that one operation is as good as
/// two. In binary64 it would not be where the sums outgrow 2^53.
MASE_ALWAYS_INLINE void multiplyAdd(Floats &y, Floats a, Floats b) {
#if defined(__clang__) && defined(__FMA__)
  y = __builtin_elementwise_fma(a, b, y);
#else
  y = a * b + y;
#endif
}
MASE_ALWAYS_INLINE void multiplyAdd(Doubles &y, Doubles a, Doubles b) {
  y = a * b + y;
}

MASE_ALWAYS_INLINE float clamped(float v, float lowest, float highest) {
  v = v < lowest ? lowest : v;
  v = v > highest ? highest : v;
  return v == v ? v : 0.0f;
}

/// A power of two divides as its inverse multiplies, but faster.
struct Divider {
  float factor;
  bool multiplies;
  explicit MASE_ALWAYS_INLINE Divider(float scale)
      : factor(scale), multiplies((bitsOf(scale) & 0x7fffff) == 0 &&
                                  bitsOf(scale) < (253u << 23)) {
    if (multiplies)
      factor = 1.0f / scale;
  }
};

constexpr int kWidth = 16, kVectors = kLanes / kWidth;

/// sums += sum_k deltas[k] * w[k][o].
MASE_ALWAYS_INLINE void addProductsOf(Floats *sums, const float *deltas,
                                      const float *const *w, int64_t inputs,
                                      int64_t o) {
  Floats operand;
  for (int64_t k = 0; k < inputs; ++k) {
    Floats weight = w[k][o] - Floats{};
    for (int v = 0; v < kVectors; ++v) {
      load(operand, deltas + k * kLanes + v * kWidth);
      multiplyAdd(sums[v], operand, weight);
    }
  }
}

void addProducts(const float *x, const float *deltas, const float *const *w,
                 int64_t inputs, float *y, int64_t rows) {
  for (int64_t o = 0; o < rows; ++o) {
    Floats sums[kVectors];
    memcpy(sums, x + o * kLanes, sizeof sums);
    addProductsOf(sums, deltas, w, inputs, o);
    memcpy(y + o * kLanes, sums, sizeof sums);
  }
}

/// Row r of `c`, of `value` of each lane; whether any code differs. In one
/// pass: values stored under a mask would be waited for.
template <typename Value>
MASE_ALWAYS_INLINE bool changeRow(Value value, const CodeChange &c, int64_t r,
                                  float *__restrict deltas) {
  alignas(64) float codes[kLanes];
  const float *before = c.codes + r * kLanes;
  const float lowest = c.lowest[r], highest = c.highest[r], step = c.step[r];
  int32_t differs = 0;
  for (int l = 0; l < kLanes; ++l) {
    codes[l] =
        __builtin_rintf(clamped(value(l), lowest, highest)) * step + 0.0f;
    deltas[l] = codes[l] - before[l];
    differs |= deltas[l] != 0.0f ? 1 : 0;
  }
  if (c.keeps)
    memcpy(c.codes + r * kLanes, codes, sizeof codes);
  return differs != 0;
}

/// All rows; `values(r)` gives what gives row r's lanes.
template <typename Values>
MASE_ALWAYS_INLINE int64_t changeRows(Values values, int64_t rows,
                                      const CodeChange &c) {
  int64_t count = 0;
  for (int64_t r = 0; r < rows; ++r)
    if (changeRow(values(r), c, r, c.deltas + count * kLanes))
      c.changed[count++] = r;
  return count;
}

int64_t changeCodes(const float *x, int64_t rows, const CodeChange &c) {
  if (Divider(c.scale[0]).multiplies)
    return changeRows(
        [=](int64_t r) {
          float f = 1.0f / c.scale[r];
          return [=](int l) { return x[r * kLanes + l] * f; };
        },
        rows, c);
  return changeRows(
      [=](int64_t r) {
        float f = c.scale[r];
        return [=](int l) { return x[r * kLanes + l] / f; };
      },
      rows, c);
}

template <bool Bias, bool Relu, bool Multiplies>
int64_t changeCodesOfSumsAs(const SumChange &x, int64_t rows,
                            const CodeChange &c) {
  alignas(64) float row[kLanes];
  return changeRows(
      [&](int64_t r) {
        Floats sums[kVectors];
        memcpy(sums, x.sums + r * kLanes, sizeof sums);
        addProductsOf(sums, x.deltas, x.w, x.products, r);
        memcpy(row, sums, sizeof sums);
        if (c.keeps)
          memcpy(x.sums + r * kLanes, sums, sizeof sums);
        float scale = x.scale[r], bias = Bias ? x.bias[r] : 0.0f,
              f = Multiplies ? 1.0f / c.scale[r] : c.scale[r];
        const float *values = row;
        return [=](int l) {
          float v = Bias ? fmaF32(values[l], scale, bias) : values[l] * scale;
          if (Relu)
            v = v > 0.0f ? v : 0.0f;
          return Multiplies ? v * f : v / f;
        };
      },
      rows, c);
}

int64_t changeCodesOfSums(const SumChange &x, int64_t rows,
                          const CodeChange &c) {
  constexpr decltype(&changeCodesOfSumsAs<false, false, false>) kForms[] = {
      changeCodesOfSumsAs<false, false, false>,
      changeCodesOfSumsAs<false, false, true>,
      changeCodesOfSumsAs<false, true, false>,
      changeCodesOfSumsAs<false, true, true>,
      changeCodesOfSumsAs<true, false, false>,
      changeCodesOfSumsAs<true, false, true>,
      changeCodesOfSumsAs<true, true, false>,
      changeCodesOfSumsAs<true, true, true>,
  };
  int form = (x.bias ? 4 : 0) + (x.relu ? 2 : 0) +
             (Divider(c.scale[0]).multiplies ? 1 : 0);
  return kForms[form](x, rows, c);
}

} // namespace
} // namespace mase

#endif // MASE_LIB_CALIBRATE_CODECHANGEKERNELS_H
