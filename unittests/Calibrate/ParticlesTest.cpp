// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers of each particle are calibrated on the particles of all samples.
#include "EvaluatedLoss.h"
#include "OpenNetworks.h"

#include "mase/Calibrate/Equalize.h"
#include "mase/Calibrate/Refine.h"
#include "mase/Calibrate/Shrink.h"

#include "gtest/gtest.h"

namespace mase {
namespace {

using testing::Draw;

/// Makes the steps from `first` up to `last` layers of each of `particles`.
void repeat(Network &network, size_t first, size_t last, int64_t particles) {
  for (size_t k = first; k < last; ++k) {
    Step &step = network.steps[k];
    step.inShape = {particles, step.inFeatures};
    step.outShape = {particles, step.outFeatures};
    step.inFeatures *= particles;
    step.outFeatures *= particles;
    if (step.kind == Step::Kind::Linear)
      step.particles = particles;
  }
}

/// Two Linears of each of 5 particles, their sum, and a Linear of it; `joins`:
/// of it and the first particle's features.
Network deepSet(Draw &draw, bool joins = false) {
  Network network = testing::chainOf(draw, {4, 8, 6});
  repeat(network, 0, network.steps.size(), 5);
  network.inFeatures *= 5;
  Step sum;
  sum.kind = Step::Kind::ReduceSum;
  sum.name = sum.type = "reduce_sum";
  sum.input = int(network.steps.size()) - 1;
  sum.particles = 5;
  sum.inFeatures = 5 * 6;
  sum.outFeatures = 6;
  sum.inShape = {5, 6};
  sum.outShape = {6};
  network.steps.push_back(sum);
  if (joins) {
    Step join;
    join.kind = Step::Kind::Moves;
    join.name = join.type = "concat";
    join.inputs = {int(network.steps.size()) - 1, -1};
    join.input = join.inputs[0];
    for (uint32_t f = 0; f < 10; ++f)
      join.sources.emplace_back(f < 6 ? 0 : 1, f < 6 ? f : f - 6);
    join.inFeatures = 6;
    join.outFeatures = 10;
    network.steps.push_back(join);
  }
  Step last = testing::chainOf(draw, {joins ? 10 : 6, 4}).steps[0];
  last.name = "rho";
  last.input = int(network.steps.size()) - 1;
  network.steps.push_back(last);
  network.outFeatures = 4;
  return network;
}

// 70 samples are a block and a part of one.
TEST(ParticlesTest, AreAsGoodAsSamples) {
  Draw draw(1);
  Network network = testing::chainOf(draw, {4, 8, 3}), particles = network;
  repeat(particles, 0, particles.steps.size(), 5);
  particles.inFeatures *= 5;
  particles.outFeatures *= 5;
  std::vector<float> x = testing::correlatedSamples(draw, 70 * 5, 4);
  for (int width : {3, 8})
    for (auto rounding : {CalibrationOptions::WeightRounding::Nearest,
                          CalibrationOptions::WeightRounding::ErrorFeedback}) {
      CalibrationOptions options;
      options.rounding = rounding;
      options.exponentPasses = 0;
      auto open = testing::openLinears(network, width, width);
      auto wanted = calibrate(network, open, x, options);
      auto found = calibrate(particles, open, x, options);
      ASSERT_TRUE(wanted.ok()) << wanted.status();
      ASSERT_TRUE(found.ok()) << found.status();
      for (size_t k = 0; k < open.size(); ++k) {
        const Step &a = wanted->network.steps[k], &b = found->network.steps[k];
        EXPECT_EQ(a.weight, b.weight);
        EXPECT_EQ(a.bias, b.bias);
        EXPECT_EQ(wanted->precisions[k], found->precisions[k]);
        EXPECT_EQ(wanted->layers[k].signalToNoise.has_value(),
                  found->layers[k].signalToNoise.has_value());
        EXPECT_EQ(wanted->layers[k].zeroData, found->layers[k].zeroData);
        EXPECT_EQ(wanted->layers[k].zeroWeights, found->layers[k].zeroWeights);
      }
      EXPECT_EQ(wanted->warnings, found->warnings);
    }
}

TEST(ParticlesTest, EveryStepHelps) {
  Draw draw(2);
  Network network = deepSet(draw);
  std::vector<float> x = testing::correlatedSamples(draw, 500, 20);
  auto open = testing::openLinears(network, 4, 4);
  CalibrationOptions plain;
  plain.range = CalibrationOptions::Range::Max;
  plain.rounding = CalibrationOptions::WeightRounding::Nearest;
  plain.exponentPasses = 0;
  auto nearest = calibrate(network, open, x, plain);
  auto calibrated = calibrate(network, open, x);
  auto equalized = equalize(network, open, x);
  ASSERT_TRUE(nearest.ok()) << nearest.status();
  ASSERT_TRUE(calibrated.ok()) << calibrated.status();
  ASSERT_TRUE(equalized.ok()) << equalized.status();
  RefineOptions options;
  options.passes = 1;
  auto refined =
      refine(network, calibrated->network, calibrated->precisions, x, options);
  ASSERT_TRUE(refined.ok()) << refined.status();
  double least = calibrated->leastLoss, before = calibrated->lossToFloat;
  EXPECT_LT(before - least, 0.5 * (nearest->lossToFloat - least));
  EXPECT_LT(refined->lossAfter - least, 0.9 * (before - least));
  EXPECT_LT(equalized->calibration.lossToFloat, before);
  // A feature's factor is that of every particle, and no float result changes.
  std::vector<LayerPrecision> none(network.steps.size());
  EXPECT_EQ(testing::logits(equalized->network, none, x),
            testing::logits(network, none, x));
  EXPECT_EQ(equalized->exponents[0].size(), 8u);
}

TEST(ParticlesTest, ShrinkingBelievesWhatTheEvaluatorComputes) {
  for (uint64_t seed = 0; seed < 4; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Draw draw(seed);
    Network network = deepSet(draw, /*joins=*/seed % 2 == 1);
    std::vector<float> x =
        testing::correlatedSamples(draw, 150, network.inFeatures);
    absl::StatusOr<Calibration> start = calibrateToShrink(network, x);
    ASSERT_TRUE(start.ok()) << start.status();
    ShrinkOptions options;
    options.effort = ShrinkOptions::Effort::Fast;
    const int64_t before = costOf(start->network, start->precisions,
                                  ShrinkOptions::Cost::EffectiveBitOperations);
    options.budget = before / 8;
    options.stops = {before / 2};
    std::optional<Shrinkage> first;
    for (InstructionSet set : availableInstructionSets()) {
      options.instructionSet = set;
      auto result =
          shrink(network, start->network, start->precisions, x, options);
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_EQ(result->costBefore, before);
      ASSERT_EQ(result->networks.size(), 2u);
      for (size_t i = 0; i < 2; ++i) {
        const ShrunkNetwork &shrunk = result->networks[i];
        EXPECT_EQ(shrunk.cost,
                  costOf(shrunk.network, shrunk.precisions, options.cost));
        if (first) {
          EXPECT_EQ(shrunk.divergence, first->networks[i].divergence);
          continue;
        }
        std::vector<LayerPrecision> none(network.steps.size());
        EXPECT_NEAR(shrunk.divergence,
                    testing::evaluatedLoss(network, shrunk.network,
                                           shrunk.precisions, x) -
                        testing::evaluatedLoss(network, network, none, x),
                    1e-6);
        EXPECT_LE(shrunk.cost, shrunk.budget);
      }
      if (!first)
        first = *std::move(result);
    }
    // On from there.
    const ShrunkNetwork &last = first->networks[1];
    options.budget /= 2;
    options.stops.clear();
    auto on = shrink(network, last.network, last.precisions, x, options);
    ASSERT_TRUE(on.ok()) << on.status();
    EXPECT_EQ(on->costBefore, last.cost);
    EXPECT_DOUBLE_EQ(on->divergenceBefore, last.divergence);
  }
}

} // namespace
} // namespace mase
