// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiled once per instruction set (MASE_KERNELS names it): everything here
// has internal linkage or is inlined, so that no build leaks into another.
#include "InterpreterKernels.h"

#include "mase/Numerics/Elementary.h"
#include "mase/Numerics/FixedPoint.h"
#include "mase/Numerics/ReadCode.h"

#include <cstring>
#ifdef __AVX2__
#include <immintrin.h>
#endif

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

void readCodes(size_t size, const int64_t *__restrict stored, unsigned width,
               bool isSigned, int64_t *__restrict codes) {
  for (size_t i = 0; i < size; ++i)
    codes[i] = readCode(stored[i], width, isSigned);
}

void dequantize(size_t size, const int64_t *__restrict codes, float scale,
                float *__restrict y) {
  for (size_t i = 0; i < size; ++i)
    y[i] = float(codes[i]) * scale;
}

template <bool hasAffine, bool hasRelu, Rounding rounding>
void requantizeBy(const RequantizeLoop &loop, const int64_t *__restrict sums,
                  int64_t *__restrict codes) {
  const size_t features = loop.features;
  const unsigned width = loop.width;
  const int64_t *__restrict zeroPoints = loop.zeroPoints;
  const float *__restrict sumScales = loop.sumScales,
                          *__restrict scale = loop.scale,
                          *__restrict shift = loop.shift;
  const double factor = loop.format.scale, low = loop.format.low,
               high = loop.format.high;
  for (size_t row = 0; row < loop.rows;
       ++row, sums += features, codes += features)
    for (size_t c = 0; c < features; ++c) {
      int64_t sum = readCode(sums[c], width, /*isSigned=*/true);
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

// Vectors of pairs of 16 bits, whose products add up to sums of 32 bits.
#if defined(__AVX512BW__)
using Pairs = __m512i;
Pairs load(const int16_t *from) { return _mm512_loadu_si512(from); }
Pairs spread(int32_t pair) { return _mm512_set1_epi32(pair); }
Pairs multiplyAdd(Pairs sum, Pairs x, Pairs w) {
#ifdef __AVX512VNNI__
  return _mm512_dpwssd_epi32(sum, x, w);
#else
  return _mm512_add_epi32(sum, _mm512_madd_epi16(x, w));
#endif
}
#elif defined(__AVX2__)
using Pairs = __m256i;
Pairs load(const int16_t *from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from));
}
Pairs spread(int32_t pair) { return _mm256_set1_epi32(pair); }
Pairs multiplyAdd(Pairs sum, Pairs x, Pairs w) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w));
}
#else
struct Pairs {
  int32_t value;
};
Pairs load(const int16_t *from) {
  Pairs pair;
  std::memcpy(&pair, from, sizeof(pair));
  return pair;
}
Pairs spread(int32_t pair) { return {pair}; }
Pairs multiplyAdd(Pairs sum, Pairs x, Pairs w) {
  int16_t a[2], b[2];
  std::memcpy(a, &x, sizeof(a));
  std::memcpy(b, &w, sizeof(b));
  return {sum.value + a[0] * b[0] + a[1] * b[1]};
}
#endif

/// One row's steps in 16 bits, of which the low ones are all that there is; 0
/// behind the last of an odd number.
void packRow(const ProductLoop &loop, const int64_t *__restrict steps,
             int16_t *__restrict packed) {
  packed[2 * loop.pairs() - 1] = 0;
  for (size_t i = 0; i < loop.in; ++i)
    packed[i] = int16_t(steps[i]);
}

/// What sums of products become: one row's group of outputs.
void finish(const ProductLoop &loop, size_t first,
            const int32_t *__restrict products, int64_t *__restrict sums) {
  constexpr size_t kOutputs = ProductLoop::kOutputs;
  const int64_t *__restrict start = loop.start + first, *__restrict shift =
                                                            loop.shift + first;
  auto finished = [&](size_t k) {
    return int64_t((uint64_t(int64_t(products[k])) << shift[k]) +
                   uint64_t(start[k]));
  };
  if (loop.out - first >= kOutputs) {
    for (size_t k = 0; k < kOutputs; ++k)
      sums[k] = finished(k);
    return;
  }
  for (size_t k = 0; k < loop.out - first; ++k)
    sums[k] = finished(k);
}

/// A group's sums of `Rows` rows, which share its weights. The rows' sums are
/// apart, and so do not wait for each other.
template <size_t Rows>
void groupProducts(const ProductLoop &loop, size_t first,
                   const int16_t *__restrict weight,
                   const int16_t *__restrict packed, int64_t *__restrict sums) {
  constexpr size_t kOutputs = ProductLoop::kOutputs;
  constexpr size_t kVector = sizeof(Pairs) / sizeof(int32_t),
                   kVectors = kOutputs / kVector;
  Pairs vectors[Rows][kVectors] = {};
  for (size_t p = 0; p < loop.pairs(); ++p, weight += 2 * kOutputs)
    for (size_t r = 0; r < Rows; ++r) {
      int32_t pair;
      std::memcpy(&pair, packed + 2 * (r * loop.pairs() + p), sizeof(pair));
      for (size_t v = 0; v < kVectors; ++v)
        vectors[r][v] = multiplyAdd(vectors[r][v], spread(pair),
                                    load(weight + 2 * kVector * v));
    }
  for (size_t r = 0; r < Rows; ++r) {
    int32_t products[kOutputs];
    std::memcpy(products, vectors[r], sizeof(products));
    finish(loop, first, products, sums + r * loop.out);
  }
}

void shortProducts(const ProductLoop &loop, const int16_t *pairs,
                   const int64_t *steps, int16_t *scratch, int64_t *sums) {
  for (size_t r = 0; r < loop.rows; ++r)
    packRow(loop, steps + r * loop.in, scratch + 2 * r * loop.pairs());
  constexpr size_t kOutputs = ProductLoop::kOutputs, kRows = 8;
  for (size_t first = 0; first < loop.out;
       first += kOutputs, pairs += 2 * kOutputs * loop.pairs()) {
    size_t r = 0;
    for (; r + kRows <= loop.rows; r += kRows)
      groupProducts<kRows>(loop, first, pairs, scratch + 2 * r * loop.pairs(),
                           sums + r * loop.out + first);
    for (; r < loop.rows; ++r)
      groupProducts<1>(loop, first, pairs, scratch + 2 * r * loop.pairs(),
                       sums + r * loop.out + first);
  }
}

void longProducts(const ProductLoop &loop, const int64_t *__restrict weight,
                  const int64_t *__restrict steps, int64_t *__restrict sums) {
  for (size_t r = 0; r < loop.rows; ++r, steps += loop.in)
    for (size_t o = 0; o < loop.out; ++o, ++sums) {
      const int64_t *__restrict row = weight + o * loop.in;
      uint64_t sum = 0;
      for (size_t i = 0; i < loop.in; ++i)
        sum += uint64_t(steps[i]) * uint64_t(row[i]);
      *sums = int64_t((sum << loop.shift[o]) + uint64_t(loop.start[o]));
    }
}

} // namespace

namespace MASE_KERNELS {
extern const InterpreterKernels interpreterKernels;
const InterpreterKernels interpreterKernels = {
    linear,     affine,     quantize,      readCodes,
    dequantize, requantize, shortProducts, longProducts};
} // namespace MASE_KERNELS
} // namespace mase::interpreter
