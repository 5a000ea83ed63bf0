// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rounding by an addition, against the definition.
#include "mase/Numerics/ShiftRounding.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace mase;

namespace {

constexpr int32_t kMost = 1 << kMaxShiftRoundedBits;

/// Whether both ways round `x`, which is within +-2^22 units, as the definition
/// does, to the bit.
bool agrees(float x, int fracWidth) {
  double code = quantizeToCode(x, std::ldexp(1.0, fracWidth), -kMost, kMost,
                               Rounding::NearestEven);
  float shift = roundingShift(fracWidth);
  float expected = dequantize(int64_t(code), fracWidth);
  return bitsOf(roundByShift(x, shift)) == bitsOf(expected) &&
         int32_t(shiftedCode(x, shift) - bitsOf(shift)) == int32_t(code);
}

/// The same for all numbers between half a unit below `n` units and half a unit
/// above: where they round does not fall as they grow, so that those at the
/// ends tell of the others.
::testing::AssertionResult agreesAround(int32_t n, int fracWidth) {
  auto scaled = [&](double units) {
    return float(std::ldexp(units, -fracWidth));
  };
  float most = scaled(kMost);
  for (float tie : {scaled(n - 0.5), scaled(n + 0.5)})
    for (float x : {std::nextafter(tie, -INFINITY), tie,
                    std::nextafter(tie, INFINITY), scaled(n)})
      if (std::fabs(x) <= most && !agrees(x, fracWidth))
        return ::testing::AssertionFailure()
               << x << " with " << fracWidth << " fraction bits";
  return ::testing::AssertionSuccess();
}

TEST(ShiftRounding, EveryNumber) {
  for (int32_t n = -kMost; n <= kMost; ++n)
    ASSERT_TRUE(agreesAround(n, 0));
}

// Scaling by a power of two is exact: what holds for integers holds for all.
TEST(ShiftRounding, EveryFraction) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int32_t> any(-kMost, kMost);
  for (int fracWidth = FixedPointFormat::kMinFracWidth;
       fracWidth <= FixedPointFormat::kMaxFracWidth; ++fracWidth) {
    for (int bits = 0; bits <= kMaxShiftRoundedBits; ++bits)
      for (int32_t n : {(1 << bits) - 1, 1 << bits, 1 - (1 << bits)})
        ASSERT_TRUE(agreesAround(n, fracWidth));
    for (int i = 0; i < 1000; ++i)
      ASSERT_TRUE(agreesAround(any(random), fracWidth));
  }
}

TEST(ShiftRounding, Denormals) {
  for (float x : {0x1p-149f, 0x1p-127f, 0.0f})
    for (int fracWidth : {-32, 0, 64})
      for (float signedX : {x, -x}) {
        EXPECT_TRUE(agrees(signedX, fracWidth)) << signedX;
        EXPECT_FALSE(
            std::signbit(roundByShift(signedX, roundingShift(fracWidth))));
      }
}

TEST(ShiftRounding, BeyondItFails) {
  // So the bound is one.
  EXPECT_FALSE(agrees(-float(kMost) - 0.5f, 0));
}

} // namespace
