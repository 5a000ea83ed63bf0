// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a real number becomes an integer, and what happens to one that a code
// cannot hold. Header only, C++17, host and device.
// Lines `//@ …` begin what generated C++ may copy (see mase/Runtime/Lanes.h).
#ifndef MASE_NUMERICS_ROUNDING_H
#define MASE_NUMERICS_ROUNDING_H

#include <cstdint>

#ifdef __CUDACC__
#define MASE_HOST_DEVICE __host__ __device__
#else
#define MASE_HOST_DEVICE
#endif

#ifdef __FAST_MATH__
#error "functions of mase/Numerics give other bits under -ffast-math"
#endif

namespace mase {

//@ Rounding
/// Roundings to an integer. Beside each: QONNX's name, and that of AMD's
/// `ap_fixed` (Vitis HLS, UG1399, "Quantization modes").
enum class Rounding : uint8_t {
  NearestEven,        ///< ties to even: ROUND, HALF_EVEN; AP_RND_CONV
  Floor,              ///< FLOOR; AP_TRN
  Ceil,               ///< CEIL
  TowardsZero,        ///< DOWN; AP_TRN_ZERO
  AwayFromZero,       ///< UP
  NearestAway,        ///< ties away from zero: HALF_UP; AP_RND_INF
  NearestTowardsZero, ///< ties towards zero: HALF_DOWN; AP_RND_ZERO
  NearestUp           ///< ties towards +infinity: AP_RND
};

//@ Overflow
/// What becomes of an integer beyond the codes.
enum class Overflow : uint8_t {
  Saturate, ///< the nearest code: AP_SAT
  Wrap      ///< modulo 2^width, two's complement: AP_WRAP
};

//@ roundToInteger
/// `v` rounded to an integer; infinities stay. Every step is exact: a binary64
/// of 2^52 or more is an integer, and below that the difference to a
/// neighbouring integer is a binary64.
MASE_HOST_DEVICE inline double roundToInteger(double v, Rounding rounding) {
  switch (rounding) {
  case Rounding::NearestEven:
    return __builtin_rint(v);
  case Rounding::Floor:
    return __builtin_floor(v);
  case Rounding::Ceil:
    return __builtin_ceil(v);
  case Rounding::TowardsZero:
    return __builtin_trunc(v);
  case Rounding::AwayFromZero:
    return v < 0 ? __builtin_floor(v) : __builtin_ceil(v);
  case Rounding::NearestAway:
    return __builtin_round(v);
  case Rounding::NearestTowardsZero: {
    double whole = __builtin_trunc(v);
    double rest = v - whole; // NaN for infinities: stays
    return rest > 0.5 ? whole + 1 : rest < -0.5 ? whole - 1 : whole;
  }
  case Rounding::NearestUp: {
    double whole = __builtin_floor(v);
    return v - whole >= 0.5 ? whole + 1 : whole;
  }
  }
  return v;
}

//@
} // namespace mase

#endif // MASE_NUMERICS_ROUNDING_H
