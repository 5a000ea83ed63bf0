// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the sums of a Linear are, against exact arithmetic on the formats'
// values.
#include "mase/Numerics/LinearSums.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

namespace mase {
namespace {

UniformTensorFormat sliced(int axis, std::vector<float> scale, int width = 4) {
  UniformTensorFormat result;
  result.axis = axis;
  result.scale = std::move(scale);
  result.common.width = width;
  return result;
}

TEST(LinearSums, FixedPointHoldsTheExtremes) {
  std::mt19937 engine(2);
  auto integer = [&](int lo, int hi) {
    return std::uniform_int_distribution<int>(lo, hi)(engine);
  };
  for (int n = 0; n < 20000; ++n) {
    FixedPointFormat x{integer(1, 16), integer(-2, 18), integer(0, 1) != 0};
    FixedPointFormat w{integer(1, 16), integer(-2, 18), integer(0, 1) != 0};
    FixedPointFormat b{integer(1, 16), integer(-2, 18), integer(0, 1) != 0};
    int fanIn = integer(1, 1000);
    UniformTensorFormat bias = toUniformTensor(b);
    auto sums = linearSums(integer(1, 5), fanIn, toUniformTensor(x),
                           toUniformTensor(w), &bias);
    ASSERT_TRUE(sums && sums->biasInSum && sums->fracWidth());
    int productShift = sums->productShift[0], biasShift = sums->biasShift[0];
    long double all =
        std::ldexp((long double)(fanIn) * (long double)(x.maxMagnitude()) *
                       (long double)(w.maxMagnitude()),
                   productShift) +
        std::ldexp((long double)(b.maxMagnitude()), biasShift);
    ASSERT_LT(all, std::ldexp(1.0L, sums->width - 1));
    ASSERT_GE(all, std::ldexp(1.0L, sums->width - 2)); // and no bit too many
    ASSERT_EQ(*sums->fracWidth(), x.fracWidth + w.fracWidth + productShift);
    ASSERT_EQ(*sums->fracWidth(), b.fracWidth + biasShift);
    ASSERT_TRUE(productShift == 0 || biasShift == 0);
  }
}

// Two fractions of 64 bits make a scale that is subnormal.
TEST(LinearSums, FinestFractions) {
  UniformTensorFormat finest = toUniformTensor(FixedPointFormat{8, 64}),
                      bias = toUniformTensor(FixedPointFormat{8, -32});
  auto sums = linearSums(2, 3, finest, finest, nullptr);
  ASSERT_TRUE(sums);
  EXPECT_EQ(sums->fracWidth(), 128);
  EXPECT_EQ(sums->scale, std::vector<float>{exp2i(-128)});
  sums = linearSums(2, 3, finest, finest, &bias);
  ASSERT_TRUE(sums);
  EXPECT_EQ(sums->illegal(3), "the sum of 3 products needs an accumulator of "
                              "more than 64 bits; expected narrower formats");
}

/// Integers and scales give the products and the bias exactly.
void expectExact(const LinearSums &sums, int64_t out, int64_t in,
                 const UniformTensorFormat &data,
                 const UniformTensorFormat &weight,
                 const UniformTensorFormat *bias) {
  int64_t largest = 0;
  for (int64_t o = 0; o < out; ++o) {
    int64_t magnitude = 0;
    auto slice = [](const UniformTensorFormat &f, int64_t i) {
      return f.slice(f.slices() > 1 ? size_t(i) : 0);
    };
    for (int64_t i = 0; i < in; ++i) {
      UniformFormat x = slice(data, i);
      UniformFormat w = slice(weight, weight.axis == 0 ? o : i);
      double unit = std::ldexp(double(sums.scaleOf(size_t(o))),
                               sums.inputShiftOf(size_t(i)) +
                                   sums.productShiftOf(size_t(o)));
      ASSERT_EQ(float(unit), float(double(x.scale) * double(w.scale)));
      magnitude +=
          (x.maxMagnitude() * w.maxMagnitude())
          << (sums.inputShiftOf(size_t(i)) + sums.productShiftOf(size_t(o)));
    }
    if (sums.biasInSum) {
      UniformFormat b = slice(*bias, o);
      ASSERT_EQ(std::ldexp(double(sums.scaleOf(size_t(o))),
                           sums.biasShiftOf(size_t(o))),
                double(b.scale));
      magnitude += b.maxMagnitude() << sums.biasShiftOf(size_t(o));
    }
    largest = std::max(largest, magnitude);
  }
  EXPECT_EQ(sums.width, signedBitsFor((unsigned __int128)(largest)));
}

TEST(LinearSums, ScalesOfOutputChannels) {
  UniformTensorFormat data = toUniformTensor(FixedPointFormat{8, 4});
  data.common.zeroPoint = 3;
  UniformTensorFormat weight = sliced(0, {0.25f, 0.125f, 1.0f});
  UniformTensorFormat bias = toUniformTensor(FixedPointFormat{16, 7});
  auto sums = linearSums(3, 5, data, weight, &bias);
  ASSERT_TRUE(sums);
  EXPECT_TRUE(sums->biasInSum);
  EXPECT_EQ(sums->fracWidth(), 7); // the bias has the most
  EXPECT_EQ(sums->productShift, (std::vector<int>{1, 0, 3}));
  EXPECT_EQ(sums->scale, (std::vector<float>{0x1p-7f}));
  expectExact(*sums, 3, 5, data, weight, &bias);

  // Off the grid: the bias is a binary32, and scales are what products have.
  weight = sliced(0, {0.1f, 0.3f, 1.0f});
  sums = linearSums(3, 5, data, weight, &bias);
  ASSERT_TRUE(sums);
  EXPECT_FALSE(sums->biasInSum);
  expectExact(*sums, 3, 5, data, weight, &bias);

  // An int32 bias of a QDQ network: on the grid of each channel.
  bias = sliced(0,
                {float(double(0.0625f) * double(0.1f)),
                 float(double(0.0625f) * double(0.3f)), 0.0625f},
                32);
  sums = linearSums(3, 5, data, weight, &bias);
  ASSERT_TRUE(sums);
  EXPECT_TRUE(sums->biasInSum);
  expectExact(*sums, 3, 5, data, weight, &bias);
}

TEST(LinearSums, ScalesOfInputFeatures) {
  UniformTensorFormat weight = toUniformTensor(FixedPointFormat{4, 3});
  UniformTensorFormat data = sliced(1, {0.3f, 0.6f, 1.2f, 0.3f});
  auto sums = linearSums(2, 4, data, weight, nullptr);
  ASSERT_TRUE(sums);
  EXPECT_EQ(sums->inputShift, (std::vector<int>{0, 1, 2, 0}));
  expectExact(*sums, 2, 4, data, weight, nullptr);

  // The weight's columns may undo what the features do.
  weight = sliced(1, {0.5f, 0.25f, 0.125f, 0.5f});
  sums = linearSums(2, 4, data, weight, nullptr);
  ASSERT_TRUE(sums);
  EXPECT_EQ(sums->inputShift, (std::vector<int>{0}));
  expectExact(*sums, 2, 4, data, weight, nullptr);

  // Not one scale times powers of two: no integers.
  data = sliced(1, {0.3f, 0.7f, 1.2f, 0.3f});
  EXPECT_FALSE(linearSums(2, 4, data, weight, nullptr));
}

TEST(LinearSums, LargestSum) {
  std::mt19937_64 engine(3);
  auto integer = [&](int64_t lo, int64_t hi) {
    return std::uniform_int_distribution<int64_t>(lo, hi)(engine);
  };
  for (int n = 0; n < 1000; ++n) {
    std::vector<int64_t> weight(size_t(integer(0, 20))), largest(weight.size());
    __int128 reached = 0; // by the worst codes
    for (size_t i = 0; i < weight.size(); ++i) {
      weight[i] = integer(-100, 100);
      largest[i] = integer(0, 255);
      int64_t code = weight[i] < 0 ? -largest[i] : largest[i];
      reached += __int128(weight[i]) * code;
    }
    EXPECT_TRUE(largestSum(weight, largest) == (unsigned __int128)(reached));
    std::vector<int64_t> same(weight.size(), 7);
    EXPECT_TRUE(largestSum(weight, {7}) == largestSum(weight, same));
  }
  // What 64 bits do not hold.
  EXPECT_EQ(sumBits({INT64_MIN}, {int64_t(1) << 32}, 40, 0), 137);
  EXPECT_EQ(sumBits({3, -4}, {2, 1}, 3, 0), 8);  // 80
  EXPECT_EQ(sumBits({3, -4}, {2, 1}, 3, 47), 8); // 127
  EXPECT_EQ(sumBits({3, -4}, {2, 1}, 3, 48), 9); // 128
  EXPECT_EQ(sumBits({0, 0}, {2}, 60, 1), 2);
  EXPECT_EQ(largestCodes(toUniformTensor(FixedPointFormat{8, 4})),
            std::vector<int64_t>{128});
  UniformTensorFormat widths = sliced(0, {1, 1});
  widths.width = {3, 8};
  widths.common.isSigned = false;
  EXPECT_EQ(largestCodes(widths), (std::vector<int64_t>{7, 255}));
  EXPECT_TRUE(largestSum({INT64_MIN, INT64_MIN}, {int64_t(1) << 32}) ==
              (unsigned __int128)(1) << 96);
}

TEST(LinearSums, TooWide) {
  UniformTensorFormat data = sliced(1, {0x1p-60f, 0x1p60f});
  auto sums =
      linearSums(1, 2, data, toUniformTensor(FixedPointFormat{4, 3}), nullptr);
  ASSERT_TRUE(sums);
  EXPECT_GT(sums->width, LinearSums::kMaxWidth);
}

} // namespace
} // namespace mase
