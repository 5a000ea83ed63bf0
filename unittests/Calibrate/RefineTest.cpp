// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Coordinate descent: what it believes of changes that it followed through the
// network is what the evaluator computes of the result.
#include "EvaluatedLoss.h"
#include "OpenNetworks.h"

#include "mase/Calibrate/Calibrate.h"
#include "mase/Calibrate/Refine.h"

#include "gtest/gtest.h"

namespace mase {
namespace {

using testing::Draw;

TEST(RefineTest, BelievesWhatTheEvaluatorComputes) {
  int refined = 0, moved = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Draw draw(seed);
    Network network = draw.network();
    std::vector<LayerPrecision> precisions;
    bool calibrated = draw.chance(.5);
    std::vector<LayerPrecision> open;
    for (const Step &step : network.steps) {
      precisions.push_back(draw.precision(step));
      open.push_back(testing::randomOpenPrecision(draw, step));
    }
    std::vector<float> x;
    int samples = draw.integer(1, 150);
    for (int64_t i = 0; i < samples * network.inFeatures; ++i)
      x.push_back(draw.normal(2));
    Network start = network;
    if (calibrated)
      if (auto result = calibrate(network, open, x); result.ok()) {
        start = result->network;
        precisions = result->precisions;
      }
    RefineOptions options;
    options.passes = 2;
    std::optional<Refinement> first;
    for (InstructionSet set : availableInstructionSets()) {
      options.instructionSet = set;
      auto result = refine(network, start, precisions, x, options);
      if (!result.ok())
        break;
      if (!first) {
        ++refined;
        moved += result->movedWeights + result->movedBiases > 0 ? 1 : 0;
        first = *result;
        EXPECT_TRUE(testing::same(
            result->lossBefore,
            testing::evaluatedLoss(network, start, precisions, x)));
        EXPECT_TRUE(testing::same(
            result->lossAfter,
            testing::evaluatedLoss(network, result->network, precisions, x)))
            << result->lossAfter;
        EXPECT_FALSE(result->lossAfter > result->lossBefore);
      }
      EXPECT_TRUE(testing::same(result->lossAfter, first->lossAfter));
      for (size_t k = 0; k < network.steps.size(); ++k) {
        EXPECT_EQ(result->network.steps[k].weight,
                  first->network.steps[k].weight)
            << nameOf(set);
        EXPECT_EQ(result->network.steps[k].bias, first->network.steps[k].bias);
      }
    }
  }
  EXPECT_GT(refined, 20);
  EXPECT_GT(moved, 12);
}

TEST(RefineTest, ComesNearerToTheFloatNetwork) {
  Draw draw(1);
  Network network = testing::chainOf(draw, {12, 16, 16, 5});
  std::vector<float> x = testing::correlatedSamples(draw, 3000, 12);
  auto start = calibrate(network, testing::openLinears(network, 3, 3), x);
  ASSERT_TRUE(start.ok());
  auto distance = [&](int passes) {
    RefineOptions options;
    options.passes = passes;
    auto result =
        refine(network, start->network, start->precisions, x, options);
    EXPECT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->lossBefore, start->lossToFloat);
    EXPECT_EQ(result->passes, passes);
    if (passes == 0)
      EXPECT_EQ(result->movedWeights + result->movedBiases, 0);
    return result->lossAfter - start->leastLoss;
  };
  double none = distance(0), once = distance(1), twice = distance(2);
  EXPECT_LT(once, 0.9 * none);
  EXPECT_LT(twice, once);
}

TEST(RefineTest, EndsWhereNothingMoves) {
  Draw draw(2);
  Network network = testing::chainOf(draw, {3, 2});
  std::vector<float> x = testing::correlatedSamples(draw, 200, 3);
  auto start = calibrate(network, testing::openLinears(network, 8, 8), x);
  ASSERT_TRUE(start.ok());
  RefineOptions options;
  options.passes = 100;
  auto result = refine(network, start->network, start->precisions, x, options);
  ASSERT_TRUE(result.ok());
  EXPECT_LT(result->passes, 100);
  auto again = refine(network, result->network, start->precisions, x, options);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->movedWeights + again->movedBiases, 0);
  EXPECT_EQ(again->passes, 1);
}

TEST(RefineTest, FloatNetwork) {
  Draw draw(3);
  Network network = testing::chainOf(draw, {3, 2});
  std::vector<float> x(30, 1.0f);
  auto result = refine(network, network, {{LayerPrecision()}}, x);
  EXPECT_EQ(result.status().message(),
            "expected a layer whose weights have integer codes, found none: "
            "there is nothing to refine in a float network");
}

TEST(RefineTest, OpenFormat) {
  Draw draw(3);
  Network network = testing::chainOf(draw, {3, 2});
  std::vector<float> x(30, 1.0f);
  auto result = refine(network, network, {{openLinear(4, 4)}}, x);
  EXPECT_EQ(result.status().message(),
            "layer 'fc1': data_in: its fraction width is still open "
            "(\"auto\"): --mase-calibrate chooses it");
}

TEST(RefineTest, AnotherNetwork) {
  Draw draw(4);
  Network network = testing::chainOf(draw, {3, 2}),
          other = testing::chainOf(draw, {4, 2});
  std::vector<float> x(30, 1.0f);
  auto result = refine(network, other, {{LayerPrecision()}}, x);
  EXPECT_EQ(result.status().message(),
            "expected a rounded network of the same layers as the float one, "
            "found another");
}

} // namespace
} // namespace mase
