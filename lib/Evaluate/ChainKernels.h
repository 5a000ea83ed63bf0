// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What follows a sum: bias, affine, ReLU, and the value in every form that is
// wanted, in one pass. Included by Kernels.cpp alone, once per instruction
// set.
#ifndef MASE_LIB_EVALUATE_CHAINKERNELS_H
#define MASE_LIB_EVALUATE_CHAINKERNELS_H

#include "Kernels.h"

#include "mase/Numerics/Elementary.h"

namespace mase {
namespace {

/// Rounds any binary32.
MASE_ALWAYS_INLINE float roundAny(float x, const Rounder &f) {
  x = x == x ? x : 0.0f;
  x = x < f.lo ? f.lo : x;
  x = x > f.hi ? f.hi : x;
  return roundByShift(x, f.shift);
}

/// The same towards minus infinity.
MASE_ALWAYS_INLINE float floorAny(float x, const Rounder &f) {
  x = x == x ? x : 0.0f;
  x = x < f.lo ? f.lo : x;
  x = x > f.hi ? f.hi : x;
  float r = roundByShift(x, f.shift);
  return r > x ? r - f.step : r;
}

/// x >= 0 or +infinity, not -0 and no NaN: what a ReLU returns.
MASE_ALWAYS_INLINE float roundPositive(float x, const Rounder &f) {
  x = x > f.hi ? f.hi : x;
  return roundByShift(x, f.shift);
}

void roundRow(const float *x, float *y, const Rounder &rounder, bool positive) {
  const Rounder f = rounder;
  if (f.floor)
    for (int l = 0; l < kLanes; ++l)
      y[l] = floorAny(x[l], f);
  else if (positive)
    for (int l = 0; l < kLanes; ++l)
      y[l] = roundPositive(x[l], f);
  else
    for (int l = 0; l < kLanes; ++l)
      y[l] = roundAny(x[l], f);
}

/// Up to four rows -> four bytes a lane: their shifted codes, less what the
/// shifts are.
MASE_ALWAYS_INLINE void packRows(const float *v, int rows, uint32_t *y,
                                 const Destination &destination,
                                 bool positive) {
  const Rounder f = destination.rounder;
  uint32_t base = 0;
  for (int k = 0; k < rows; ++k)
    base += (uint32_t(destination.offset) - bitsOf(f.shift)) << (8 * k);
  if (rows == 4 && positive && !f.floor) {
    for (int l = 0; l < kLanes; ++l) {
      uint32_t sum = base;
      for (int k = 0; k < 4; ++k) {
        float x = v[k * kLanes + l];
        x = x > f.hi ? f.hi : x;
        sum += shiftedCode(x, f.shift) << (8 * k);
      }
      y[l] = sum;
    }
    return;
  }
  for (int l = 0; l < kLanes; ++l)
    y[l] = base;
  for (int k = 0; k < rows; ++k)
    for (int l = 0; l < kLanes; ++l) {
      float x = v[k * kLanes + l];
      x = f.floor ? floorAny(x, f) : roundAny(x, f);
      y[l] += shiftedCode(x, f.shift) << (8 * k);
    }
}

/// A chain's operations on one feature.
template <bool Bias, bool Affine, bool Relu> struct RowFunction {
  float bias = 0, scale = 0, shift = 0;

  RowFunction() = default;
  MASE_ALWAYS_INLINE RowFunction(const Chain &c, int64_t r) {
    if constexpr (Bias)
      bias = c.bias[r];
    if constexpr (Affine) {
      scale = c.scale[r];
      shift = c.shift[r];
    }
  }
  MASE_ALWAYS_INLINE float operator()(float v) const {
    if constexpr (Bias)
      v = v + bias;
    if constexpr (Affine)
      v = fmaF32(v, scale, shift);
    if constexpr (Relu)
      v = v > 0.0f ? v : 0.0f;
    return v;
  }
};

template <bool Bias, bool Affine, bool Relu>
MASE_ALWAYS_INLINE void computeRow(const Chain &c, const float *__restrict x,
                                   int64_t r, float *__restrict y) {
  const RowFunction<Bias, Affine, Relu> f(c, r);
  for (int l = 0; l < kLanes; ++l)
    y[l] = f(x[l]);
}

/// The value itself is all that is wanted.
template <bool Bias, bool Affine, bool Relu>
void rawChainOf(const Chain &c, float *y) {
  const float *x = c.source;
  for (int64_t b = 0; b < c.blocks; ++b)
    for (int64_t r = 0; r < c.rows; ++r, x += kLanes, y += kLanes)
      computeRow<Bias, Affine, Relu>(c, x, r, y);
}

/// One or two roundings to nearest of what a ReLU returns.
template <bool Bias, bool Affine, int N> void roundedChainOf(const Chain &c) {
  const Rounder f0 = c.destinations[0].rounder;
  const Rounder f1 = c.destinations[N - 1].rounder;
  const float *__restrict x = c.source;
  float *__restrict y0 = static_cast<float *>(c.destinations[0].data);
  float *__restrict y1 = static_cast<float *>(c.destinations[N - 1].data);
  for (int64_t b = 0; b < c.blocks; ++b)
    for (int64_t r = 0; r < c.rows; ++r) {
      const RowFunction<Bias, Affine, true> f(c, r);
      for (int l = 0; l < kLanes; ++l) {
        float v = f(x[l]);
        y0[l] = roundPositive(v, f0);
        if constexpr (N > 1)
          y1[l] = roundPositive(v, f1);
      }
      x += kLanes;
      y0 += kLanes;
      y1 += kLanes;
    }
}

/// The same of a block to bytes, for groups of four rows. What a shift leaves
/// beside codes of a byte is a constant; exclusive or takes three operands at
/// once.
template <bool Bias, bool Affine, int N>
MASE_ALWAYS_INLINE void byteGroup(const Chain &c, const float *__restrict x,
                                  int64_t r, uint32_t *__restrict y0,
                                  uint32_t *__restrict y1) {
  const Rounder f0 = c.destinations[0].rounder;
  const Rounder f1 = c.destinations[N - 1].rounder;
  auto baseOf = [](const Rounder &f) {
    uint32_t base = 0;
    for (int k = 0; k < 4; ++k)
      base ^= bitsOf(f.shift) << (8 * k);
    return base;
  };
  const uint32_t base0 = baseOf(f0), base1 = baseOf(f1);
  const int64_t row[4] = {c.rowAt(r), c.rowAt(r + 1), c.rowAt(r + 2),
                          c.rowAt(r + 3)};
  const RowFunction<Bias, Affine, true> f[4] = {
      {c, row[0]}, {c, row[1]}, {c, row[2]}, {c, row[3]}};
  for (int l = 0; l < kLanes; ++l) {
    uint32_t sum0 = base0, sum1 = base1;
    for (int k = 0; k < 4; ++k) {
      float v = f[k](x[row[k] * kLanes + l]);
      sum0 ^= shiftedCode(v > f0.hi ? f0.hi : v, f0.shift) << (8 * k);
      if constexpr (N > 1)
        sum1 ^= shiftedCode(v > f1.hi ? f1.hi : v, f1.shift) << (8 * k);
    }
    y0[l] = sum0;
    if constexpr (N > 1)
      y1[l] = sum1;
  }
}

template <bool Bias, bool Affine, int N> void byteChainOf(const Chain &c) {
  const float *x = c.source;
  auto *y0 = static_cast<uint32_t *>(c.destinations[0].data);
  auto *y1 = static_cast<uint32_t *>(c.destinations[N - 1].data);
  for (int64_t b = 0; b < c.blocks; ++b, x += c.rows * kLanes)
    for (int64_t r = 0; r < c.rows; r += 4) {
      byteGroup<Bias, Affine, N>(c, x, r, y0, y1);
      y0 += kLanes;
      y1 += kLanes;
    }
}

/// Whether one of the quick ways above did it.
template <bool Bias, bool Affine, bool Relu> bool quickChainOf(const Chain &c) {
  int n = c.numDestinations;
  const Destination *d = c.destinations;
  if (n == 1 && d->kind == Destination::Kind::Raw) {
    rawChainOf<Bias, Affine, Relu>(c, static_cast<float *>(d->data));
    return true;
  }
  if constexpr (Relu) {
    if (n < 1 || n > 2 || d[n - 1].kind != d[0].kind)
      return false;
    for (int k = 0; k < n; ++k)
      if (d[k].rounder.floor || d[k].offset != 0)
        return false;
    if (d->kind == Destination::Kind::Rounded) {
      n == 1 ? roundedChainOf<Bias, Affine, 1>(c)
             : roundedChainOf<Bias, Affine, 2>(c);
      return true;
    }
    if (d->kind == Destination::Kind::Bytes && c.rows % 4 == 0) {
      n == 1 ? byteChainOf<Bias, Affine, 1>(c)
             : byteChainOf<Bias, Affine, 2>(c);
      return true;
    }
  }
  return false;
}

template <bool Bias, bool Affine, bool Relu> void chainOf(const Chain &c) {
  if (quickChainOf<Bias, Affine, Relu>(c))
    return;
  alignas(64) float group[4 * kLanes];
  int64_t groups = (c.rows + 3) / 4;
  for (int64_t b = 0; b < c.blocks; ++b)
    for (int64_t r = 0; r < c.rows; r += 4) {
      int rows = int(c.rows - r < 4 ? c.rows - r : 4);
      const int64_t block = b * c.rows * kLanes;
      for (int k = 0; k < rows; ++k)
        computeRow<Bias, Affine, Relu>(
            c, c.source + block + c.rowAt(r + k) * kLanes, c.rowAt(r + k),
            group + k * kLanes);
      for (int d = 0; d < c.numDestinations; ++d) {
        const Destination &destination = c.destinations[d];
        if (destination.kind == Destination::Kind::Bytes) {
          packRows(group, rows,
                   static_cast<uint32_t *>(destination.data) +
                       (b * groups + r / 4) * kLanes,
                   destination, Relu);
          continue;
        }
        for (int k = 0; k < rows; ++k) {
          float *y = static_cast<float *>(destination.data) + block +
                     c.rowAt(r + k) * kLanes;
          if (destination.kind == Destination::Kind::Raw)
            memcpy(y, group + k * kLanes, kLanes * sizeof(float));
          else
            roundRow(group + k * kLanes, y, destination.rounder, Relu);
        }
      }
    }
}

void chain(const Chain &c) {
  switch ((c.bias ? 1 : 0) | (c.scale ? 2 : 0) | (c.relu ? 4 : 0)) {
  case 0:
    return chainOf<false, false, false>(c);
  case 1:
    return chainOf<true, false, false>(c);
  case 2:
    return chainOf<false, true, false>(c);
  case 3:
    return chainOf<true, true, false>(c);
  case 4:
    return chainOf<false, false, true>(c);
  case 5:
    return chainOf<true, false, true>(c);
  case 6:
    return chainOf<false, true, true>(c);
  default:
    return chainOf<true, true, true>(c);
  }
}

} // namespace
} // namespace mase

#endif // MASE_LIB_EVALUATE_CHAINKERNELS_H
