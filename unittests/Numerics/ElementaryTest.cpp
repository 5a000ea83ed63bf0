// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// exp, log and sigmoid within 1 ulp over all of binary32 (a strided sample;
// MASE_STRIDE=1 takes every value), the special values, softmax and
// log-softmax.
#include "mase/Numerics/Elementary.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

namespace mase {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

/// The distance of binary32 values around `x`, which may be beyond them.
double ulpAt(double x) {
  int exponent;
  std::frexp(std::fabs(x), &exponent);
  return std::ldexp(1.0, std::max(exponent - 24, -149));
}

uint64_t stride() {
  const char *s = std::getenv("MASE_STRIDE");
  return s ? std::strtoull(s, nullptr, 10) : 997;
}

template <typename F> void forAllFloats(F f) {
  for (uint64_t bits = 0; bits < (uint64_t(1) << 32); bits += stride())
    f(floatOf(uint32_t(bits)));
}

TEST(Elementary, ExpIsWithinOneUlp) {
  double worst = 0;
  forAllFloats([&](float x) {
    float y = expF32(x);
    double exact = std::exp(double(x));
    if (x != x) {
      ASSERT_EQ(bitsOf(y), 0x7FC00000u);
    } else if (exact >= 0x1.ffffffp127) { // rounds to infinity
      ASSERT_EQ(y, kInf) << x;
    } else {
      worst = std::max(worst, std::fabs(double(y) - exact) / ulpAt(exact));
    }
  });
  EXPECT_LE(worst, 1.0);
  EXPECT_GT(worst, 0.4);
}

TEST(Elementary, ExpTermIsWithinItsBounds) {
  double worst = 0, relative = 0;
  for (uint32_t bits = bitsOf(-0.0f); bits <= bitsOf(-87.0f);
       bits += stride()) {
    double x = floatOf(bits);
    double error = std::fabs(double(expTermF32(floatOf(bits))) - std::exp(x));
    worst = std::max(worst, error);
    relative = std::max(relative, error / std::exp(x));
  }
  EXPECT_LE(worst, 0x1p-23);
  EXPECT_GT(worst, 0x1p-24);
  EXPECT_LE(relative, 0x1p-21 * std::exp2(-0.3));
  EXPECT_EQ(expTermF32(0.0f), 1.0f);
}

TEST(Elementary, LogIsWithinOneUlp) {
  double worst = 0;
  forAllFloats([&](float x) {
    float y = logF32(x);
    if (x != x || x < 0) {
      ASSERT_EQ(bitsOf(y), 0x7FC00000u) << x;
    } else if (x == 0 || x == kInf) {
      ASSERT_EQ(y, x == 0 ? -kInf : kInf);
    } else {
      double exact = std::log(double(x));
      worst = std::max(worst, std::fabs(double(y) - exact) / ulpAt(exact));
      if (x >= std::numeric_limits<float>::min()) {
        ASSERT_EQ(bitsOf(logF32Normal(x)), bitsOf(y)) << x;
      }
    }
  });
  EXPECT_LE(worst, 1.0);
  EXPECT_GT(worst, 0.4);
}

/// In binary64, without cancellation on either side.
double exactSigmoid(double x) {
  double e = std::exp(-std::fabs(x));
  return (x < 0 ? e : 1) / (1 + e);
}

/// `function` is within `bound` ulp of `exact`, at most 1 in magnitude; denser
/// where it is neither 0 nor 1, up to `top`.
template <typename Exact>
void expectWithin(double bound, float (*function)(float), Exact exact,
                  float top, bool isOdd) {
  double worst = 0;
  auto check = [&](float x) {
    float y = function(x);
    if (x != x) {
      ASSERT_EQ(bitsOf(y), 0x7FC00000u);
      return;
    }
    ASSERT_EQ(std::signbit(y), isOdd && std::signbit(x)) << x;
    ASSERT_LE(std::fabs(y), 1.0f) << x;
    double value = exact(double(x));
    worst = std::max(worst, std::fabs(double(y) - value) / ulpAt(value));
  };
  forAllFloats(check);
  for (uint32_t bits = bitsOf(0x1p-8f); bits < bitsOf(top); bits += 61) {
    check(floatOf(bits));
    check(-floatOf(bits));
  }
  EXPECT_LE(worst, bound);
  EXPECT_GT(worst, 0.4);
}

TEST(Elementary, SigmoidIsWithinOneUlp) {
  expectWithin(1.0, sigmoidF32, exactSigmoid, 104.0f, /*isOdd=*/false);
}

TEST(Elementary, TanhIsWithinItsBound) {
  auto exact = [](double x) { return std::tanh(x); };
  expectWithin(1.07, tanhF32, exact, 10.0f, /*isOdd=*/true);
}

TEST(Elementary, SpecialValues) {
  EXPECT_EQ(bitsOf(expF32(0.0f)), bitsOf(1.0f));
  EXPECT_EQ(bitsOf(expF32(-0.0f)), bitsOf(1.0f));
  EXPECT_EQ(bitsOf(expF32(-kInf)), 0u);
  EXPECT_EQ(expF32(kInf), kInf);
  EXPECT_EQ(expF32(-103.9f), std::numeric_limits<float>::denorm_min());
  EXPECT_EQ(expF32(88.72284f), kInf);
  EXPECT_LT(expF32(88.72283f), kInf);
  EXPECT_EQ(bitsOf(logF32(1.0f)), 0u);
  EXPECT_EQ(logF32(-0.0f), -kInf);
  EXPECT_EQ(logF32(0.0f), -kInf);
  EXPECT_EQ(bitsOf(tanhF32(0.0f)), 0u);
  EXPECT_EQ(bitsOf(tanhF32(-0.0f)), 0x80000000u);
  EXPECT_EQ(tanhF32(kInf), 1.0f);
  EXPECT_EQ(tanhF32(-kInf), -1.0f);
  EXPECT_EQ(tanhF32(0x1p-149f), 0x1p-149f);
  EXPECT_EQ(sigmoidF32(0.0f), 0.5f);
  EXPECT_EQ(sigmoidF32(-0.0f), 0.5f);
  EXPECT_EQ(sigmoidF32(kInf), 1.0f);
  EXPECT_EQ(bitsOf(sigmoidF32(-kInf)), 0u);
  EXPECT_EQ(sigmoidF32(std::numeric_limits<float>::max()), 1.0f);
  EXPECT_EQ(bitsOf(sigmoidF32(std::numeric_limits<float>::lowest())), 0u);
  EXPECT_EQ(sigmoidF32(-103.9f), std::numeric_limits<float>::denorm_min());
  EXPECT_EQ(bitsOf(sigmoidF32(-104.0f)), 0u);
}

TEST(Elementary, FmaRoundsOnce) {
  // Just below halfway: a rounding to binary64 in between makes it a tie.
  EXPECT_EQ(fmaF32(1 + 0x1p-20f, 0x1p-24f - 0x1p-44f, 1 + 0x1p-23f),
            1 + 0x1p-23f);
  EXPECT_EQ(fmaF32(0x1.fffffep-1f, 0x1p-24f, 1.0f), 1.0f);
  uint64_t state = 1;
  auto next = [&] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return uint32_t(state >> 32);
  };
  for (int i = 0; i < 2000000; ++i) {
    float a = floatOf(next()), b = floatOf(next()), c = floatOf(next());
    if (i % 2) // operands whose sum does not vanish in one of them
      c = -a * b * (1 + float(i % 7) * 0x1p-22f);
    float expected = __builtin_fmaf(a, b, c), found = fmaF32(a, b, c);
    if (expected == expected) {
      ASSERT_EQ(bitsOf(found), bitsOf(expected)) << a << " " << b << " " << c;
    } else {
      ASSERT_NE(found, found) << a << " " << b << " " << c;
    }
  }
}

TEST(Elementary, Softmax) {
  std::vector<float> x = {1, 3, 2, -200, 3}, y(5);
  softmaxF32(x.data(), y.data(), 5);
  double sum = 0, total = 0;
  for (float v : x)
    total += std::exp(double(v) - 3);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(y[i], std::exp(double(x[i]) - 3) / total, 1e-7);
    sum += y[i];
  }
  EXPECT_NEAR(sum, 1, 1e-6);
  softmaxF32(x.data(), x.data(), 5); // in place
  EXPECT_EQ(x, y);
  softmaxF32(nullptr, nullptr, 0);

  float nan = std::numeric_limits<float>::quiet_NaN();
  for (std::vector<float> bad :
       {std::vector<float>{1, -nan, 2}, {kInf, 0, 1}, {-kInf, -kInf, -kInf}}) {
    softmaxF32(bad.data(), y.data(), 3);
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(bitsOf(y[size_t(i)]), 0x7FC00000u);
  }
  std::vector<float> one = {-kInf, 5, -kInf};
  softmaxF32(one.data(), y.data(), 3);
  EXPECT_EQ(bitsOf(y[0]), 0u);
  EXPECT_EQ(y[1], 1.0f);
}

TEST(Elementary, LogSoftmax) {
  std::vector<float> x = {1, 3, 2, -200, 3}, y(5);
  logSoftmaxF32(x.data(), y.data(), 5);
  double total = 0;
  for (float v : x)
    total += std::exp(double(v) - 3);
  for (size_t i = 0; i < 5; ++i) {
    double exact = double(x[i]) - 3 - std::log(total);
    EXPECT_NEAR(y[i], exact, 2 * ulpAt(exact)) << i;
  }
  logSoftmaxF32(x.data(), x.data(), 5); // in place
  EXPECT_EQ(x, y);
  logSoftmaxF32(nullptr, nullptr, 0);

  // The softmax's own difference, sum and logarithm, one rounding each.
  std::vector<float> few = {0.5f, -1.25f, 3.75f};
  float sum = 0;
  for (float v : few)
    sum += expF32(v - 3.75f);
  logSoftmaxF32(few.data(), y.data(), 3);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(bitsOf(y[i]), bitsOf((few[i] - 3.75f) - logF32(sum)));

  float nan = std::numeric_limits<float>::quiet_NaN();
  for (std::vector<float> bad : {std::vector<float>{1, -nan, 2},
                                 {nan, 1, 2},
                                 {kInf, 0, 1},
                                 {-kInf, -kInf, -kInf}}) {
    logSoftmaxF32(bad.data(), y.data(), 3);
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(bitsOf(y[size_t(i)]), 0x7FC00000u);
  }
  std::vector<float> one = {-kInf, 5, -kInf};
  logSoftmaxF32(one.data(), y.data(), 3);
  EXPECT_EQ(y[0], -kInf);
  EXPECT_EQ(bitsOf(y[1]), 0u);
  // Finite where the softmax has rounded to 0; huge differences stay so.
  std::vector<float> far = {-1e38f, 0};
  logSoftmaxF32(far.data(), y.data(), 2);
  EXPECT_EQ(y[0], -1e38f);
}

} // namespace
} // namespace mase
