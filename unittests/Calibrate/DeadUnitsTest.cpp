// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Units that go without changing a bit of the evaluator's results.
#include "EvaluatedLoss.h"
#include "OpenNetworks.h"

#include "mase/Calibrate/DeadUnits.h"

#include "gtest/gtest.h"

#include <cstdlib>

namespace mase {
namespace {

using testing::Draw;

/// fc1, relu, fc2, of 4, 6 and 3 features, with codes of 8.4 everywhere and
/// biases of 8.4.
struct Small {
  Small() {
    Draw draw(1);
    network = testing::chainOf(draw, {4, 6, 3});
    precisions.resize(network.steps.size());
    for (size_t k : {0, 2})
      for (OperandRole role :
           {OperandRole::DataIn, OperandRole::Weight, OperandRole::Bias})
        precisions[k][role] = FixedPointFormat{8, 4};
    for (int i = 0; i < 100 * 4; ++i)
      x.push_back(draw.value());
  }

  void clearColumn(size_t unit) {
    for (size_t o = 0; o < 3; ++o)
      network.steps[2].weight[o * 6 + unit] = 0.01f; // rounds to 0
  }
  void clearRow(size_t unit, float bias) {
    for (size_t i = 0; i < 4; ++i)
      network.steps[0].weight[unit * 4 + i] = -0.02f; // rounds to 0
    network.steps[0].bias[unit] = bias;
  }
  DeadUnits remove() {
    auto result = removeDeadUnits(network, precisions);
    EXPECT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(testing::logits(network, precisions, x),
              testing::logits(result->smaller.network,
                              result->smaller.precisions, x));
    return *std::move(result);
  }

  Network network;
  std::vector<LayerPrecision> precisions;
  std::vector<float> x;
};

TEST(DeadUnitsTest, WhatIsReadWithZerosGoes) {
  Small small;
  small.clearColumn(1);
  small.clearColumn(4);
  DeadUnits result = small.remove();
  EXPECT_EQ(result.unread, 2);
  EXPECT_EQ(result.constant, 0);
  EXPECT_EQ(result.smaller.units, 6);
  EXPECT_EQ(result.smaller.kept[0], (std::vector<int64_t>{0, 2, 3, 5}));
  EXPECT_EQ(result.smaller.kept[1], result.smaller.kept[0]);
  EXPECT_TRUE(result.smaller.kept[2].empty());
  EXPECT_EQ(result.smaller.macsBefore, 6 * (4 + 3));
  EXPECT_EQ(result.smaller.macsAfter, 4 * (4 + 3));
}

TEST(DeadUnitsTest, ConstantsGoIntoTheBias) {
  Small small;
  small.clearRow(0, -1);     // 0 after the ReLU
  small.clearRow(3, 0.501f); // 0.5
  for (size_t o = 0; o < 3; ++o)
    small.network.steps[2].weight[o * 6 + 3] = 0.25f * float(o); // 2.4 bits
  DeadUnits result = small.remove();
  EXPECT_EQ(result.unread, 0);
  EXPECT_EQ(result.constant, 2);
  FixedPointFormat grid{8, 4};
  for (size_t o = 0; o < 3; ++o) {
    float bias = small.network.steps[2].bias[o], rounded = 0;
    NumberFormat(grid)->quantize({&bias, 1}, {1}, {&rounded, 1});
    EXPECT_EQ(result.smaller.network.steps[2].bias[o],
              rounded + 0.125f * float(o));
  }
}

TEST(DeadUnitsTest, ConstantsThatTheBiasCannotHoldStay) {
  Small small;
  small.clearRow(3, 0.0625f);
  small.network.steps[2].weight[3] = 0.0625f; // 2^-8 in all
  EXPECT_EQ(small.remove().smaller.removed, 0);
  small.clearRow(3, 7.5f);
  small.network.steps[2].weight[3] = 7.5f; // more than 7.9
  EXPECT_EQ(small.remove().smaller.removed, 0);
  small.precisions[2][OperandRole::Bias].reset();
  small.network.steps[2].weight[3] = 0.0625f;
  EXPECT_EQ(small.remove().smaller.removed, 0);
}

TEST(DeadUnitsTest, SumsInBinary32KeepTheirUnits) {
  Small small;
  for (size_t o = 0; o < 3; ++o)
    small.network.steps[2].weight[o * 6 + 1] = 0;
  small.precisions[2][OperandRole::DataIn].reset();
  auto result = removeDeadUnits(small.network, small.precisions);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->smaller.removed, 0);
  EXPECT_EQ(result->inFloat, 1);
  // And units whose own zeros meet infinities.
  Small other;
  other.clearRow(2, -1);
  other.precisions[0] = {};
  for (size_t i = 0; i < 4; ++i)
    other.network.steps[0].weight[2 * 4 + i] = 0;
  EXPECT_EQ(removeDeadUnits(other.network, other.precisions)->smaller.removed,
            0);
}

TEST(DeadUnitsTest, OneStays) {
  Small small;
  for (size_t unit = 0; unit < 6; ++unit)
    small.clearColumn(unit);
  EXPECT_EQ(small.remove().smaller.kept[0], (std::vector<int64_t>{5}));
}

TEST(DeadUnitsTest, WhatFeedsOnlyDeadUnitsIsDead) {
  Draw draw(3);
  Network network = testing::chainOf(draw, {4, 5, 4, 3});
  std::vector<LayerPrecision> precisions(network.steps.size());
  for (size_t k : {0, 2, 4})
    for (OperandRole role :
         {OperandRole::DataIn, OperandRole::Weight, OperandRole::Bias})
      precisions[k][role] = FixedPointFormat{8, 4};
  for (size_t o = 0; o < 4; ++o) // only unit 2 reads unit 1
    network.steps[2].weight[o * 5 + 1] = o == 2 ? 1.0f : 0.0f;
  for (size_t o = 0; o < 3; ++o)
    network.steps[4].weight[o * 4 + 2] = 0;
  auto result = removeDeadUnits(network, precisions);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->smaller.kept[0], (std::vector<int64_t>{0, 2, 3, 4}));
  EXPECT_EQ(result->smaller.kept[2], (std::vector<int64_t>{0, 1, 3}));
  EXPECT_FALSE(removeDeadUnits(network, {}).ok());
}

/// Formats of all kinds, with slices; inputs that are not finite.
TEST(DeadUnitsTest, RandomNetworksKeepTheirBits) {
  const char *draws = std::getenv("MASE_DRAWS");
  int n = draws ? int(std::strtol(draws, nullptr, 10)) : 1500, smaller = 0;
  for (int seed = 0; seed < n; ++seed) {
    Draw draw(uint64_t(seed) + 9000);
    Network network = draw.network();
    std::vector<LayerPrecision> precisions;
    Evaluator::Options options;
    for (Step &step : network.steps) {
      for (int64_t i = 0; i < step.outFeatures && !step.weight.empty(); ++i)
        if (draw.chance(.3) && i < step.outRow())
          std::fill_n(step.weight.begin() + i * step.inRow(), step.inRow(),
                      0.0f);
      for (int64_t i = 0; i < step.inRow() && !step.weight.empty(); ++i)
        if (draw.chance(.3))
          for (int64_t o = 0; o < step.outRow(); ++o)
            step.weight[size_t(o * step.inRow() + i)] = 0;
      precisions.push_back(draw.precision(step));
      options.choices.push_back({precisions.back()});
    }
    std::vector<float> x;
    for (int64_t i = 0; i < 20 * network.inFeatures; ++i)
      x.push_back(draw.value());
    if (!Evaluator::create(network, options, x, std::vector<int32_t>(20)).ok())
      continue; // a sum of more than 64 bits
    auto result = removeDeadUnits(network, precisions);
    ASSERT_TRUE(result.ok()) << "seed " << seed << ": " << result.status();
    if (result->smaller.removed == 0)
      continue;
    ++smaller;
    std::vector<float> before = testing::logits(network, precisions, x),
                       after = testing::logits(result->smaller.network,
                                               result->smaller.precisions, x);
    ASSERT_EQ(before.size(), after.size());
    for (size_t i = 0; i < before.size(); ++i)
      ASSERT_TRUE(bitsOf(before[i]) == bitsOf(after[i]) ||
                  (std::isnan(before[i]) && std::isnan(after[i])))
          << "seed " << seed << ", result " << i << ": " << after[i]
          << " in place of " << before[i];
  }
  EXPECT_GT(smaller, n / 20);
}

} // namespace
} // namespace mase
