// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Uniform formats against their definition, for every code of small widths.
#include "mase/Numerics/Uniform.h"
#include "mase/Numerics/Elementary.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace mase {
namespace {

constexpr Rounding kRoundings[] = {
    Rounding::NearestEven,        Rounding::Floor,        Rounding::Ceil,
    Rounding::TowardsZero,        Rounding::AwayFromZero, Rounding::NearestAway,
    Rounding::NearestTowardsZero, Rounding::NearestUp};

/// The rounding as a choice between the two neighbouring integers. `v` has at
/// most 53 bits, so the distances are exact.
long double chosen(long double v, Rounding rounding) {
  long double down = std::floor(v), up = std::ceil(v);
  if (down == up)
    return v;
  bool negative = v < 0;
  long double in = negative ? up : down, out = negative ? down : up;
  bool tie = v - down == up - v;
  long double near = v - down < up - v ? down : up;
  switch (rounding) {
  case Rounding::NearestEven:
    return !tie ? near : std::fmod(down, 2.0L) == 0 ? down : up;
  case Rounding::Floor:
    return down;
  case Rounding::Ceil:
    return up;
  case Rounding::TowardsZero:
    return in;
  case Rounding::AwayFromZero:
    return out;
  case Rounding::NearestAway:
    return tie ? out : near;
  case Rounding::NearestTowardsZero:
    return tie ? in : near;
  case Rounding::NearestUp:
    return tie ? up : near;
  }
  return v;
}

long double clampTo(long double v, const UniformFormat &f) {
  return std::fmin(std::fmax(v, f.minCode()), f.maxCode());
}

/// semantics: code = clamp(R(x / s) + z, lo, hi), or R(clamp(fl(x / s + z))).
long double definition(float x, const UniformFormat &f) {
  int exponent = 0;
  bool power = std::frexp(f.scale, &exponent) == 0.5f;
  long double steps = power ? std::ldexp((long double)(x), 1 - exponent)
                            : (long double)(x / f.scale);
  if (f.bipolar)
    return float(steps + f.zeroPoint) >= 0 ? 1 : -1;
  if (x != x)
    return f.zeroPoint;
  if (f.zeroPointFirst)
    return chosen(clampTo(float(steps + f.zeroPoint), f), f.rounding);
  if (std::isinf(steps))
    return steps < 0 ? f.minCode() : f.maxCode();
  long double code = chosen(steps, f.rounding) + f.zeroPoint;
  if (f.overflow == Overflow::Saturate)
    return clampTo(code, f);
  long double modulus = std::ldexp(1.0L, f.width);
  // Remainders are exact, the sum of a huge code and a zero point is not.
  code = std::fmod(chosen(steps, f.rounding), modulus) + f.zeroPoint;
  code -= modulus * std::floor(code / modulus);
  return f.isSigned && code >= modulus / 2 ? code - modulus : code;
}

void expectDefinition(float x, const UniformFormat &f) {
  long double code = definition(x, f);
  ASSERT_EQ(quantizeToCode(x, f), int64_t(code))
      << x << " width " << f.width << " scale " << f.scale << " zero point "
      << f.zeroPoint << " signed " << f.isSigned << " narrow " << f.narrow
      << " rounding " << int(f.rounding) << " overflow " << int(f.overflow)
      << " first " << f.zeroPointFirst;
  float value = float(code - f.zeroPoint) * f.scale;
  ASSERT_EQ(bitsOf(quantize(x, f)), bitsOf(value + 0.0f));
}

/// Calls `visit` with every format of `width` bits that has this scale.
template <typename Visit> void formats(int width, float scale, Visit visit) {
  for (int flags = 0; flags < 16; ++flags) {
    UniformFormat f;
    f.width = width;
    f.scale = scale;
    f.isSigned = flags & 1;
    f.narrow = flags & 2;
    f.overflow = flags & 4 ? Overflow::Wrap : Overflow::Saturate;
    f.zeroPointFirst = flags & 8;
    if ((f.narrow && (width == 1 || f.overflow == Overflow::Wrap)) ||
        (f.zeroPointFirst && f.overflow == Overflow::Wrap))
      continue;
    for (Rounding rounding : kRoundings)
      for (f.zeroPoint = f.minCode(); f.zeroPoint <= f.maxCode();
           ++f.zeroPoint) {
        f.rounding = rounding;
        visit(f);
        if (::testing::Test::HasFatalFailure())
          return;
      }
  }
}

TEST(Uniform, EveryCodeOfSmallWidths) {
  const float inf = std::numeric_limits<float>::infinity();
  for (float scale : {1.0f, 0.25f, 16.0f, 0x1p-40f, 0.1f, 1.3f, 3e-5f, 7e9f})
    // Four bits in steps of a power of two and of another number.
    for (int width = 1; width <= (scale == 0.25f || scale == 0.1f ? 4 : 3);
         ++width)
      formats(width, scale, [&](const UniformFormat &f) {
        // Quarters of a step beyond both ends, and what lies next to them.
        int beyond = 4 * ((3 << width) + 3);
        for (int k = -beyond; k <= beyond; ++k) {
          float x = float(k) * 0.25f * scale;
          expectDefinition(x, f);
          expectDefinition(std::nextafter(x, inf), f);
          expectDefinition(std::nextafter(x, -inf), f);
        }
        for (float x : {inf, -inf, std::nanf(""), -0.0f, 1e-45f, -1e-45f,
                        std::numeric_limits<float>::max(),
                        std::numeric_limits<float>::lowest()})
          expectDefinition(x, f);
      });
}

TEST(Uniform, Bipolar) {
  UniformFormat f;
  f.width = 1;
  f.bipolar = true;
  f.scale = 0.5f;
  EXPECT_EQ(quantize(0.0f, f), 0.5f);
  EXPECT_EQ(quantize(-0.0f, f), 0.5f);
  EXPECT_EQ(quantize(-1e-45f, f), -0.5f);
  EXPECT_EQ(quantize(100.0f, f), 0.5f);
  EXPECT_EQ(quantize(std::nanf(""), f), -0.5f);
  EXPECT_FALSE(saturates(100.0f, f));
}

TEST(Uniform, RandomFormatsOfAllWidths) {
  std::mt19937_64 engine(7);
  auto integer = [&](int64_t lo, int64_t hi) {
    return std::uniform_int_distribution<int64_t>(lo, hi)(engine);
  };
  for (int n = 0; n < 400000; ++n) {
    UniformFormat f;
    f.zeroPointFirst = integer(0, 3) == 0;
    f.width = int(integer(2, f.zeroPointFirst ? 24 : UniformFormat::kMaxWidth));
    f.isSigned = integer(0, 1);
    f.overflow = !f.zeroPointFirst && integer(0, 1) ? Overflow::Wrap
                                                    : Overflow::Saturate;
    f.narrow = f.overflow == Overflow::Saturate && integer(0, 1);
    f.rounding = kRoundings[integer(0, 7)];
    f.zeroPoint = integer(0, 1) ? integer(f.minCode(), f.maxCode()) : 0;
    int exponent = int(integer(-30, 20));
    f.scale = integer(0, 1)
                  ? std::ldexp(1.0f, exponent)
                  : std::ldexp(1.0f + float(integer(1, 0x7fffff)) * 0x1p-23f,
                               exponent);
    // Any bits, or near the codes, or on a tie.
    float x = floatOf(uint32_t(engine()));
    if (n % 3 == 0)
      x = float(integer(-600, 600)) * 0.5f * f.scale;
    else if (n % 3 == 1)
      x = float(integer(2 * f.minCode() - 3, 2 * f.maxCode() + 3)) * f.scale;
    expectDefinition(x, f);
    if (HasFatalFailure())
      return;
  }
}

TEST(Uniform, FixedPointIsTheSpecialCase) {
  std::mt19937_64 engine(3);
  for (int n = 0; n < 200000; ++n) {
    FixedPointFormat fixed;
    fixed.width = 1 + int(engine() % FixedPointFormat::kMaxWidth);
    fixed.fracWidth = int(engine() % 97) - 32;
    fixed.isSigned = engine() & 1;
    fixed.rounding = engine() & 1 ? Rounding::Floor : Rounding::NearestEven;
    float x = n % 2 ? floatOf(uint32_t(engine()))
                    : std::ldexp(float(int(engine() % 2001) - 1000),
                                 -fixed.fracWidth - 1);
    UniformFormat uniform = toUniform(fixed);
    ASSERT_EQ(quantizeToCode(x, uniform), quantizeToCode(x, fixed));
    ASSERT_EQ(bitsOf(quantize(x, uniform)), bitsOf(quantize(x, fixed)));
    ASSERT_EQ(saturates(x, uniform), saturates(x, fixed));
  }
}

} // namespace
} // namespace mase
