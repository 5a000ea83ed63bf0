// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rounding by an addition: so large a number is added that binary32 has no bit
// left for fractions. It is the cheapest rounding that vectorises, and its
// codes need no conversion to an integer. Header only, C++17, host and device.
// Lines `//@ …` begin what generated C++ may copy (see mase/Runtime/Lanes.h).
#ifndef MASE_NUMERICS_SHIFTROUNDING_H
#define MASE_NUMERICS_SHIFTROUNDING_H

#include "mase/Numerics/FixedPoint.h"

#include <cstdint>
#include <cstring>

namespace mase {

//@ bitsOf
/// The bits of a binary32.
MASE_HOST_DEVICE MASE_ALWAYS_INLINE uint32_t bitsOf(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

//@ floatOf
/// The binary32 with the given bits.
MASE_HOST_DEVICE MASE_ALWAYS_INLINE float floatOf(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

//@ addF32
/// a + b, rounded by itself whatever `a` is a product of.
MASE_HOST_DEVICE MASE_ALWAYS_INLINE float addF32(float a, float b) {
#if defined(__CUDA_ARCH__)
  return __fadd_rn(a, b); // nvcc makes no fma of this one
#else
  return a + b;
#endif
}

//@ kMaxShiftRoundedBits
/// Numbers of at most this many bits, and their negatives, can be rounded so:
/// |x * 2^fracWidth| <= 2^22.
constexpr int kMaxShiftRoundedBits = 22;

//@ roundingShift
/// 1.5 * 2^(23 - fracWidth): sums of it and such an x are between 2^23 and 2^24
/// units of 2^-fracWidth, which is their ulp, and are rounded to nearest, ties
/// to even. fracWidth in [-104, 149].
MASE_HOST_DEVICE inline constexpr float roundingShift(int fracWidth) {
  return 1.5f * exp2i(23 - fracWidth);
}

//@
/// `x` rounded to a multiple of 2^-fracWidth, of which `shift` is the
/// roundingShift. Zeros are positive.
MASE_HOST_DEVICE MASE_ALWAYS_INLINE float roundByShift(float x, float shift) {
  return addF32(x, shift) - shift;
}

/// round(x * 2^fracWidth) + bitsOf(shift) modulo 2^32: what the sum's mantissa
/// ends in. The lowest byte is the integer's, since the shift's are zeros.
MASE_HOST_DEVICE MASE_ALWAYS_INLINE uint32_t shiftedCode(float x, float shift) {
  return bitsOf(addF32(x, shift));
}

} // namespace mase

#endif // MASE_NUMERICS_SHIFTROUNDING_H
