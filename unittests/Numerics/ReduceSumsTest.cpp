// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums over particles: their widths and scales, and formats of particles.
#include "mase/Numerics/ReduceSums.h"

#include "gtest/gtest.h"

namespace mase {
namespace {

UniformTensorFormat fixed(int width, int fracWidth) {
  FixedPointFormat format;
  format.width = width;
  format.fracWidth = fracWidth;
  return toUniformTensor(format);
}

UniformTensorFormat withScales(std::vector<float> scales, int axis) {
  UniformTensorFormat format = fixed(8, 0);
  format.scale = std::move(scales);
  format.axis = axis;
  return format;
}

TEST(ReduceSums, WidthHoldsTheLargestSum) {
  // 128 = -(-128) times the particles.
  EXPECT_EQ(reduceSums(1, false, fixed(8, 4))->width, 9);
  EXPECT_EQ(reduceSums(2, false, fixed(8, 4))->width, 10);
  EXPECT_EQ(reduceSums(3, false, fixed(8, 4))->width, 10);
  EXPECT_EQ(reduceSums(1000, true, fixed(8, 4))->width, 18);
  // Codes less their zero point: up to 255 - -20.
  UniformTensorFormat zero = fixed(8, 4);
  zero.common.isSigned = false;
  zero.common.zeroPoint = 200;
  EXPECT_EQ(reduceSums(2, false, zero)->width, 10);
}

TEST(ReduceSums, MeansDivideTheScaleAndRoundIt) {
  EXPECT_EQ(reduceSums(8, true, fixed(8, 4))->scale,
            std::vector<float>{0x1p-7f});
  EXPECT_EQ(reduceSums(3, true, fixed(8, 0))->scale,
            std::vector<float>{1.0f / 3});
  EXPECT_EQ(reduceSums(3, false, withScales({0.5f, 0.25f}, -1))->scale,
            (std::vector<float>{0.5f, 0.25f}));
  EXPECT_EQ(reduceSums(2, true, withScales({0.5f, 0.25f}, -1))->scaleOf(1),
            0.125f);
}

TEST(ReduceSums, AScaleThatVanishesIsNone) {
  UniformTensorFormat tiny = withScales({0x1p-149f, 1.0f}, -1);
  EXPECT_TRUE(reduceSums(4, false, tiny));
  EXPECT_FALSE(reduceSums(4, true, tiny));
}

TEST(ReduceSums, FormatsOfFeatures) {
  // Of matrices they are what they are.
  EXPECT_EQ(formatOfFeatures(withScales({1, 2}, 1), 2)->axis, 1);
  EXPECT_EQ(formatOfFeatures(withScales({1, 2}, 2), 3)->axis, -1);
  EXPECT_EQ(formatOfFeatures(withScales({1, 2}, -1), 3)->axis, -1);
  // Particles with scales of their own.
  EXPECT_FALSE(formatOfFeatures(withScales({1, 2}, 1), 3));
  EXPECT_FALSE(formatOfFeatures(withScales({1, 2}, -2), 3));
  // One particle is no slice.
  std::optional<UniformTensorFormat> one =
      formatOfFeatures(withScales({0.25f}, 1), 3);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->slices(), 0u);
  EXPECT_EQ(one->common.scale, 0.25f);
  EXPECT_EQ(formatOfFeatures(fixed(8, 4), 3)->slices(), 0u);
}

} // namespace
} // namespace mase
