// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the code that `mase-translate --mase-to-cuda` prints calls: the few
// operations that a plain C++ expression does not pin down to the bit. On the
// device they are the instructions meant, with a rounding mode each, so that no
// compiler flag but -use_fast_math changes a result (never use that one). On
// the host they are equivalents with the same bits, so that the same text
// compiles with any C++17 compiler (-ffp-contract=off).
//
// Words: a *code* is the integer that a fixed-point format stores for a value.
// Four codes of at most 8 bits travel *packed* in a 32-bit word, the first in
// the lowest byte. "Samples" below is the number of samples that a thread works
// on; activations are [feature][sample].
#ifndef MASE_RUNTIME_CUDA_H
#define MASE_RUNTIME_CUDA_H

#include "mase/Numerics/Uniform.h"
#include "mase/Runtime/Scalar.h"

#include <cstdint>
#include <cstring>

namespace mase::rt {

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

/// Four codes in a word, for tables: `a` in the lowest byte.
MASE_HOST_DEVICE constexpr int32_t pack(int a, int b, int c, int d) {
  return int32_t((uint32_t(a) & 255) | (uint32_t(b) & 255) << 8 |
                 (uint32_t(c) & 255) << 16 | (uint32_t(d) & 255) << 24);
}

/// The lowest bytes of four words in one word.
MASE_DEVICE int32_t packBytes(int32_t a, int32_t b, int32_t c, int32_t d) {
#ifdef __CUDA_ARCH__
  return int32_t(__byte_perm(__byte_perm(a, b, 0x0040),
                             __byte_perm(c, d, 0x0040), 0x5410));
#else
  return pack(a, b, c, d);
#endif
}

/// Four codes in one word, each times 2^shift, which is a byte: sums of shifted
/// integers, for which the device has one instruction each.
template <bool Signed>
MASE_DEVICE int32_t packShifted(int32_t a, int32_t b, int32_t c, int32_t d,
                                const int32_t *shift) {
  const uint32_t word =
      (uint32_t(a) << shift[0]) + (uint32_t(b) << (shift[1] + 8)) +
      (uint32_t(c) << (shift[2] + 16)) + (uint32_t(d) << (shift[3] + 24));
  // Bytes with 128 added borrow from none above.
  constexpr uint32_t sign = 0x80808080;
  return int32_t(Signed ? (word + sign) ^ sign : word);
}

#ifndef __CUDA_ARCH__
/// sum + x0 w0 + x1 w1 + x2 w2 + x3 w3 with bytes read as X and W say.
template <typename X, typename W>
MASE_DEVICE int32_t hostDot(int32_t x, int32_t w, int32_t sum) {
  for (int i = 0; i < 4; ++i)
    sum += int32_t(X(uint32_t(x) >> 8 * i)) * int32_t(W(uint32_t(w) >> 8 * i));
  return sum;
}
#endif

/// sum + the dot product of four packed signed codes with four signed weights.
MASE_DEVICE int32_t dp4a(int32_t x, int32_t w, int32_t sum) {
#ifdef __CUDA_ARCH__
  return __dp4a(x, w, sum);
#else
  return hostDot<int8_t, int8_t>(x, w, sum);
#endif
}

/// The same with unsigned codes and signed weights.
MASE_DEVICE int32_t dp4aU8S8(int32_t x, int32_t w, int32_t sum) {
#ifdef __CUDA_ARCH__
  int32_t result;
  asm("dp4a.u32.s32 %0, %1, %2, %3;" : "=r"(result) : "r"(x), "r"(w), "r"(sum));
  return result;
#else
  return hostDot<uint8_t, int8_t>(x, w, sum);
#endif
}

/// The same with signed codes and unsigned weights.
MASE_DEVICE int32_t dp4aS8U8(int32_t x, int32_t w, int32_t sum) {
#ifdef __CUDA_ARCH__
  int32_t result;
  asm("dp4a.s32.u32 %0, %1, %2, %3;" : "=r"(result) : "r"(x), "r"(w), "r"(sum));
  return result;
#else
  return hostDot<int8_t, uint8_t>(x, w, sum);
#endif
}

/// The same with unsigned codes and unsigned weights.
MASE_DEVICE int32_t dp4aU8U8(int32_t x, int32_t w, int32_t sum) {
#ifdef __CUDA_ARCH__
  int32_t result;
  asm("dp4a.u32.u32 %0, %1, %2, %3;" : "=r"(result) : "r"(x), "r"(w), "r"(sum));
  return result;
#else
  return hostDot<uint8_t, uint8_t>(x, w, sum);
#endif
}

//===----------------------------------------------------------------------===//
// binary32
//===----------------------------------------------------------------------===//

/// x clamped to [0, 1]; NaN gives 0. Free of charge after a fma or mul.
MASE_DEVICE float saturate(float x) {
#ifdef __CUDA_ARCH__
  return __saturatef(x);
#else
  return x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f;
#endif
}

/// A sum as binary32, rounded once.
MASE_DEVICE float toFloat(int32_t sum) {
#ifdef __CUDA_ARCH__
  return __int2float_rn(sum);
#else
  return float(sum);
#endif
}
MASE_DEVICE float toFloat(int64_t sum) {
#ifdef __CUDA_ARCH__
  return __ll2float_rn(sum);
#else
  return float(sum);
#endif
}
/// So that a quantisation reads the same after sums and after floats.
MASE_DEVICE float toFloat(float x) { return x; }

//===----------------------------------------------------------------------===//
// Rounding to codes
//===----------------------------------------------------------------------===//

/// round(x * 2^Bits), ties to even, in the lowest byte; the others are noise.
/// |x * 2^Bits| <= 2^22.
template <int Bits> MASE_DEVICE int32_t roundToByte(float x) {
  constexpr float shift = roundingShift(Bits);
  return int32_t(shiftedCode(x, shift));
}

/// round(x * 2^Bits), ties to even; |x * 2^Bits| <= 2^22.
template <int Bits> MASE_DEVICE int32_t round(float x) {
  constexpr float shift = roundingShift(Bits);
  return int32_t(shiftedCode(x, shift) - bitsOf(shift));
}

/// clamp(round(x), Low, High), ties to even; NaN gives 0. Any x.
template <int32_t Low, int32_t High> MASE_DEVICE int32_t clampRound(float x) {
#ifdef __CUDA_ARCH__
  int32_t code = __float2int_rn(x); // saturates, NaN gives 0
  code = code < Low ? Low : code;
  return code > High ? High : code;
#else
  return int32_t(quantizeToCode(x, 1.0, Low, High, Rounding::NearestEven));
#endif
}

/// clamp(floor(x), Low, High); NaN gives 0. Any x.
template <int32_t Low, int32_t High> MASE_DEVICE int32_t clampFloor(float x) {
#ifdef __CUDA_ARCH__
  int32_t code = __float2int_rd(x);
  code = code < Low ? Low : code;
  return code > High ? High : code;
#else
  return int32_t(quantizeToCode(x, 1.0, Low, High, Rounding::Floor));
#endif
}

/// The same with bounds that differ between elements.
MASE_DEVICE int32_t clampRound(float x, int32_t low, int32_t high) {
  const int32_t code = clampRound<INT32_MIN, INT32_MAX>(x);
  return code < low ? low : code > high ? high : code;
}
MASE_DEVICE int32_t clampFloor(float x, int32_t low, int32_t high) {
  const int32_t code = clampFloor<INT32_MIN, INT32_MAX>(x);
  return code < low ? low : code > high ? high : code;
}

/// The code of x in a format, the long way round (binary64), for the few
/// formats and layers where no shorter one is exact.
MASE_DEVICE int64_t quantize(float x, int width, int fracWidth, bool isSigned,
                             Rounding rounding) {
  FixedPointFormat format;
  format.width = width;
  format.fracWidth = fracWidth;
  format.isSigned = isSigned;
  format.rounding = rounding;
  return quantizeToCode(x, format);
}
MASE_DEVICE int64_t quantize(float x, const UniformFormat &format) {
  return quantizeToCode(x, format);
}

/// Softmax over the features of each sample, or its logarithm.
template <bool Log, int Features, int Samples>
MASE_DEVICE void softmaxRows(const float (&x)[Features][Samples],
                             float (&y)[Features][Samples]) {
  MASE_UNROLL
  for (int s = 0; s < Samples; ++s) {
    float row[Features];
    MASE_UNROLL
    for (int f = 0; f < Features; ++f)
      row[f] = x[f][s];
    if constexpr (Log)
      logSoftmaxF32(row, row, Features);
    else
      softmaxF32(row, row, Features);
    MASE_UNROLL
    for (int f = 0; f < Features; ++f)
      y[f][s] = row[f];
  }
}

/// exp(x - max) / sum, over the features of each sample.
template <int Features, int Samples>
MASE_DEVICE void softmax(const float (&x)[Features][Samples],
                         float (&y)[Features][Samples]) {
  softmaxRows<false>(x, y);
}

/// (x - max) - log(sum of exp(x - max)), over the features of each sample.
template <int Features, int Samples>
MASE_DEVICE void logSoftmax(const float (&x)[Features][Samples],
                            float (&y)[Features][Samples]) {
  softmaxRows<true>(x, y);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// Kernels of more features than this loop over local memory anyway.
constexpr int kMaxUnrolledFeatures = 256;

/// Features f and up to three more of a row, in one access where rows are
/// aligned to 16 bytes.
template <int Features, int Samples>
MASE_DEVICE void loadFeatures(const float *row, int f, int s,
                              float (&x)[Features][Samples]) {
#ifdef __CUDA_ARCH__
  if constexpr (Features % 4 == 0) {
    const float4 v = __ldg(reinterpret_cast<const float4 *>(row + f));
    x[f][s] = v.x;
    x[f + 1][s] = v.y;
    x[f + 2][s] = v.z;
    x[f + 3][s] = v.w;
  } else
#endif
  {
    MASE_UNROLL
    for (int i = f; i < f + 4; ++i)
      if (i < Features)
        x[i][s] = row[i];
  }
}

/// Reads samples first, first + stride, …; past the last of `count` it reads
/// the last one again, whose results `store` then drops. `input` is
/// [count][Features], aligned to 16 bytes.
template <int Features, int Samples>
MASE_DEVICE void load(const float *input, int64_t first, int64_t stride,
                      int64_t count, float (&x)[Features][Samples]) {
  MASE_UNROLL
  for (int s = 0; s < Samples; ++s) {
    const int64_t sample = first + s * stride;
    const float *row = input + (sample < count ? sample : count - 1) * Features;
    if constexpr (Features <= kMaxUnrolledFeatures) {
      MASE_UNROLL
      for (int f = 0; f < Features; f += 4)
        loadFeatures(row, f, s, x);
    } else {
      for (int f = 0; f < Features; f += 4)
        loadFeatures(row, f, s, x);
    }
  }
}

/// Writes the results of samples first, first + stride, … of `count`.
template <int Features, int Samples>
MASE_DEVICE void store(const float (&y)[Features][Samples], int64_t first,
                       int64_t stride, int64_t count, float *output) {
  MASE_UNROLL
  for (int s = 0; s < Samples; ++s) {
    const int64_t sample = first + s * stride;
    if (sample >= count)
      continue;
    float *row = output + sample * Features;
    if constexpr (Features <= kMaxUnrolledFeatures) {
      MASE_UNROLL
      for (int f = 0; f < Features; ++f)
        row[f] = y[f][s];
    } else {
      for (int f = 0; f < Features; ++f)
        row[f] = y[f][s];
    }
  }
}

} // namespace mase::rt

#endif // MASE_RUNTIME_CUDA_H
