// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Uniform formats: value = scale * (code - zeroPoint). Fixed point is the case
// of a power of two and no zero point. Header only, C++17, host and device.
// Lines `//@ …` begin what generated C++ may copy (see mase/Runtime/Lanes.h).
#ifndef MASE_NUMERICS_UNIFORM_H
#define MASE_NUMERICS_UNIFORM_H

#include "mase/Numerics/FixedPoint.h"
#include "mase/Numerics/Rounding.h"

#include <cstdint>
#include <cstring>

namespace mase {

//@ UniformFormat/
/// The codes of a tensor, or of one of its slices. Codes are integers of
/// `width` bits; a value is scale * (code - zeroPoint), rounded to binary32
/// once for the integer (exact up to 24 bits) and once for the product.
struct UniformFormat {
  static constexpr int kMaxWidth = FixedPointFormat::kMaxWidth;

  int width = 8;         ///< 1 to kMaxWidth
  float scale = 1.0f;    ///< positive, normal
  int64_t zeroPoint = 0; ///< in [minCode, maxCode]
  bool isSigned = true;
  /// Leaves out the lowest signed code or the highest unsigned one.
  bool narrow = false;
  /// Codes are -1 and +1, and the sign of x decides: QONNX's signed Quant of
  /// one bit, and BipolarQuant. `width` is 1.
  bool bipolar = false;
  Rounding rounding = Rounding::NearestEven;
  Overflow overflow = Overflow::Saturate;
  /// The zero point is added, and the codes clamped, before rounding (QONNX's
  /// Quant) and not after (ONNX's QuantizeLinear).
  bool zeroPointFirst = false;

  MASE_HOST_DEVICE constexpr int64_t minCode() const {
    if (bipolar)
      return -1;
    return isSigned ? -(int64_t(1) << (width - 1)) + (narrow ? 1 : 0) : 0;
  }
  MASE_HOST_DEVICE constexpr int64_t maxCode() const {
    if (bipolar)
      return 1;
    return isSigned ? (int64_t(1) << (width - 1)) - 1
                    : (int64_t(1) << width) - 1 - (narrow ? 1 : 0);
  }
  /// The smallest and the largest of code - zeroPoint.
  MASE_HOST_DEVICE constexpr int64_t minSteps() const {
    return minCode() - zeroPoint;
  }
  MASE_HOST_DEVICE constexpr int64_t maxSteps() const {
    return maxCode() - zeroPoint;
  }
  /// The largest magnitude of code - zeroPoint.
  MASE_HOST_DEVICE constexpr int64_t maxMagnitude() const {
    return -minSteps() > maxSteps() ? -minSteps() : maxSteps();
  }
  /// Bits of the integer that stores a code: a bipolar one takes a bit of
  /// memory, but as an integer it needs a sign.
  MASE_HOST_DEVICE constexpr int storageWidth() const {
    return bipolar ? 2 : width;
  }
  constexpr bool operator==(const UniformFormat &o) const {
    return width == o.width && scale == o.scale && zeroPoint == o.zeroPoint &&
           isSigned == o.isSigned && narrow == o.narrow &&
           bipolar == o.bipolar && rounding == o.rounding &&
           overflow == o.overflow && zeroPointFirst == o.zeroPointFirst;
  }
  constexpr bool operator!=(const UniformFormat &o) const {
    return !(*this == o);
  }
};

//@ isPowerOfTwo
/// Whether a positive, normal `scale` is a power of two.
MASE_HOST_DEVICE inline bool isPowerOfTwo(float scale) {
  uint32_t bits;
  memcpy(&bits, &scale, sizeof bits);
  return (bits & 0x7fffff) == 0;
}

//@
/// The exponent of a positive, normal `scale`: floor(log2(scale)).
MASE_HOST_DEVICE inline int exponentOf(float scale) {
  uint32_t bits;
  memcpy(&bits, &scale, sizeof bits);
  return int(bits >> 23) - 127;
}

/// `format` as a uniform format.
MASE_HOST_DEVICE inline UniformFormat
toUniform(const FixedPointFormat &format) {
  UniformFormat result;
  result.width = format.width;
  result.scale = exp2i(-format.fracWidth);
  result.isSigned = format.isSigned;
  result.rounding = format.rounding;
  return result;
}

//@ inSteps unboundedCode wrapCode quantizeToCode/uniformCode
/// x / scale. For a power of two this is a multiplication, exact in binary64;
/// else one binary32 division.
MASE_HOST_DEVICE inline double inSteps(float x, float scale) {
  return isPowerOfTwo(scale) ? double(x) * (1.0 / double(scale))
                             : double(x / scale);
}

/// The integer that `x` rounds to before a code's bounds are looked at; not for
/// zeroPointFirst and bipolar formats. NaN and infinities stay.
MASE_HOST_DEVICE inline double unboundedCode(float x,
                                             const UniformFormat &format) {
  // Inexact only where it is far beyond every code.
  return roundToInteger(inSteps(x, format.scale), format.rounding) +
         double(format.zeroPoint);
}

/// `v`, an integer, modulo 2^width: in two's complement if `isSigned`.
MASE_HOST_DEVICE inline int64_t wrapCode(double v, int width, bool isSigned) {
  double modulus = double(int64_t(1) << width);
  double rest = __builtin_fmod(v, modulus); // exact
  int64_t code = int64_t(rest) & ((int64_t(1) << width) - 1);
  if (isSigned && code >> (width - 1))
    code -= int64_t(1) << width;
  return code;
}

/// The code of `x`. NaN gives the zero point (bipolar: -1); infinities
/// saturate, whatever the overflow is.
MASE_HOST_DEVICE inline int64_t quantizeToCode(float x,
                                               const UniformFormat &format) {
  double lo = double(format.minCode()), hi = double(format.maxCode());
  if (format.bipolar) {
    float steps = float(inSteps(x, format.scale) + double(format.zeroPoint));
    return steps >= 0 ? 1 : -1;
  }
  if (x != x)
    return format.zeroPoint;
  if (format.zeroPointFirst) {
    // A sum of two binary32 in binary64, rounded to binary32, is that sum
    // rounded once (53 >= 2 * 24 + 2).
    double v =
        double(float(inSteps(x, format.scale) + double(format.zeroPoint)));
    v = v < lo ? lo : v > hi ? hi : v;
    return int64_t(roundToInteger(v, format.rounding));
  }
  double v = unboundedCode(x, format);
  if (format.overflow == Overflow::Wrap && __builtin_isfinite(v)) {
    // The zero point is added after the remainder is taken: then it is exact.
    double steps = roundToInteger(inSteps(x, format.scale), format.rounding);
    double modulus = double(int64_t(1) << format.width);
    return wrapCode(__builtin_fmod(steps, modulus) + double(format.zeroPoint),
                    format.width, format.isSigned);
  }
  return int64_t(v < lo ? lo : v > hi ? hi : v);
}

//@
/// The value of a code.
MASE_HOST_DEVICE inline float dequantize(int64_t code,
                                         const UniformFormat &format) {
  return float(code - format.zeroPoint) * format.scale;
}

/// Rounds `x` to a value of `format`.
MASE_HOST_DEVICE inline float quantize(float x, const UniformFormat &format) {
  return dequantize(quantizeToCode(x, format), format);
}

/// Whether `x` lies beyond the codes and is clamped or wrapped. Infinities do,
/// NaN does not; a bipolar format clamps nothing.
MASE_HOST_DEVICE inline bool saturates(float x, const UniformFormat &format) {
  if (format.bipolar)
    return false;
  double v = unboundedCode(x, format);
  if (format.zeroPointFirst)
    v = roundToInteger(
        double(float(inSteps(x, format.scale) + double(format.zeroPoint))),
        format.rounding);
  return v < double(format.minCode()) || v > double(format.maxCode());
}

} // namespace mase

#endif // MASE_NUMERICS_UNIFORM_H
