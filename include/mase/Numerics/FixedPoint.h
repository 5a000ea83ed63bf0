// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fixed-point formats: MASE's `integer` (alias `fixed`) and `integer_floor`.
// This is the place that rounds: the interpreter, the search evaluator (whose
// loops the compiler vectorises over these functions) and generated CUDA code
// compiled for the host all call it. Header only, C++17, host and device.
// Lines `//@ …` begin what generated C++ may copy (see mase/Runtime/Lanes.h).
#ifndef MASE_NUMERICS_FIXEDPOINT_H
#define MASE_NUMERICS_FIXEDPOINT_H

#include "mase/Numerics/Rounding.h"

#include <cstdint>

// Functions that sources compiled for several instruction sets share must
// leave no copy of their own in an object file: the linker might keep the one
// that the machine cannot run.
#define MASE_ALWAYS_INLINE inline __attribute__((always_inline))

namespace mase {

//@ FixedPointFormat
/// value = clamp(round(x * 2^fracWidth), minCode, maxCode) * 2^-fracWidth.
/// The fraction may be negative or larger than the width. `rounding` is
/// NearestEven or Floor: with the others it is a UniformFormat.
struct FixedPointFormat {
  static constexpr int kMaxWidth = 32;
  static constexpr int kMinFracWidth = -32;
  static constexpr int kMaxFracWidth = 64;

  int width = 8;
  int fracWidth = 4;
  bool isSigned = true;
  Rounding rounding = Rounding::NearestEven;

  MASE_HOST_DEVICE constexpr int64_t minCode() const {
    return isSigned ? -(int64_t(1) << (width - 1)) : 0;
  }
  MASE_HOST_DEVICE constexpr int64_t maxCode() const {
    return isSigned ? (int64_t(1) << (width - 1)) - 1
                    : (int64_t(1) << width) - 1;
  }
  /// The largest magnitude of a code.
  MASE_HOST_DEVICE constexpr int64_t maxMagnitude() const {
    return isSigned ? -minCode() : maxCode();
  }
  constexpr bool operator==(const FixedPointFormat &o) const {
    return width == o.width && fracWidth == o.fracWidth &&
           isSigned == o.isSigned && rounding == o.rounding;
  }
  constexpr bool operator!=(const FixedPointFormat &o) const {
    return !(*this == o);
  }
};

//@ exp2i
/// 2^exponent as a binary32; exponent in [-149, 127].
MASE_HOST_DEVICE inline constexpr float exp2i(int exponent) {
  float r = 1.0f;
  for (; exponent > 0; --exponent)
    r *= 2.0f;
  for (; exponent < 0; ++exponent)
    r *= 0.5f;
  return r;
}

//@ quantizeToCode
/// The code of `x`, as an integral binary64 in [minCode, maxCode]. NaN gives 0,
/// infinities saturate. binary64 holds every code of up to 32 bits, and
/// x * 2^f exactly, so the only rounding is the one that the format asks for.
MASE_HOST_DEVICE inline double quantizeToCode(float x, double scale, double lo,
                                              double hi, Rounding rounding) {
  double v = double(x) * scale;
  v = rounding == Rounding::NearestEven ? __builtin_rint(v)
                                        : __builtin_floor(v);
  v = v < lo ? lo : v;
  v = v > hi ? hi : v;
  return x == x ? v : 0.0;
}

//@ quantizeFixedPoint
/// The code of `x` in `format`.
MASE_HOST_DEVICE inline int64_t quantizeToCode(float x,
                                               const FixedPointFormat &format) {
  return int64_t(quantizeToCode(x, double(exp2i(format.fracWidth)),
                                double(format.minCode()),
                                double(format.maxCode()), format.rounding));
}

//@
/// Whether `x` rounds to a code beyond the format's, and so is clamped.
/// Infinities are, NaN is not.
MASE_HOST_DEVICE inline bool saturates(float x,
                                       const FixedPointFormat &format) {
  // No bounds: the code that it would have. x * 2^f is exact.
  double code =
      quantizeToCode(x, double(exp2i(format.fracWidth)), -__builtin_inf(),
                     __builtin_inf(), format.rounding);
  return code < double(format.minCode()) || code > double(format.maxCode());
}

/// The value of a code or of an accumulator with `fracWidth` fraction bits:
/// one rounding (the integer's, to binary32); scaling by a power of two is
/// exact.
MASE_HOST_DEVICE inline float dequantize(int64_t code, int fracWidth) {
  return float(code) * exp2i(-fracWidth);
}

/// Rounds `x` to the nearest value of `format` (a binary32; formats of more
/// than 24 bits round once more on the way out).
MASE_HOST_DEVICE inline float quantize(float x,
                                       const FixedPointFormat &format) {
  return dequantize(quantizeToCode(x, format), format.fracWidth);
}

/// The binary32 fast path that vectorises: for formats of at most 24 bits
/// the code is itself a binary32, and x * 2^f is exact in binary32 but for
/// overflow (which saturates) and underflow (which rounds to the same code).
/// With floor, a negative underflow would read -0 instead of -1, so
/// `quantizeToCodeF32` must be given `scale` and `x` whose product does not
/// underflow: floor formats with a negative fraction take the binary64 path.
MASE_HOST_DEVICE inline float quantizeToCodeF32(float x, float scale, float lo,
                                                float hi, Rounding rounding) {
  float v = x * scale;
  v = rounding == Rounding::NearestEven ? __builtin_rintf(v)
                                        : __builtin_floorf(v);
  v = v < lo ? lo : v;
  v = v > hi ? hi : v;
  // Adding zero turns -0 into +0: integers have one zero.
  return x == x ? v + 0.0f : 0.0f;
}

/// Whether `quantizeToCodeF32` gives the codes of `format`.
MASE_HOST_DEVICE inline constexpr bool
hasF32Codes(const FixedPointFormat &format) {
  return format.width <= 24 &&
         (format.rounding == Rounding::NearestEven || format.fracWidth >= 0);
}

/// Number of bits of a signed integer that holds every value in [-m, m].
MASE_HOST_DEVICE inline constexpr int signedBitsFor(unsigned __int128 m) {
  int bits = 1;
  for (; m != 0; m >>= 1)
    ++bits;
  return bits;
}

} // namespace mase

#endif // MASE_NUMERICS_FIXEDPOINT_H
