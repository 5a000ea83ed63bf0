// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums of products over blocks of samples, in register tiles of a few outputs
// by a few vectors of samples. Included by Kernels.cpp alone, once per
// instruction set.
#ifndef MASE_LIB_EVALUATE_LINEARKERNELS_H
#define MASE_LIB_EVALUATE_LINEARKERNELS_H

#include "Kernels.h"

#include "mase/Numerics/Elementary.h"

#ifdef __AVX512VNNI__
#include <immintrin.h>
#endif

namespace mase {
namespace {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64, kVectorsPerTile = 4;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32, kVectorsPerTile = 2;
#else
constexpr int kVectorBytes = 16, kVectorsPerTile = 2;
#endif
/// With kVectorsPerTile vectors, what the register file holds beside operands.
constexpr int kOutputsPerTile = 6;

typedef float Floats __attribute__((vector_size(kVectorBytes)));
typedef double Doubles __attribute__((vector_size(kVectorBytes)));

template <typename Vector> struct ElementOf;
template <> struct ElementOf<Floats> {
  using Type = float;
};
template <> struct ElementOf<Doubles> {
  using Type = double;
};

/// y += x * w. Exact: the operands are such that no step rounds, so a fused
/// operation is as good as two; else a single rounding.
template <bool Exact, typename Vector>
MASE_ALWAYS_INLINE void multiplyAdd(Vector &y, Vector x,
                                    typename ElementOf<Vector>::Type w) {
#if defined(__clang__) && defined(__FMA__)
  Vector wide = w - Vector{};
  y = __builtin_elementwise_fma(x, wide, y);
#else
  if constexpr (Exact)
    y = x * w + y;
  else
    for (size_t l = 0; l < sizeof(Vector) / sizeof(w); ++l)
      y[l] = fmaF32(x[l], w, y[l]);
#endif
}

/// `Outputs` outputs of one block.
template <bool Exact, int Outputs, typename Vector, typename Element>
MASE_ALWAYS_INLINE void tile(const Element *x, const Element *w,
                             const Element *bias, Element *y, int64_t in) {
  constexpr int kWidth = int(sizeof(Vector) / sizeof(Element));
  constexpr int kV = kVectorsPerTile;
  for (int first = 0; first < kLanes; first += kV * kWidth) {
    Vector sums[Outputs][kV];
    for (int o = 0; o < Outputs; ++o)
      for (int v = 0; v < kV; ++v) // subtracting +0 keeps a bias of -0
        sums[o][v] = (bias ? bias[o] : Element(0)) - Vector{};
    for (int64_t i = 0; i < in; ++i) {
      Vector operands[kV];
      for (int v = 0; v < kV; ++v)
        memcpy(&operands[v], x + i * kLanes + first + v * kWidth,
               sizeof(Vector));
      for (int o = 0; o < Outputs; ++o)
        for (int v = 0; v < kV; ++v)
          multiplyAdd<Exact>(sums[o][v], operands[v], w[o * in + i]);
    }
    for (int o = 0; o < Outputs; ++o)
      for (int v = 0; v < kV; ++v)
        memcpy(y + o * kLanes + first + v * kWidth, &sums[o][v],
               sizeof(Vector));
  }
}

template <bool Exact, typename Vector, typename Element>
MASE_ALWAYS_INLINE void linear(const Element *x, const Element *w,
                               const Element *bias, Element *y, int64_t in,
                               int64_t out, int64_t blocks) {
  for (int64_t b = 0; b < blocks; ++b, x += in * kLanes, y += out * kLanes)
    for (int64_t o = 0; o < out;) {
      const Element *rows = w + o * in, *start = bias ? bias + o : nullptr;
      Element *to = y + o * kLanes;
      int64_t n = out - o < kOutputsPerTile ? out - o : kOutputsPerTile;
      // 7 and 8 outputs go better as 4 + 3 and 4 + 4 than as 6 + 1 and 6 + 2.
      if (out - o > kOutputsPerTile && out - o <= 8)
        n = 4;
      switch (n) {
      case 1:
        tile<Exact, 1, Vector>(x, rows, start, to, in);
        break;
      case 2:
        tile<Exact, 2, Vector>(x, rows, start, to, in);
        break;
      case 3:
        tile<Exact, 3, Vector>(x, rows, start, to, in);
        break;
      case 4:
        tile<Exact, 4, Vector>(x, rows, start, to, in);
        break;
      case 5:
        tile<Exact, 5, Vector>(x, rows, start, to, in);
        break;
      default:
        tile<Exact, 6, Vector>(x, rows, start, to, in);
      }
      o += n;
    }
}

void linearExact(const float *x, const float *w, float *y, int64_t in,
                 int64_t out, int64_t blocks) {
  linear<true, Floats>(x, w, static_cast<const float *>(nullptr), y, in, out,
                       blocks);
}

void linearFma(const float *x, const float *w, const float *bias, float *y,
               int64_t in, int64_t out, int64_t blocks) {
  linear<false, Floats>(x, w, bias, y, in, out, blocks);
}

void linearExact64(const double *x, const double *w, double *y, int64_t in,
                   int64_t out, int64_t blocks) {
  linear<true, Doubles>(x, w, static_cast<const double *>(nullptr), y, in, out,
                        blocks);
}

void linearInteger(const double *x, double toCode, const int64_t *w,
                   const int64_t *bias, int productShift, float scale, float *y,
                   int64_t in, int64_t out, int64_t blocks) {
  // Unsigned arithmetic: the same bits, and nothing to say about overflow,
  // which cannot happen.
  alignas(64) uint64_t sums[kLanes];
  for (int64_t b = 0; b < blocks; ++b, x += in * kLanes)
    for (int64_t o = 0; o < out; ++o, y += kLanes) {
      for (int l = 0; l < kLanes; ++l)
        sums[l] = 0;
      for (int64_t i = 0; i < in; ++i)
        for (int l = 0; l < kLanes; ++l)
          sums[l] += uint64_t(int64_t(x[i * kLanes + l] * toCode)) *
                     uint64_t(w[o * in + i]);
      for (int l = 0; l < kLanes; ++l)
        y[l] = float(int64_t((sums[l] << productShift) +
                             uint64_t(bias ? bias[o] : 0))) *
               scale;
    }
}

#ifdef __AVX512VNNI__
template <int Outputs>
MASE_ALWAYS_INLINE void tileOfBytes(const uint32_t *x, const uint32_t *w,
                                    const int32_t *init, float scale, float *y,
                                    int64_t groups) {
  __m512i sums[Outputs][4];
  for (int o = 0; o < Outputs; ++o)
    for (int v = 0; v < 4; ++v)
      sums[o][v] = _mm512_set1_epi32(init[o]);
  for (int64_t g = 0; g < groups; ++g) {
    // Weights of few bits are mostly zero, at the same places for all blocks,
    // so that the branches are foreseen.
    uint32_t any = 0;
    for (int o = 0; o < Outputs; ++o)
      any |= w[o * groups + g];
    if (any == 0)
      continue;
    __m512i operands[4];
    for (int v = 0; v < 4; ++v)
      operands[v] = _mm512_load_si512(x + g * kLanes + v * 16);
    for (int o = 0; o < Outputs; ++o) {
      uint32_t four = w[o * groups + g];
      if (four == 0)
        continue;
      __m512i weights = _mm512_set1_epi32(int(four));
      for (int v = 0; v < 4; ++v)
        sums[o][v] = _mm512_dpbusd_epi32(sums[o][v], operands[v], weights);
    }
  }
  for (int o = 0; o < Outputs; ++o)
    for (int v = 0; v < 4; ++v)
      _mm512_store_ps(
          y + o * kLanes + v * 16,
          _mm512_mul_ps(_mm512_cvtepi32_ps(sums[o][v]), _mm512_set1_ps(scale)));
}

void linearBytes(const uint32_t *x, const uint32_t *w, const int32_t *init,
                 float scale, float *y, int64_t groups, int64_t out,
                 int64_t blocks) {
  for (int64_t b = 0; b < blocks; ++b, x += groups * kLanes, y += out * kLanes)
    for (int64_t o = 0; o < out;) {
      const uint32_t *rows = w + o * groups;
      float *to = y + o * kLanes;
      switch (out - o) {
      case 1:
        tileOfBytes<1>(x, rows, init + o, scale, to, groups);
        o += 1;
        break;
      case 2:
        tileOfBytes<2>(x, rows, init + o, scale, to, groups);
        o += 2;
        break;
      case 3:
        tileOfBytes<3>(x, rows, init + o, scale, to, groups);
        o += 3;
        break;
      case 5:
        tileOfBytes<5>(x, rows, init + o, scale, to, groups);
        o += 5;
        break;
      default:
        tileOfBytes<4>(x, rows, init + o, scale, to, groups);
        o += 4;
      }
    }
}
constexpr auto *linearBytesOrNull = linearBytes;
#else
constexpr void (*linearBytesOrNull)(const uint32_t *, const uint32_t *,
                                    const int32_t *, float, float *, int64_t,
                                    int64_t, int64_t) = nullptr;
#endif

} // namespace
} // namespace mase

#endif // MASE_LIB_EVALUATE_LINEARKERNELS_H
