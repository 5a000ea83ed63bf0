// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers of each particle are calibrated on the particles of all samples.
#include "EvaluatedLoss.h"
#include "OpenNetworks.h"

#include "mase/Calibrate/Equalize.h"
#include "mase/Calibrate/Refine.h"

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

/// Two Linears of each of 5 particles, their sum, and a Linear of it.
Network deepSet(Draw &draw) {
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
  Step last = testing::chainOf(draw, {6, 4}).steps[0];
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

} // namespace
} // namespace mase
