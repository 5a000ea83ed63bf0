// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the C++ that `mase-translate --mase-to-cpp` prints calls. A printed
// header includes nothing of ours: the translation copies what it needs from
// here, and from Numerics, into it. What it can copy are the pieces that a line
// `//@ names` begins, each with the pieces whose names it mentions.
//
// Words: a vector has kLanes *lanes*. With `Samples` a lane is a sample, and
// element o of a sample is vector o of an array; with `Features` the lanes are
// features o * kLanes, … of one sample. The same code is compiled for both:
// `L::at` gives a table's element for all samples, or its elements for each
// feature. A *code* is the integer that a format stores for a value; four codes
// of at most 8 bits travel in a 32-bit word, the first in the lowest byte.
//
// Every operation is written out and rounds once, so that the bits are those of
// every other engine, whatever the instruction set. MASE_LANES is it: 0
// (anything; SSE2 or NEON where there is one), 1 (AVX2 and FMA), 2 (AVX-512 F,
// BW, DQ, VL), 3 (with VNNI); the compiler's flags say where it is not defined.
#ifndef MASE_RUNTIME_LANES_H
#define MASE_RUNTIME_LANES_H

#include "mase/Numerics/Elementary.h"
#include "mase/Numerics/FixedPoint.h"
#include "mase/Numerics/Uniform.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#ifndef MASE_LANES
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) &&  \
    defined(__AVX512VL__) && defined(__AVX512VNNI__)
#define MASE_LANES 3
#elif defined(__AVX512F__) && defined(__AVX512BW__) &&                         \
    defined(__AVX512DQ__) && defined(__AVX512VL__)
#define MASE_LANES 2
#elif defined(__AVX2__) && defined(__FMA__)
#define MASE_LANES 1
#else
#define MASE_LANES 0
#endif
#endif

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#ifndef MASE_INLINE
#define MASE_INLINE inline __attribute__((always_inline))
#ifdef __clang__
#define MASE_UNROLL _Pragma("clang loop unroll(full)")
#else
#define MASE_UNROLL _Pragma("GCC unroll 8")
#endif
#endif

namespace mase::lanes {

//@ kLanes Floats Ints
#if MASE_LANES >= 2
constexpr int kLanes = 16;
#elif MASE_LANES == 1
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif
typedef float Floats __attribute__((vector_size(4 * kLanes)));
typedef std::int32_t Ints __attribute__((vector_size(4 * kLanes)));

//@ Words
typedef std::uint32_t Words __attribute__((vector_size(4 * kLanes)));

//@ Longs
/// 64-bit integers, one a lane.
struct Longs {
  std::int64_t lane[kLanes];
};

//@ splat
/// The same number in every lane.
MASE_INLINE Floats splat(float x) { return x - Floats{}; }
MASE_INLINE Ints splat(std::int32_t x) { return x - Ints{}; }
MASE_INLINE Floats splat(Floats x) { return x; }
MASE_INLINE Ints splat(Ints x) { return x; }

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

//@ roundUp
constexpr int roundUp(int n, int multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

//@ vectorsOf vectorTile vectorsInTiles
/// Vectors that hold n features of one sample, and how many of them are
/// computed together.
constexpr int vectorsOf(int n) { return (n + kLanes - 1) / kLanes; }
constexpr int vectorTile(int n) { return vectorsOf(n) < 4 ? vectorsOf(n) : 4; }
/// Those, rounded up to whole tiles.
constexpr int vectorsInTiles(int n) {
  return roundUp(vectorsOf(n), vectorTile(n));
}

//@ paddedSize
/// Elements of a table for n features, so that every tile can be read whole.
constexpr int paddedSize(int n) {
  return vectorsInTiles(n) * kLanes > roundUp(n, 8) ? vectorsInTiles(n) * kLanes
                                                    : roundUp(n, 8);
}

//@ Table table
/// A table of one element a feature, padded with zeros.
template <typename T, int N> struct Table {
  alignas(64) T v[std::size_t(paddedSize(N))];
};
template <typename T, int N> constexpr Table<T, N> table(const T (&values)[N]) {
  Table<T, N> result{};
  for (int i = 0; i < N; ++i)
    result.v[i] = values[i];
  return result;
}

//@ Matrix matrix
/// Weights [out][in] as they are read: [in][out], padded.
template <typename T, int O, int I> struct Matrix {
  alignas(64) T v[std::size_t(I)][std::size_t(paddedSize(O))];
};
template <typename T, typename Stored, int O, int I>
constexpr Matrix<T, O, I> matrix(const Stored (&values)[O][I]) {
  Matrix<T, O, I> result{};
  for (int o = 0; o < O; ++o)
    for (int i = 0; i < I; ++i)
      result.v[i][o] = values[o][i];
  return result;
}

//===----------------------------------------------------------------------===//
// binary32: one rounding each, to nearest, ties to even
//===----------------------------------------------------------------------===//

//@ kInfinity
constexpr float kInfinity = __builtin_inff();

//@ kNaN
constexpr float kNaN = __builtin_nanf("");

//@ fma
/// a * b + c, rounded once.
MASE_INLINE Floats fma(Floats a, Floats b, Floats c) {
#if MASE_LANES >= 2
  return _mm512_fmadd_ps(a, b, c);
#elif MASE_LANES == 1
  return _mm256_fmadd_ps(a, b, c);
#elif defined(__ARM_NEON) && defined(__aarch64__)
  return (Floats)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
  Floats result{};
  for (int i = 0; i < kLanes; ++i)
    result[i] = fmaF32(a[i], b[i], c[i]);
  return result;
#endif
}

//@ add
MASE_INLINE Floats add(Floats a, Floats b) { return a + b; }

//@ sub
MASE_INLINE Floats sub(Floats a, Floats b) { return a - b; }

//@ mul
MASE_INLINE Floats mul(Floats a, Floats b) {
  Floats product = a * b;
  // clang++ -ffp-contract=fast makes one operation of this and a sum, whatever
  // a pragma says, if it can see both.
#if defined(__clang__) && MASE_LANES >= 2
  __asm__("" : "+v"(product));
#elif defined(__clang__) && defined(__SSE2__)
  __asm__("" : "+x"(product));
#elif defined(__clang__) && defined(__aarch64__)
  __asm__("" : "+w"(product));
#elif defined(__clang__)
  __asm__("" : "+m"(product));
#endif
  return product;
}

//@ div
MASE_INLINE Floats div(Floats a, Floats b) { return a / b; }

//@ max
/// a > b ? a : b.
MASE_INLINE Floats max(Floats a, Floats b) {
#if MASE_LANES >= 2
  return _mm512_max_ps(a, b);
#elif MASE_LANES == 1
  return _mm256_max_ps(a, b);
#elif defined(__SSE2__)
  return _mm_max_ps(a, b);
#else
  return a > b ? a : b;
#endif
}

//@ min
/// a < b ? a : b.
MASE_INLINE Floats min(Floats a, Floats b) {
#if MASE_LANES >= 2
  return _mm512_min_ps(a, b);
#elif MASE_LANES == 1
  return _mm256_min_ps(a, b);
#elif defined(__SSE2__)
  return _mm_min_ps(a, b);
#else
  return a < b ? a : b;
#endif
}

//@ relu
/// x > 0 ? x : +0; NaN and -0 give +0.
MASE_INLINE Floats relu(Floats x) {
  // clang++ leaves out a choice behind another one with the same bound, such as
  // a clip's, though NaN passes the first.
#if defined(__clang__) && defined(__aarch64__)
  __asm__("" : "+w"(x));
#elif defined(__clang__) && !defined(__SSE2__)
  __asm__("" : "+m"(x));
#endif
  return max(x, Floats{});
}

//@ leakyRelu
/// x > 0 ? x : alpha * x.
MASE_INLINE Floats leakyRelu(Floats x, float alpha) {
  const Floats scaled = x * splat(alpha);
  return x > Floats{} ? x : scaled;
}

//@ clip
/// x < lower ? lower : x > upper ? upper : x; NaN stays.
MASE_INLINE Floats clip(Floats x, float lower, float upper) {
  return max(splat(lower), min(splat(upper), x));
}

//@ each
/// A function of one number, in every lane.
template <typename F> MASE_INLINE Floats each(F function, Floats x) {
  Floats y{};
  for (int i = 0; i < kLanes; ++i)
    y[i] = function(x[i]);
  return y;
}

//@ tanh
MASE_INLINE Floats tanh(Floats x) {
  Floats y{};
  for (int i = 0; i < kLanes; ++i)
    y[i] = tanhF32(x[i]);
  return y;
}

//@ sigmoid
/// 1 / (1 + exp(-x)).
MASE_INLINE Floats sigmoid(Floats x) {
  Floats y{};
  for (int i = 0; i < kLanes; ++i)
    y[i] = sigmoidF32(x[i]);
  return y;
}

//@ toFloat
/// An integer as binary32, rounded once.
MASE_INLINE Floats toFloat(Ints x) {
  return __builtin_convertvector(x, Floats);
}
MASE_INLINE Floats toFloat(const Longs &x) {
  Floats result{};
  for (int i = 0; i < kLanes; ++i)
    result[i] = float(x.lane[i]);
  return result;
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

//@ toLongs
MASE_INLINE Longs toLongs(Ints x) {
  Longs result{};
  for (int i = 0; i < kLanes; ++i)
    result.lane[i] = x[i];
  return result;
}
MASE_INLINE Longs toLongs(const Longs &x) { return x; }

//@ toInts
/// The lowest 32 bits.
MASE_INLINE Ints toInts(const Longs &x) {
  Ints result{};
  for (int i = 0; i < kLanes; ++i)
    result[i] = std::int32_t(x.lane[i]);
  return result;
}
MASE_INLINE Ints toInts(Ints x) { return x; }

//@ addLongs
/// x + y * z modulo 2^64.
MASE_INLINE Longs addLongs(const Longs &x, const Longs &y, const Longs &z) {
  Longs result{};
  for (int i = 0; i < kLanes; ++i)
    result.lane[i] =
        std::int64_t(std::uint64_t(x.lane[i]) +
                     std::uint64_t(y.lane[i]) * std::uint64_t(z.lane[i]));
  return result;
}

//@ subLongs
/// x - y modulo 2^64.
MASE_INLINE Longs subLongs(const Longs &x, const Longs &y) {
  Longs result{};
  for (int i = 0; i < kLanes; ++i)
    result.lane[i] =
        std::int64_t(std::uint64_t(x.lane[i]) - std::uint64_t(y.lane[i]));
  return result;
}

//@ splatLongs
MASE_INLINE Longs splatLongs(std::int64_t x) {
  Longs result{};
  for (int i = 0; i < kLanes; ++i)
    result.lane[i] = x;
  return result;
}
MASE_INLINE Longs splatLongs(const Longs &x) { return x; }

//@ readBits
/// The integer that the lowest `Width` bits of a code are, with or without a
/// sign.
template <int Width, bool Signed> MASE_INLINE Longs readBits(const Longs &x) {
  Longs result{};
  for (int i = 0; i < kLanes; ++i) {
    const std::uint64_t bits = std::uint64_t(x.lane[i]) << (64 - Width);
    result.lane[i] = Signed ? std::int64_t(bits) >> (64 - Width)
                            : std::int64_t(bits >> (64 - Width));
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Rounding to codes
//===----------------------------------------------------------------------===//

//@ round
/// The nearest integer, ties to even; |x| <= 2^22.
MASE_INLINE Ints round(Floats x) {
#if MASE_LANES >= 2
  return (Ints)_mm512_cvtps_epi32(x);
#elif MASE_LANES == 1
  return (Ints)_mm256_cvtps_epi32(x);
#elif defined(__SSE2__)
  return (Ints)_mm_cvtps_epi32(x);
#else
  constexpr float shift = roundingShift(0);
  return (Ints)(x + splat(shift)) - (Ints)splat(shift);
#endif
}

//@ floor
/// The integer below or at it; |x| <= 2^22.
MASE_INLINE Ints floor(Floats x) {
  const Ints nearest = round(x);
  // A comparison that holds is -1.
  return nearest + (Ints)(toFloat(nearest) > x);
}

//@ clampSteps
/// x clamped to [low, high], which are integers; NaN gives 0.
MASE_INLINE Floats clampSteps(Floats x, Floats low, Floats high) {
  const Ints ordered = x == x;
  return min(max((Floats)((Ints)x & ordered), low), high);
}

//@ clampRound
/// clamp(round(x), low, high), ties to even; NaN gives 0. Any x; the bounds are
/// integers of at most 22 bits.
MASE_INLINE Ints clampRound(Floats x, Floats low, Floats high) {
  return round(clampSteps(x, low, high));
}

//@ clampFloor
/// The same, rounded down.
MASE_INLINE Ints clampFloor(Floats x, Floats low, Floats high) {
  return floor(clampSteps(x, low, high));
}

//@ clampRoundWide
/// clamp(round(x), low, high), ties to even; NaN gives 0. Any x and bounds.
MASE_INLINE Ints clampRoundWide(Floats x, Ints low, Ints high) {
  Ints code{};
  for (int i = 0; i < kLanes; ++i)
    code[i] = std::int32_t(quantizeToCode(
        x[i], 1.0, double(low[i]), double(high[i]), Rounding::NearestEven));
  return code;
}

//@ clampFloorWide
/// The same, rounded down.
MASE_INLINE Ints clampFloorWide(Floats x, Ints low, Ints high) {
  Ints code{};
  for (int i = 0; i < kLanes; ++i)
    code[i] = std::int32_t(quantizeToCode(x[i], 1.0, double(low[i]),
                                          double(high[i]), Rounding::Floor));
  return code;
}

//@ quantize
/// The codes of a format, by its definition (binary64), for the few formats and
/// layers where no shorter way is exact. The format of each feature, or of all.
template <class L, int N>
MASE_INLINE Longs quantize(Floats x, const UniformFormat (&format)[N], int o) {
  Longs code{};
  for (int i = 0; i < kLanes; ++i) {
    const int feature = L::feature(o, i);
    code.lane[i] = quantizeToCode(x[i], format[feature < N ? feature : N - 1]);
  }
  return code;
}

//===----------------------------------------------------------------------===//
// Codes four to a word
//===----------------------------------------------------------------------===//

//@ packCodes
/// The lowest bytes of four vectors in one.
MASE_INLINE Ints packCodes(Ints a, Ints b, Ints c, Ints d) {
  return (a & 255) | (b & 255) << 8 | (c & 255) << 16 | d << 24;
}

//@ pack
/// round(x), ties to even, clamped to [Low, High] with `Clamp`, of four vectors
/// in one. Without, codes are in the bounds, which a byte holds, signed or not;
/// with, x may be any number (but no NaN).
template <int Low, int High, bool Clamp>
MASE_INLINE Ints pack(Floats a, Floats b, Floats c, Floats d) {
#if MASE_LANES >= 1
  constexpr bool isSigned = Low < 0;
  if (Clamp) { // what is below saturates below
    const Floats high = splat(float(High));
    a = min(a, high), b = min(b, high), c = min(c, high), d = min(d, high);
    if (Low != (isSigned ? -128 : 0)) {
      const Floats low = splat(float(Low));
      a = max(a, low), b = max(b, low), c = max(c, low), d = max(d, low);
    }
  }
#endif
#if MASE_LANES >= 2
  const __m512i ia = _mm512_cvtps_epi32(a), ib = _mm512_cvtps_epi32(b),
                ic = _mm512_cvtps_epi32(c), id = _mm512_cvtps_epi32(d);
  const __m512i ab = _mm512_packs_epi32(ia, ib),
                cd = _mm512_packs_epi32(ic, id);
  const __m512i bytes =
      isSigned ? _mm512_packs_epi16(ab, cd) : _mm512_packus_epi16(ab, cd);
  return (Ints)_mm512_shuffle_epi8(
      bytes, _mm512_set4_epi32(0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400));
#elif MASE_LANES == 1
  const __m256i ia = _mm256_cvtps_epi32(a), ib = _mm256_cvtps_epi32(b),
                ic = _mm256_cvtps_epi32(c), id = _mm256_cvtps_epi32(d);
  const __m256i ab = _mm256_packs_epi32(ia, ib),
                cd = _mm256_packs_epi32(ic, id);
  const __m256i bytes =
      isSigned ? _mm256_packs_epi16(ab, cd) : _mm256_packus_epi16(ab, cd);
  return (Ints)_mm256_shuffle_epi8(
      bytes, _mm256_set_epi32(0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400,
                              0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400));
#else
  if (Clamp) {
    const Floats low = splat(float(Low)), high = splat(float(High));
    a = max(min(a, high), low), b = max(min(b, high), low);
    c = max(min(c, high), low), d = max(min(d, high), low);
  }
  return packCodes(round(a), round(b), round(c), round(d));
#endif
}

//@ ByteShifts byteShifts
/// Left shifts of N codes: one a feature, and the powers of two that two
/// vectors of samples are multiplied with, in each half of their words.
template <int N> struct ByteShifts {
  alignas(64) std::int32_t v[std::size_t(paddedSize(N))];
  alignas(16) std::int32_t powers[std::size_t(roundUp(N, 8) / 2)][4];
};
template <int N>
constexpr ByteShifts<N> byteShifts(const std::int32_t (&shifts)[N]) {
  ByteShifts<N> result{};
  for (int i = 0; i < N; ++i) {
    result.v[i] = shifts[i];
    for (int k = 0; k < 2; ++k)
      result.powers[i / 2][i % 2 * 2 + k] = 0x10001 << shifts[i];
  }
  return result;
}

//@ packBytes inByte packPair packPairs
/// round(x), ties to even, of four vectors in one; numbers are in the bounds of
/// a byte, but those of unsigned ones may be below: that gives 0.
template <bool Signed> MASE_INLINE Floats inByte(Floats x) {
  return Signed ? x : max(x, Floats{});
}
#if MASE_LANES >= 2
template <bool Signed> MASE_INLINE __m512i packPair(Floats a, Floats b) {
  const __m512i ia = _mm512_cvtps_epi32(a), ib = _mm512_cvtps_epi32(b);
  return Signed ? _mm512_packs_epi32(ia, ib) : _mm512_packus_epi32(ia, ib);
}
template <bool Signed> MASE_INLINE Ints packPairs(__m512i ab, __m512i cd) {
  return (Ints)_mm512_shuffle_epi8(
      Signed ? _mm512_packs_epi16(ab, cd) : _mm512_packus_epi16(ab, cd),
      _mm512_set4_epi32(0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400));
}
#elif MASE_LANES == 1
template <bool Signed> MASE_INLINE __m256i packPair(Floats a, Floats b) {
  const __m256i ia = _mm256_cvtps_epi32(a), ib = _mm256_cvtps_epi32(b);
  return Signed ? _mm256_packs_epi32(ia, ib) : _mm256_packus_epi32(ia, ib);
}
template <bool Signed> MASE_INLINE Ints packPairs(__m256i ab, __m256i cd) {
  return (Ints)_mm256_shuffle_epi8(
      Signed ? _mm256_packs_epi16(ab, cd) : _mm256_packus_epi16(ab, cd),
      _mm256_set_epi32(0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400,
                       0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400));
}
#endif
template <bool Signed>
MASE_INLINE Ints packBytes(Floats a, Floats b, Floats c, Floats d) {
#if MASE_LANES >= 1
  return packPairs<Signed>(packPair<Signed>(a, b), packPair<Signed>(c, d));
#else
  return packCodes(round(inByte<Signed>(a)), round(inByte<Signed>(b)),
                   round(inByte<Signed>(c)), round(inByte<Signed>(d)));
#endif
}

//@ packShifted
/// The same of codes o, … of the table, each shifted to the left.
template <bool Signed, int N>
MASE_INLINE Ints packShifted(Floats a, Floats b, Floats c, Floats d,
                             const ByteShifts<N> &shifts, int o) {
#if MASE_LANES >= 1
  const auto *powers = (const __m128i *)shifts.powers[o / 2];
#endif
#if MASE_LANES >= 2
  const __m512i ab = _mm512_broadcast_i32x4(_mm_load_si128(powers)),
                cd = _mm512_broadcast_i32x4(_mm_load_si128(powers + 1));
  return packPairs<Signed>(_mm512_mullo_epi16(packPair<Signed>(a, b), ab),
                           _mm512_mullo_epi16(packPair<Signed>(c, d), cd));
#elif MASE_LANES == 1
  const __m256i ab = _mm256_broadcastsi128_si256(_mm_load_si128(powers)),
                cd = _mm256_broadcastsi128_si256(_mm_load_si128(powers + 1));
  return packPairs<Signed>(_mm256_mullo_epi16(packPair<Signed>(a, b), ab),
                           _mm256_mullo_epi16(packPair<Signed>(c, d), cd));
#else
  return packCodes(round(inByte<Signed>(a)) << shifts.v[o],
                   round(inByte<Signed>(b)) << shifts.v[o + 1],
                   round(inByte<Signed>(c)) << shifts.v[o + 2],
                   round(inByte<Signed>(d)) << shifts.v[o + 3]);
#endif
}

//@ storeBytes
/// The lowest bytes of a vector's lanes, in order.
MASE_INLINE void storeBytes(Ints codes, unsigned char *bytes) {
#if MASE_LANES >= 2
  _mm_storeu_si128((__m128i *)bytes, _mm512_cvtepi32_epi8((__m512i)codes));
#else
  for (int i = 0; i < kLanes; ++i)
    bytes[i] = (unsigned char)(codes[i] & 255);
#endif
}

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

//@ Samples
/// Lanes are samples.
struct Samples {
  static constexpr bool kSamples = true;
  /// N numbers, codes or sums of each sample, a vector each.
  template <int N> struct Numbers {
    Floats v[std::size_t(roundUp(N, 8))];
  };
  template <int N> struct Integers {
    Ints v[std::size_t(roundUp(N, 8))];
  };
  template <int N> struct LongIntegers {
    Longs v[std::size_t(roundUp(N, 8))];
  };
  /// N codes, four to a word.
  template <int N> struct Bytes {
    Ints v[std::size_t((N + 3) / 4)];
  };

  /// Of n features: vectors, in whole tiles; vectors in a tile, of which `best`
  /// suits this layout.
  static constexpr int count(int n, int best) { return roundUp(n, best); }
  static constexpr int tile(int, int best) { return best; }
  /// The feature that a lane of vector o has.
  static constexpr int feature(int o, int) { return o; }

  /// What a table has for vector o.
  template <typename T> static MASE_INLINE auto at(const T *table, int o) {
    return splat(table[o]);
  }
  template <typename T, int N>
  static MASE_INLINE auto at(const Table<T, N> &table, int o) {
    return splat(table.v[o]);
  }
  /// Feature k, as it is multiplied with any vector.
  template <typename Array>
  static MASE_INLINE auto element(const Array &x, int k) {
    return x.v[k];
  }
  template <int N> static MASE_INLINE Ints word(const Bytes<N> &x, int k) {
    return x.v[k];
  }
};

//@ Features
/// Lanes are features of one sample.
struct Features {
  static constexpr bool kSamples = false;
  template <int N> struct Numbers {
    Floats v[std::size_t(vectorsInTiles(N))];
  };
  template <int N> struct Integers {
    Ints v[std::size_t(vectorsInTiles(N))];
  };
  template <int N> struct LongIntegers {
    Longs v[std::size_t(vectorsInTiles(N))];
  };
  template <int N> struct Bytes {
    alignas(64) unsigned char v[std::size_t(vectorsInTiles(N) * kLanes)];
  };

  static constexpr int count(int n, int) { return vectorsInTiles(n); }
  static constexpr int tile(int n, int) { return vectorTile(n); }
  static constexpr int feature(int o, int lane) { return o * kLanes + lane; }

  template <typename T> static MASE_INLINE auto at(const T *table, int o) {
    decltype(splat(T())) result;
    std::memcpy(&result, table + o * kLanes, sizeof result);
    return result;
  }
  template <typename T, int N>
  static MASE_INLINE auto at(const Table<T, N> &table, int o) {
    return at(table.v, o);
  }
  template <int N>
  static MASE_INLINE Floats element(const Numbers<N> &x, int k) {
    return splat(x.v[k / kLanes][k % kLanes]);
  }
  template <int N>
  static MASE_INLINE Ints element(const Integers<N> &x, int k) {
    return splat(x.v[k / kLanes][k % kLanes]);
  }
  template <int N>
  static MASE_INLINE Longs element(const LongIntegers<N> &x, int k) {
    return splatLongs(x.v[k / kLanes].lane[k % kLanes]);
  }
  template <int N> static MASE_INLINE Ints word(const Bytes<N> &x, int k) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    std::int32_t word;
    std::memcpy(&word, x.v + 4 * k, 4);
    return splat(word);
#else
    std::uint32_t word = 0;
    for (int i = 0; i < 4; ++i)
      word |= std::uint32_t(x.v[4 * k + i]) << 8 * i;
    return splat(std::int32_t(word));
#endif
  }
};

//@ Numbers Integers LongIntegers Bytes
/// Arrays of a layout, for N features.
template <class L, int N> using Numbers = typename L::template Numbers<N>;
template <class L, int N> using Integers = typename L::template Integers<N>;
template <class L, int N>
using LongIntegers = typename L::template LongIntegers<N>;
template <class L, int N> using Bytes = typename L::template Bytes<N>;

//@ longsAt
/// What a table of 64-bit integers has for vector o.
template <class L> MASE_INLINE Longs longsAt(const std::int64_t *table, int o) {
  Longs result{};
  for (int i = 0; i < kLanes; ++i)
    result.lane[i] = table[L::feature(o, i)];
  return result;
}
template <class L, int N>
MASE_INLINE Longs longsAt(const Table<std::int64_t, N> &table, int o) {
  return longsAt<L>(table.v, o);
}

//@ putCodes
/// The codes of vectors o, o + 1, …, each in the lowest byte of a lane, as
/// bytes.
template <class L, int N, int Tile>
MASE_INLINE void putCodes(const Ints (&codes)[Tile], int o, Bytes<L, N> &y) {
  if constexpr (L::kSamples) {
    MASE_UNROLL
    for (int i = 0; i < Tile; i += 4)
      y.v[(o + i) / 4] =
          packCodes(codes[i], codes[i + 1], codes[i + 2], codes[i + 3]);
  } else {
    MASE_UNROLL
    for (int i = 0; i < Tile; ++i)
      storeBytes(codes[i], y.v + (o + i) * kLanes);
  }
}

//@ putRounded
/// The codes that numbers of steps round to (see pack), as bytes.
template <class L, int N, int Low, int High, bool Clamp, int Tile>
MASE_INLINE void putRounded(const Floats (&steps)[Tile], int o,
                            Bytes<L, N> &y) {
  if constexpr (L::kSamples) {
    MASE_UNROLL
    for (int i = 0; i < Tile; i += 4)
      y.v[(o + i) / 4] = pack<Low, High, Clamp>(steps[i], steps[i + 1],
                                                steps[i + 2], steps[i + 3]);
  } else {
    MASE_UNROLL
    for (int i = 0; i < Tile; ++i) {
      Floats x = steps[i];
      if (Clamp)
        x = max(min(x, splat(float(High))), splat(float(Low)));
      storeBytes(round(x), y.v + (o + i) * kLanes);
    }
  }
}

//@ putBytes
/// The codes that numbers of steps in their bounds round to (see packBytes), as
/// bytes.
template <class L, int N, bool Signed, int Tile>
MASE_INLINE void putBytes(const Floats (&steps)[Tile], int o, Bytes<L, N> &y) {
  if constexpr (L::kSamples) {
    MASE_UNROLL
    for (int i = 0; i < Tile; i += 4)
      y.v[(o + i) / 4] =
          packBytes<Signed>(steps[i], steps[i + 1], steps[i + 2], steps[i + 3]);
  } else {
    MASE_UNROLL
    for (int i = 0; i < Tile; ++i)
      storeBytes(round(inByte<Signed>(steps[i])), y.v + (o + i) * kLanes);
  }
}

//@ putShifted
/// The same, each shifted to the left.
template <class L, int N, bool Signed, int Tile>
MASE_INLINE void putShifted(const Floats (&steps)[Tile],
                            const ByteShifts<N> &shifts, int o,
                            Bytes<L, N> &y) {
  if constexpr (L::kSamples) {
    MASE_UNROLL
    for (int i = 0; i < Tile; i += 4)
      y.v[(o + i) / 4] = packShifted<Signed>(
          steps[i], steps[i + 1], steps[i + 2], steps[i + 3], shifts, o + i);
  } else {
    MASE_UNROLL
    for (int i = 0; i < Tile; ++i)
      storeBytes(round(inByte<Signed>(steps[i])) << L::at(shifts.v, o + i),
                 y.v + (o + i) * kLanes);
  }
}

//@ shiftBytes
/// Codes, each shifted to the left.
template <class L, int N>
MASE_INLINE Bytes<L, N> shiftBytes(const Bytes<L, N> &codes,
                                   const ByteShifts<N> &shifts) {
  Bytes<L, N> result = codes;
  if constexpr (L::kSamples) {
    for (int k = 0; k < (N + 3) / 4; ++k) {
      Words word{};
      for (int i = 0; i < 4 && 4 * k + i < N; ++i)
        word |= ((((Words)codes.v[k] >> 8 * i)
                  << std::uint32_t(shifts.v[4 * k + i])) &
                 255)
                << 8 * i;
      result.v[k] = (Ints)word;
    }
  } else {
    for (int i = 0; i < N; ++i)
      result.v[i] = (unsigned char)((codes.v[i] << shifts.v[i]) & 255);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Sums of products
//===----------------------------------------------------------------------===//

//@ pairs
/// Sums of the products of the two 16-bit integers in each lane.
MASE_INLINE Ints pairs(Ints x, Ints w) {
#if MASE_LANES >= 2
  return (Ints)_mm512_madd_epi16((__m512i)x, (__m512i)w);
#elif MASE_LANES == 1
  return (Ints)_mm256_madd_epi16((__m256i)x, (__m256i)w);
#elif defined(__SSE2__)
  return (Ints)_mm_madd_epi16((__m128i)x, (__m128i)w);
#else
  return ((x << 16) >> 16) * ((w << 16) >> 16) + (x >> 16) * (w >> 16);
#endif
}

//@ evenBytes
/// Bytes 0 and 2 of each lane as 16-bit integers.
template <bool Signed> MASE_INLINE Ints evenBytes(Ints x) {
  if (!Signed)
    return x & 0x00ff00ff;
  return (((x << 24) >> 24) & 0xffff) | (((x << 8) >> 24) << 16);
}

//@ oddBytes
/// Bytes 1 and 3.
template <bool Signed> MASE_INLINE Ints oddBytes(Ints x) {
  return evenBytes<Signed>((Ints)((Words)x >> 8));
}

//@ DotTable dotTable
/// Weights of at most 8 bits as dot products read them, and what sums start
/// with. With VNNI and signed weights a word has four codes, and the machine
/// takes unsigned codes: signed ones are read with 128 added, for which the
/// start makes up. Else there are two words, of codes 0 and 2, and 1 and 3,
/// with 16 bits each.
template <bool SignedX, bool SignedW, int O, int I> struct DotTable {
  static constexpr bool kBytes = MASE_LANES == 3 && SignedW;
  static constexpr int kWords = (I + 3) / 4;
  alignas(64) std::int32_t start[std::size_t(paddedSize(O))];
  alignas(64) std::int32_t weight[std::size_t(kBytes ? kWords : 2 * kWords)]
                                 [std::size_t(paddedSize(O))];
};
template <bool SignedX, bool SignedW, typename T, int O, int I>
constexpr DotTable<SignedX, SignedW, O, I> dotTable(const T (&weight)[O][I]) {
  using Result = DotTable<SignedX, SignedW, O, I>;
  Result result{};
  for (int o = 0; o < O; ++o) {
    std::uint32_t start = 0;
    for (int i = 0; i < I; ++i) {
      const auto code = std::uint32_t(std::int32_t(weight[o][i]));
      std::int32_t &word = Result::kBytes ? result.weight[i / 4][o]
                                          : result.weight[i / 4 * 2 + i % 2][o];
      const int bit = Result::kBytes ? 8 * (i % 4) : 16 * (i % 4 / 2);
      const std::uint32_t mask = Result::kBytes ? 0xff : 0xffff;
      word = std::int32_t(std::uint32_t(word) | (code & mask) << bit);
      if (Result::kBytes && SignedX)
        start -= 128 * code;
    }
    result.start[o] = std::int32_t(start);
  }
  return result;
}
template <bool SignedX, bool SignedW, typename T, int O, int I>
constexpr DotTable<SignedX, SignedW, O, I>
dotTable(const T (&weight)[O][I], const std::int32_t (&bias)[O]) {
  DotTable<SignedX, SignedW, O, I> result = dotTable<SignedX, SignedW>(weight);
  for (int o = 0; o < O; ++o)
    result.start[o] =
        std::int32_t(std::uint32_t(result.start[o]) + std::uint32_t(bias[o]));
  return result;
}

//@ dot
/// The sums of vectors o, o + 1, …: start + sum of x[k] * weight[k], x from its
/// word `first` on.
template <class L, bool SignedX, bool SignedW, int O, int I, class Codes,
          int Tile>
MASE_INLINE void dot(const DotTable<SignedX, SignedW, O, I> &table,
                     const Codes &x, int o, Ints (&sum)[Tile], int first = 0) {
  using Table = DotTable<SignedX, SignedW, O, I>;
  MASE_UNROLL
  for (int i = 0; i < Tile; ++i)
    sum[i] = L::at(table.start, o + i);
  for (int k = 0; k < Table::kWords; ++k) {
    const Ints word = L::word(x, first + k);
    if constexpr (Table::kBytes) {
#if MASE_LANES == 3
      const Ints codes =
          SignedX ? word ^ splat(std::int32_t(0x80808080)) : word;
      MASE_UNROLL
      for (int i = 0; i < Tile; ++i)
        sum[i] =
            (Ints)_mm512_dpbusd_epi32((__m512i)sum[i], (__m512i)codes,
                                      (__m512i)L::at(table.weight[k], o + i));
#endif
    } else {
      const Ints even = evenBytes<SignedX>(word), odd = oddBytes<SignedX>(word);
      MASE_UNROLL
      for (int i = 0; i < Tile; ++i)
        sum[i] += pairs(even, L::at(table.weight[2 * k], o + i)) +
                  pairs(odd, L::at(table.weight[2 * k + 1], o + i));
    }
  }
}

//@ dotSparse sparseWords
/// The products of words k, … with the weights of outputs O, …: where those of
/// a word are all zero there is no code.
template <const auto &table, int O, bool SignedX, int K, class Codes, int Tile>
MASE_INLINE void sparseWords(const Codes &x, Ints (&sum)[Tile]) {
  using Table = std::decay_t<decltype(table)>;
  if constexpr (K < Table::kWords) {
    const Ints word = x.v[K];
    if constexpr (Table::kBytes) {
#if MASE_LANES == 3
      const Ints codes =
          SignedX ? word ^ splat(std::int32_t(0x80808080)) : word;
      MASE_UNROLL
      for (int i = 0; i < Tile; ++i)
        if (table.weight[K][O + i] != 0)
          sum[i] =
              (Ints)_mm512_dpbusd_epi32((__m512i)sum[i], (__m512i)codes,
                                        (__m512i)splat(table.weight[K][O + i]));
#endif
    } else {
      const Ints even = evenBytes<SignedX>(word), odd = oddBytes<SignedX>(word);
      MASE_UNROLL
      for (int i = 0; i < Tile; ++i) {
        if (table.weight[2 * K][O + i] != 0)
          sum[i] += pairs(even, splat(table.weight[2 * K][O + i]));
        if (table.weight[2 * K + 1][O + i] != 0)
          sum[i] += pairs(odd, splat(table.weight[2 * K + 1][O + i]));
      }
    }
    sparseWords<table, O, SignedX, K + 1>(x, sum);
  }
}
/// As dot, of a table that has words of zeros: straight-line code for the sums
/// of vectors O, ….
template <class L, const auto &table, int O, bool SignedX, bool SignedW,
          int Outputs, int I, class Codes, int Tile>
MASE_INLINE void dotSparse(const DotTable<SignedX, SignedW, Outputs, I> &same,
                           const Codes &x, Ints (&sum)[Tile]) {
  if constexpr (!L::kSamples) {
    dot<L>(same, x, O, sum);
  } else {
    MASE_UNROLL
    for (int i = 0; i < Tile; ++i)
      sum[i] = splat(table.start[O + i]);
    sparseWords<table, O, SignedX, 0>(x, sum);
  }
}

//@ dot32
/// The same with one code an element and sums of 32 bits, which start at 0.
template <class L, int O, int I, class Codes, int Tile>
MASE_INLINE void dot32(const Matrix<std::int32_t, O, I> &weight, const Codes &x,
                       int o, Ints (&sum)[Tile], int first = 0) {
  for (int i = 0; i < Tile; ++i)
    sum[i] = Ints{};
  for (int k = 0; k < I; ++k) {
    const Ints code = L::element(x, first + k);
    MASE_UNROLL
    for (int i = 0; i < Tile; ++i)
      sum[i] += code * L::at(weight.v[k], o + i);
  }
}

//@ dot64
/// The same with sums of 64 bits.
template <class L, int O, int I, class Codes, int Tile>
MASE_INLINE void dot64(const Matrix<std::int64_t, O, I> &weight, const Codes &x,
                       int o, Longs (&sum)[Tile], int first = 0) {
  for (int i = 0; i < Tile; ++i)
    sum[i] = Longs{};
  for (int k = 0; k < I; ++k) {
    const Longs code = toLongs(L::element(x, first + k));
    for (int i = 0; i < Tile; ++i)
      sum[i] = addLongs(sum[i], code, longsAt<L>(weight.v[k], o + i));
  }
}

//@ linear
/// Chains of fma in input order, from what the sums hold.
template <class L, int O, int I, class Array, int Tile>
MASE_INLINE void chain(const Matrix<float, O, I> &weight, const Array &x, int o,
                       Floats (&sum)[Tile], int first) {
  for (int k = 0; k < I; ++k) {
    const Floats number = L::element(x, first + k);
    MASE_UNROLL
    for (int i = 0; i < Tile; ++i)
      sum[i] = fma(number, L::at(weight.v[k], o + i), sum[i]);
  }
}
/// The sums of vectors o, o + 1, …, which start at the bias.
template <class L, int O, int I, class Array, int Tile>
MASE_INLINE void linear(const Matrix<float, O, I> &weight,
                        const Table<float, O> &bias, const Array &x, int o,
                        Floats (&sum)[Tile], int first = 0) {
  MASE_UNROLL
  for (int i = 0; i < Tile; ++i)
    sum[i] = L::at(bias.v, o + i);
  chain<L>(weight, x, o, sum, first);
}
/// The same without a bias: from +0.
template <class L, int O, int I, class Array, int Tile>
MASE_INLINE void linear(const Matrix<float, O, I> &weight, const Array &x,
                        int o, Floats (&sum)[Tile], int first = 0) {
  for (int i = 0; i < Tile; ++i)
    sum[i] = Floats{};
  chain<L>(weight, x, o, sum, first);
}

//===----------------------------------------------------------------------===//
// Features of one sample
//===----------------------------------------------------------------------===//

//@ rows
/// A function of all features of a sample, `f(in, out, N)` on rows.
template <class L, int N, typename F>
MASE_INLINE void rows(F function, const Numbers<L, N> &x, Numbers<L, N> &y) {
  float in[std::size_t(N)], out[std::size_t(N)];
  for (int s = 0; s < (L::kSamples ? kLanes : 1); ++s) {
    for (int f = 0; f < N; ++f)
      in[f] = x.v[L::kSamples ? f : f / kLanes][L::kSamples ? s : f % kLanes];
    function(in, out, N);
    for (int f = 0; f < N; ++f)
      y.v[L::kSamples ? f : f / kLanes][L::kSamples ? s : f % kLanes] = out[f];
  }
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

//@ transpose
/// Four rows of four numbers, once in each quarter of the vectors, transposed.
MASE_INLINE void transpose(Floats (&x)[4]) {
#if MASE_LANES >= 2
  const __m512d a = (__m512d)_mm512_unpacklo_ps(x[0], x[1]),
                b = (__m512d)_mm512_unpackhi_ps(x[0], x[1]),
                c = (__m512d)_mm512_unpacklo_ps(x[2], x[3]),
                d = (__m512d)_mm512_unpackhi_ps(x[2], x[3]);
  x[0] = (Floats)_mm512_unpacklo_pd(a, c);
  x[1] = (Floats)_mm512_unpackhi_pd(a, c);
  x[2] = (Floats)_mm512_unpacklo_pd(b, d);
  x[3] = (Floats)_mm512_unpackhi_pd(b, d);
#elif MASE_LANES == 1
  const __m256d a = (__m256d)_mm256_unpacklo_ps(x[0], x[1]),
                b = (__m256d)_mm256_unpackhi_ps(x[0], x[1]),
                c = (__m256d)_mm256_unpacklo_ps(x[2], x[3]),
                d = (__m256d)_mm256_unpackhi_ps(x[2], x[3]);
  x[0] = (Floats)_mm256_unpacklo_pd(a, c);
  x[1] = (Floats)_mm256_unpackhi_pd(a, c);
  x[2] = (Floats)_mm256_unpacklo_pd(b, d);
  x[3] = (Floats)_mm256_unpackhi_pd(b, d);
#else
  const Floats a = x[0], b = x[1], c = x[2], d = x[3];
  for (int i = 0; i < 4; ++i)
    x[i] = Floats{a[i], b[i], c[i], d[i]};
#endif
}

//@ gather
/// Four numbers from every `stride`th place.
MASE_INLINE Floats gather(const float *x, std::ptrdiff_t stride) {
#if MASE_LANES >= 2
  __m512 result = _mm512_castps128_ps512(_mm_loadu_ps(x));
  result = _mm512_insertf32x4(result, _mm_loadu_ps(x + stride), 1);
  result = _mm512_insertf32x4(result, _mm_loadu_ps(x + 2 * stride), 2);
  return _mm512_insertf32x4(result, _mm_loadu_ps(x + 3 * stride), 3);
#elif MASE_LANES == 1
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(x)),
                              _mm_loadu_ps(x + stride), 1);
#else
  Floats result;
  std::memcpy(&result, x, sizeof result);
  (void)stride;
  return result;
#endif
}

//@ scatter
/// The way back.
MASE_INLINE void scatter(Floats x, float *y, std::ptrdiff_t stride) {
#if MASE_LANES >= 2
  _mm_storeu_ps(y, _mm512_castps512_ps128(x));
  _mm_storeu_ps(y + stride, _mm512_extractf32x4_ps(x, 1));
  _mm_storeu_ps(y + 2 * stride, _mm512_extractf32x4_ps(x, 2));
  _mm_storeu_ps(y + 3 * stride, _mm512_extractf32x4_ps(x, 3));
#elif MASE_LANES == 1
  _mm_storeu_ps(y, _mm256_castps256_ps128(x));
  _mm_storeu_ps(y + stride, _mm256_extractf128_ps(x, 1));
#else
  std::memcpy(y, &x, sizeof x);
  (void)stride;
#endif
}

//@ loadRows
/// Samples in rows, `stride` numbers apart.
template <int N>
MASE_INLINE void loadRows(const float *x, std::ptrdiff_t stride,
                          Samples::Numbers<N> &y) {
  if constexpr (N < 4) {
    for (int f = 0; f < N; ++f)
      for (int s = 0; s < kLanes; ++s)
        y.v[f][s] = x[s * stride + f];
  } else {
    for (int at = 0; at < N; at += 4) {
      const int f = at + 4 <= N ? at : N - 4;
      Floats block[4];
      MASE_UNROLL
      for (int row = 0; row < 4; ++row)
        block[row] = gather(x + f + row * stride, 4 * stride);
      transpose(block);
      MASE_UNROLL
      for (int i = 0; i < 4; ++i)
        y.v[f + i] = block[i];
    }
  }
}

//@ storeRows
template <int N>
MASE_INLINE void storeRows(const Samples::Numbers<N> &x, float *y,
                           std::ptrdiff_t stride) {
  if constexpr (N < 4) {
    for (int s = 0; s < kLanes; ++s)
      for (int f = 0; f < N; ++f)
        y[s * stride + f] = x.v[f][s];
  } else {
    for (int at = 0; at < N; at += 4) {
      const int f = at + 4 <= N ? at : N - 4;
      Floats block[4] = {x.v[f], x.v[f + 1], x.v[f + 2], x.v[f + 3]};
      transpose(block);
      MASE_UNROLL
      for (int row = 0; row < 4; ++row)
        scatter(block[row], y + f + row * stride, 4 * stride);
    }
  }
}

//@ loadCodes
/// Codes of N features in rows, `stride` codes apart: of as many samples as the
/// layout has.
template <class L, int N, typename Code, class Array>
MASE_INLINE void loadCodes(const Code *x, std::ptrdiff_t stride, Array &y) {
  constexpr int samples = L::kSamples ? kLanes : 1;
  if constexpr (std::is_same<Array, Bytes<Samples, N>>::value) {
    for (int k = 0; k < (N + 3) / 4; ++k)
      for (int s = 0; s < samples; ++s) {
        std::uint32_t word = 0;
        for (int f = 4 * k; f < 4 * k + 4 && f < N; ++f)
          word |= (std::uint32_t(x[s * stride + f]) & 255) << 8 * (f % 4);
        y.v[k][s] = std::int32_t(word);
      }
  } else if constexpr (std::is_same<Array, Bytes<Features, N>>::value) {
    std::memset(y.v, 0, sizeof y.v);
    std::memcpy(y.v, x, std::size_t(N));
  } else {
    y = Array{};
    for (int f = 0; f < N; ++f)
      for (int s = 0; s < samples; ++s)
        y.v[L::kSamples ? f : f / kLanes][L::kSamples ? s : f % kLanes] =
            std::int32_t(x[s * stride + f]);
  }
}

//@ storeCodes
/// The codes of N features of each sample, to rows `stride` codes apart.
template <class L, int N, typename Code>
MASE_INLINE void storeCodes(const Integers<L, N> &x, Code *y,
                            std::ptrdiff_t stride) {
  for (int s = 0; s < (L::kSamples ? kLanes : 1); ++s)
    for (int f = 0; f < N; ++f)
      y[s * stride + f] =
          Code(x.v[L::kSamples ? f : f / kLanes][L::kSamples ? s : f % kLanes]);
}

//@ loadColumns
/// Features in columns of their own, from sample `first`.
template <int N>
MASE_INLINE void loadColumns(const float *const *x, std::size_t first,
                             Samples::Numbers<N> &y) {
  for (int f = 0; f < N; ++f)
    std::memcpy(&y.v[f], x[f] + first, sizeof(Floats));
}

//@ firstLane
/// What the first lanes hold, in order.
template <int N>
MASE_INLINE void firstLane(const Samples::Numbers<N> &x, float *y) {
  for (int f = 0; f < N; ++f)
    y[f] = x.v[f][0];
}

//@ largest
/// The first of the largest numbers of each sample: its place.
template <int N> MASE_INLINE Ints largest(const Samples::Numbers<N> &y) {
  Floats best = y.v[0];
  Ints place{};
  for (int o = 1; o < N; ++o) {
    const Ints above = y.v[o] > best;
    best = above ? y.v[o] : best;
    place = above ? splat(std::int32_t(o)) : place;
  }
  return place;
}

//@

} // namespace mase::lanes

#endif // MASE_RUNTIME_LANES_H
