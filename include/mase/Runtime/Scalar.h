// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operations on single numbers that generated code calls: CUDA through
// mase/Runtime/Cuda.h, and C, into whose files `mase-translate --mase-to-cpp
// --cpp-language=c` copies those that they need. Each rounds once, so that the
// bits are those of every other engine.
//
// A line `//@ names` begins a piece that can be copied. What is copied to C is
// written in what C++ and C share but for notation, which the translation
// changes: casts like functions, scoped names, `constexpr`.
#ifndef MASE_RUNTIME_SCALAR_H
#define MASE_RUNTIME_SCALAR_H

#include "mase/Numerics/Elementary.h"
#include "mase/Numerics/FixedPoint.h"

#include <cstdint>

#ifdef __CUDACC__
/// A function of a kernel.
#define MASE_DEVICE __device__ __forceinline__
/// A table of parameters. `static __device__ constexpr` can be folded into the
/// code where a loop is unrolled, and indexed at run time where it is not.
#define MASE_TABLE static __device__ constexpr
/// Before a loop that must be unrolled so that its arrays become registers.
#define MASE_UNROLL _Pragma("unroll")
#else
// The host needs no registers; loops stay loops, and compile quickly.
#define MASE_DEVICE [[maybe_unused]] static inline
#define MASE_TABLE static constexpr
#define MASE_UNROLL
#endif
#ifndef MASE_KEEP
/// Where a compiler must not see what `x` is made of, for code that is compiled
/// with any flags.
#define MASE_KEEP(x)
#endif

namespace mase::rt {

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

//@ addModular
/// sum + x * w modulo 2^64, for sums that need more bits on the way than they
/// end with.
MASE_DEVICE int64_t addModular(int64_t sum, int64_t x, int64_t w) {
  return int64_t(uint64_t(sum) + uint64_t(x) * uint64_t(w));
}

//@ readBits
/// The integer that the lowest `width` bits of `code` are, with or without a
/// sign.
MASE_DEVICE int64_t readBits(int64_t code, int width, bool isSigned) {
  const uint64_t bits = uint64_t(code) << (64 - width);
  return isSigned ? int64_t(bits) >> (64 - width)
                  : int64_t(bits >> (64 - width));
}

//@ shiftCode
/// A code times 2^shift.
MASE_DEVICE int32_t shiftCode(int32_t code, int shift) {
  return int32_t(uint32_t(code) << shift);
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
MASE_DEVICE float fma(float a, float b, float c) { return fmaF32(a, b, c); }

//@ add
MASE_DEVICE float add(float a, float b) { return addF32(a, b); }

//@ sub
MASE_DEVICE float sub(float a, float b) {
#ifdef __CUDA_ARCH__
  return __fsub_rn(a, b);
#else
  return a - b;
#endif
}

//@ mul
MASE_DEVICE float mul(float a, float b) {
  float product = mulF32(a, b);
  MASE_KEEP(product);
  return product;
}

//@ scaled
/// x times a power of two: a sum that takes it in rounds to the same code.
MASE_DEVICE float scaled(float x, float power) { return x * power; }

//@ div
MASE_DEVICE float div(float a, float b) {
#ifdef __CUDA_ARCH__
  return __fdiv_rn(a, b);
#else
  return a / b;
#endif
}

//@ relu
/// x > 0 ? x : +0; NaN and -0 give +0.
MASE_DEVICE float relu(float x) {
  // clang leaves out a choice behind another one with the same bound, such as a
  // clip's, though NaN passes the first.
  MASE_KEEP(x);
  return x > 0.0f ? x : 0.0f;
}

//@ leakyRelu
/// x > 0 ? x : alpha * x.
MASE_DEVICE float leakyRelu(float x, float alpha) {
  return x > 0.0f ? x : mul(x, alpha);
}

//@ clip
/// x < lower ? lower : x > upper ? upper : x.
MASE_DEVICE float clip(float x, float lower, float upper) {
  float y = x > upper ? upper : x;
  return y < lower ? lower : y;
}

//@ tanh
MASE_DEVICE float tanh(float x) { return tanhF32(x); }

//@ sigmoid
/// 1 / (1 + exp(-x)).
MASE_DEVICE float sigmoid(float x) { return sigmoidF32(x); }

//@ min
/// The smaller of two numbers (no NaN).
MASE_DEVICE float min(float a, float b) {
#ifdef __CUDA_ARCH__
  return fminf(a, b);
#else
  return a < b ? a : b;
#endif
}

//@ max
/// The larger of two numbers (no NaN).
MASE_DEVICE float max(float a, float b) {
#ifdef __CUDA_ARCH__
  return fmaxf(a, b);
#else
  return a > b ? a : b;
#endif
}

//===----------------------------------------------------------------------===//
// Rounding to codes
//===----------------------------------------------------------------------===//

//@ round
/// The nearest integer, ties to even; |x| <= 2^22.
MASE_DEVICE int32_t round(float x) {
  const float shift = 0x1.8p23f; // roundingShift(0)
  return int32_t(bitsOf(addF32(x, shift)) - bitsOf(shift));
}

//@ floor
/// The integer below or at it; |x| <= 2^22.
MASE_DEVICE int32_t floor(float x) {
  const int32_t nearest = round(x);
  return nearest - (float(nearest) > x ? 1 : 0);
}

//@ clampSteps
/// x clamped to [low, high], which are integers; NaN gives 0.
MASE_DEVICE float clampSteps(float x, float low, float high) {
  return min(max(x == x ? x : 0.0f, low), high);
}

//@ clampRound
/// clamp(round(x), low, high), ties to even; NaN gives 0. Any x; the bounds are
/// integers of at most 22 bits.
MASE_DEVICE int32_t clampRound(float x, float low, float high) {
  return round(clampSteps(x, low, high));
}

//@ clampFloor
/// The same, rounded down.
MASE_DEVICE int32_t clampFloor(float x, float low, float high) {
  return floor(clampSteps(x, low, high));
}

//@ clampRoundWide
/// clamp(round(x), low, high), ties to even; NaN gives 0. Any x and bounds.
MASE_DEVICE int32_t clampRoundWide(float x, int32_t low, int32_t high) {
  return int32_t(
      quantizeToCode(x, 1.0, double(low), double(high), Rounding::NearestEven));
}

//@ clampFloorWide
/// The same, rounded down.
MASE_DEVICE int32_t clampFloorWide(float x, int32_t low, int32_t high) {
  return int32_t(
      quantizeToCode(x, 1.0, double(low), double(high), Rounding::Floor));
}

//@

} // namespace mase::rt

#endif // MASE_RUNTIME_SCALAR_H
