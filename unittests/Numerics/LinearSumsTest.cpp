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

TEST(LinearSums, FixedPointIsTheAccumulator) {
  std::mt19937_64 engine(5);
  auto draw = [&] {
    FixedPointFormat f;
    f.width = 1 + int(engine() % 32);
    f.fracWidth = int(engine() % 97) - 32;
    f.isSigned = engine() & 1;
    return f;
  };
  for (int n = 0; n < 50000; ++n) {
    FixedPointFormat data = draw(), weight = draw(), bias = draw();
    bool hasBias = engine() & 1;
    int64_t in = 1 + int64_t(engine() % 100);
    Accumulator acc =
        accumulatorFor(in, data, weight, hasBias ? &bias : nullptr);
    UniformTensorFormat b = toUniformTensor(bias);
    auto sums = linearSums(1 + int64_t(engine() % 5), in, toUniformTensor(data),
                           toUniformTensor(weight), hasBias ? &b : nullptr);
    ASSERT_TRUE(sums);
    ASSERT_EQ(sums->fracWidth(), acc.fracWidth);
    ASSERT_EQ(sums->productShift, std::vector<int>{acc.productShift});
    ASSERT_EQ(sums->biasShift, std::vector<int>{acc.biasShift});
    ASSERT_EQ(sums->biasInSum, hasBias);
    if (acc.width <= LinearSums::kMaxWidth)
      ASSERT_EQ(sums->width, acc.width);
    else
      ASSERT_GT(sums->width, LinearSums::kMaxWidth);
  }
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

TEST(LinearSums, TooWide) {
  UniformTensorFormat data = sliced(1, {0x1p-60f, 0x1p60f});
  auto sums =
      linearSums(1, 2, data, toUniformTensor(FixedPointFormat{4, 3}), nullptr);
  ASSERT_TRUE(sums);
  EXPECT_GT(sums->width, LinearSums::kMaxWidth);
}

} // namespace
} // namespace mase
