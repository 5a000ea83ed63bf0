// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calibration of random networks: what it believes is what the evaluator
// computes, on every instruction set; and each step of it brings a network
// nearer to the float one.
#include "EvaluatedLoss.h"
#include "OpenNetworks.h"

#include "mase/Calibrate/Calibrate.h"
#include "mase/Numerics/Elementary.h"

#include "gtest/gtest.h"

namespace mase {
namespace {

using testing::Draw;

/// Everything of a calibration as text.
std::string toText(const Calibration &c) {
  std::string text;
  for (size_t k = 0; k < c.precisions.size(); ++k) {
    for (OperandRole role : kAllRoles)
      if (const auto &format = c.precisions[k][role])
        text += format->text() + "\n";
    for (float w : c.network.steps[k].weight)
      text += std::to_string(bitsOf(w)) + " ";
    for (float b : c.network.steps[k].bias)
      text += std::to_string(bitsOf(b)) + " ";
  }
  return text;
}

TEST(CalibrateTest, BelievesWhatTheEvaluatorComputes) {
  int legal = 0;
  for (uint64_t seed = 0; seed < 210; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Draw draw(seed);
    Network network = draw.network();
    if (network.steps.empty())
      continue;
    std::vector<LayerPrecision> precisions;
    for (const Step &step : network.steps)
      precisions.push_back(testing::randomOpenPrecision(draw, step));
    std::vector<float> x;
    int samples = draw.integer(1, 200);
    for (int64_t i = 0; i < samples * network.inFeatures; ++i)
      x.push_back(draw.normal(2));
    CalibrationOptions options;
    options.range = CalibrationOptions::Range(draw.integer(0, 2));
    options.rounding = CalibrationOptions::WeightRounding(draw.integer(0, 1));
    options.granularity = CalibrationOptions::Granularity(draw.integer(0, 1));
    options.exponentPasses = draw.integer(0, 1);
    options.ridge = draw.chance(.2) ? 0 : 0.01;
    std::optional<std::string> first;
    double firstLoss = 0;
    for (InstructionSet set : availableInstructionSets()) {
      options.instructionSet = set;
      auto result = calibrate(network, precisions, x, options);
      if (!result.ok())
        break;
      if (first) {
        EXPECT_EQ(toText(*result), *first) << nameOf(set);
        EXPECT_TRUE(testing::same(result->lossToFloat, firstLoss))
            << nameOf(set);
        continue;
      }
      ++legal;
      first = toText(*result);
      firstLoss = result->lossToFloat;
      EXPECT_TRUE(testing::same(result->lossToFloat,
                                testing::evaluatedLoss(network, result->network,
                                                       result->precisions, x)))
          << result->lossToFloat;
      for (size_t k = 0; k < network.steps.size(); ++k) {
        const Step &step = result->network.steps[k];
        const LayerPrecision &precision = result->precisions[k];
        auto isOnGrid = [&](const std::vector<float> &values,
                            std::vector<int64_t> shape, OperandRole role) {
          if (!precisions[k][role] || !(*precisions[k][role])->open())
            return true;
          std::vector<float> rounded = values;
          (*precision[role])->quantize(values, shape, absl::MakeSpan(rounded));
          return rounded == values;
        };
        EXPECT_TRUE(isOnGrid(step.weight, {step.outRow(), step.inRow()},
                             OperandRole::Weight));
        if (!step.bias.empty())
          EXPECT_TRUE(isOnGrid(step.bias, {step.outRow()}, OperandRole::Bias));
      }
    }
  }
  EXPECT_GT(legal, 100);
}

/// Mean distance to the float network, above the least there is.
double distance(int width, const CalibrationOptions &options) {
  double total = 0;
  for (uint64_t seed = 0; seed < 6; ++seed) {
    Draw draw(seed);
    Network network = testing::chainOf(draw, {12, 16, 16, 5});
    std::vector<float> x = testing::correlatedSamples(draw, 1000, 12);
    auto result = calibrate(
        network, testing::openLinears(network, width, width), x, options);
    EXPECT_TRUE(result.ok()) << result.status();
    total += result->lossToFloat - result->leastLoss;
  }
  return total / 6;
}

TEST(CalibrateTest, EveryStepHelps) {
  for (int width : {3, 4}) {
    CalibrationOptions options;
    options.exponentPasses = 0;
    options.rounding = CalibrationOptions::WeightRounding::Nearest;
    options.granularity = CalibrationOptions::Granularity::Tensor;
    options.range = CalibrationOptions::Range::Max;
    double max = distance(width, options);
    options.range = CalibrationOptions::Range::SquaredError;
    double tensor = distance(width, options);
    options.granularity = CalibrationOptions::Granularity::Channel;
    double channel = distance(width, options);
    options.rounding = CalibrationOptions::WeightRounding::ErrorFeedback;
    double feedback = distance(width, options);
    options.exponentPasses = 2;
    double moved = distance(width, options);
    EXPECT_LT(tensor, max) << width;
    EXPECT_LT(channel, tensor) << width;
    EXPECT_LT(feedback, 0.8 * channel) << width;
    EXPECT_LT(moved, feedback) << width;
  }
}

TEST(CalibrateTest, LeavesAloneWhatIsOnItsGrid) {
  // Inputs and weights are codes already: the fit is the weights themselves.
  Draw draw(1);
  Network network = testing::chainOf(draw, {6, 3});
  for (float &w : network.steps[0].weight)
    w = float(draw.integer(-7, 7)) * 0.25f;
  for (float &b : network.steps[0].bias)
    b = float(draw.integer(-40, 40)) * 0.125f;
  std::vector<float> x;
  for (int i = 0; i < 6 * 500; ++i)
    x.push_back(float(draw.integer(-128, 127)) * 0.5f);
  auto result = calibrate(network, {{openLinear(8, 4)}}, x);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->network.steps[0].weight, network.steps[0].weight);
  EXPECT_EQ(result->network.steps[0].bias, network.steps[0].bias);
  EXPECT_EQ(result->lossToFloat, result->leastLoss);
  EXPECT_FALSE(result->layers[0].signalToNoise);
}

TEST(CalibrateTest, RangesDiffer) {
  // One value of a thousand is far out.
  Draw draw(2);
  Network network = testing::chainOf(draw, {2, 2});
  std::vector<float> x;
  for (int i = 0; i < 2000; ++i)
    x.push_back(i == 77 ? 100.0f : draw.normal());
  auto scaleOf = [&](CalibrationOptions::Range range, double percentile) {
    CalibrationOptions options;
    options.range = range;
    options.percentile = percentile;
    options.exponentPasses = 0;
    auto result = calibrate(network, {{openLinear(8, 8)}}, x, options);
    return (*result->precisions[0][OperandRole::DataIn])
        ->uniform()
        ->slice(0)
        .scale;
  };
  using Range = CalibrationOptions::Range;
  EXPECT_EQ(scaleOf(Range::Max, 99), 1.0f);
  EXPECT_EQ(scaleOf(Range::Percentile, 100), 1.0f);
  EXPECT_EQ(scaleOf(Range::Percentile, 99), exp2i(-5));
  // 64 steps of 1/2 lose 35 of that value: more than all others gain.
  EXPECT_EQ(scaleOf(Range::SquaredError, 99), 1.0f);
}

TEST(CalibrateTest, SignIsChosen) {
  Draw draw(3);
  Network network = testing::chainOf(draw, {2, 3, 2});
  std::vector<float> x = testing::correlatedSamples(draw, 300, 2);
  auto result = calibrate(network, testing::openLinears(network, 4, 4), x);
  ASSERT_TRUE(result.ok());
  auto isUnsigned = [&](size_t k) {
    return (*result->precisions[k][OperandRole::DataIn])->isNonNegative();
  };
  EXPECT_FALSE(isUnsigned(0));
  EXPECT_TRUE(isUnsigned(2)); // behind a ReLU
}

TEST(CalibrateTest, BiasHasTheGridOfTheSums) {
  Draw draw(4);
  Network network = testing::chainOf(draw, {5, 4});
  std::vector<float> x = testing::correlatedSamples(draw, 300, 5);
  auto result = calibrate(network, {{openLinear(6, 3)}}, x);
  ASSERT_TRUE(result.ok());
  const LayerPrecision &p = result->precisions[0];
  auto scale = [&](OperandRole role, size_t o) {
    const UniformTensorFormat &f = *(*p[role])->uniform();
    return f.slice(f.slices() > 1 ? o : 0).scale;
  };
  for (size_t o = 0; o < 4; ++o)
    EXPECT_EQ(scale(OperandRole::Bias, o),
              scale(OperandRole::DataIn, 0) * scale(OperandRole::Weight, o));
}

} // namespace
} // namespace mase
