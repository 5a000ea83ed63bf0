// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Units that go, and what the evaluator makes of the network without them.
#include "EvaluatedLoss.h"
#include "OpenNetworks.h"

#include "mase/Calibrate/RemoveUnits.h"

#include "gtest/gtest.h"

namespace mase {
namespace {

using testing::Draw;

std::vector<float> samples(Draw &draw, const Network &network, int count) {
  std::vector<float> x;
  for (int64_t i = 0; i < count * network.inFeatures; ++i)
    x.push_back(draw.normal(1));
  return x;
}

/// fc1, relu, fc2, of 4, 6 and 3 features.
Network small(Draw &draw) { return testing::chainOf(draw, {4, 6, 3}); }

TEST(RemoveUnitsTest, WhatNothingReadsGoesAtNoCost) {
  Draw draw(1);
  Network network = small(draw);
  Step &first = network.steps[0], &last = network.steps.back();
  for (size_t o = 0; o < 3; ++o) // nothing reads unit 2
    last.weight[o * 6 + 2] = 0;
  for (size_t i = 0; i < 4; ++i) // unit 4 is constant
    first.weight[4 * 4 + i] = 0;
  first.bias[4] = 0.75f;
  std::vector<float> x = samples(draw, network, 300);
  RemoveUnitsOptions options;
  options.maxDivergence = 1e-9;
  auto result = removeUnits(network, x, options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->kept[0], (std::vector<int64_t>{0, 1, 3, 5}));
  EXPECT_EQ(result->units, 6);
  EXPECT_EQ(result->removed, 2);
  EXPECT_EQ(result->macsBefore, 6 * (4 + 3));
  EXPECT_EQ(result->macsAfter, 4 * (4 + 3));
  // The constant one's part is in the bias.
  for (size_t o = 0; o < 3; ++o)
    EXPECT_NEAR(result->network.steps.back().bias[o],
                last.bias[o] + 0.75f * last.weight[o * 6 + 4], 1e-3);
  // The weights of the others stay.
  EXPECT_EQ(result->network.steps[0].weight.size(), 16u);
  EXPECT_EQ(result->network.steps[0].weight[0], first.weight[0]);
}

TEST(RemoveUnitsTest, WhatRepeatsAnotherIsTakenOverByIt) {
  Draw draw(2);
  Network network = small(draw);
  Step &first = network.steps[0], &last = network.steps.back();
  for (size_t i = 0; i < 4; ++i) // unit 3 is twice unit 1
    first.weight[3 * 4 + i] = 2 * first.weight[1 * 4 + i];
  first.bias[3] = 2 * first.bias[1];
  RemoveUnitsOptions options;
  options.maxDivergence = 1e-6;
  auto result = removeUnits(network, samples(draw, network, 2000), options);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->removed, 1);
  const bool keepsFirst = llvm::is_contained(result->kept[0], 1);
  ASSERT_NE(keepsFirst, llvm::is_contained(result->kept[0], 3));
  size_t place = keepsFirst ? 1 : 2;
  for (size_t o = 0; o < 3; ++o) {
    float sum = last.weight[o * 6 + 1] + 2 * last.weight[o * 6 + 3];
    EXPECT_NEAR(result->network.steps.back().weight[o * 5 + place],
                keepsFirst ? sum : sum / 2, 2e-3);
  }
}

TEST(RemoveUnitsTest, WhatIsReadTwiceOrMustStayDoes) {
  Draw draw(3);
  Network network = small(draw);
  RemoveUnitsOptions options;
  options.maxDivergence = 100;
  std::vector<float> x = samples(draw, network, 100);
  auto all = removeUnits(network, x, options);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->removed, 5) << "one stays";
  options.keeps = {true, false, false};
  EXPECT_EQ(removeUnits(network, x, options)->units, 0);
  options.keeps = {false, true, false};
  EXPECT_EQ(removeUnits(network, x, options)->units, 0);
  // The ReLU's results are added to the last Linear's input.
  options.keeps.clear();
  Step add;
  add.kind = Step::Kind::Add;
  add.name = "add";
  add.input = 0;
  add.rhs = 1;
  add.inFeatures = add.outFeatures = 6;
  network.steps.insert(network.steps.begin() + 2, add);
  network.steps.back().input = 2;
  EXPECT_EQ(removeUnits(network, x, options)->units, 0);
}

TEST(RemoveUnitsTest, DivergenceIsThatOfTheEvaluator) {
  int64_t removed = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Draw draw(seed);
    Network network =
        testing::chainOf(draw, {draw.integer(2, 8), draw.integer(2, 20),
                                draw.integer(2, 12), draw.integer(2, 6)});
    std::vector<float> x = samples(draw, network, draw.integer(50, 700));
    RemoveUnitsOptions options;
    options.maxDivergence = draw.chance(.3) ? 0 : 0.02;
    std::optional<RemovedUnits> first;
    for (InstructionSet set : availableInstructionSets()) {
      options.instructionSet = set;
      auto result = removeUnits(network, x, options);
      ASSERT_TRUE(result.ok()) << result.status();
      if (!first) {
        first = *std::move(result);
        removed += first->removed;
        std::vector<LayerPrecision> none(network.steps.size());
        double least = testing::evaluatedLoss(network, network, none, x),
               loss = testing::evaluatedLoss(network, first->network, none, x);
        // Summed without the zeros of what went, in another order or the same.
        EXPECT_NEAR(first->divergence, loss - least, 1e-6);
        EXPECT_LE(first->divergence, options.maxDivergence);
        continue;
      }
      EXPECT_EQ(result->kept, first->kept) << nameOf(set);
      for (size_t k = 0; k < network.steps.size(); ++k) {
        EXPECT_EQ(result->network.steps[k].weight,
                  first->network.steps[k].weight);
        EXPECT_EQ(result->network.steps[k].bias, first->network.steps[k].bias);
      }
    }
  }
  EXPECT_GT(removed, 20);
}

TEST(RemoveUnitsTest, BadInput) {
  Draw draw(5);
  Network network = small(draw);
  std::vector<float> x = samples(draw, network, 10);
  RemoveUnitsOptions options;
  options.maxDivergence = -1;
  EXPECT_EQ(removeUnits(network, x, options).status().message(),
            "expected a divergence of at least 0, found -1");
  options.maxDivergence = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(removeUnits(network, x, options).ok());
  options.maxDivergence = 0.1;
  EXPECT_FALSE(removeUnits(network, {}, options).ok());
  x[0] = std::numeric_limits<float>::infinity();
  auto result = removeUnits(network, x, options);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->warnings.size(), 1u);
}

} // namespace
} // namespace mase
