// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Trials that share what they have in common are the same as each by itself.
#include "EvaluatedLoss.h"
#include "OpenNetworks.h"

#include "mase/Calibrate/TrialCalibrator.h"

#include "gtest/gtest.h"

#include <bit>

namespace mase {
namespace {

using testing::Draw;
using Result = TrialCalibrator::Result;

struct Problem {
  Network network;
  TrialCalibrator::Options options;
  std::vector<float> x, evaluation;
  std::vector<int32_t> labels;
  std::vector<Assignment> trials;

  explicit Problem(uint64_t seed) {
    Draw draw(seed);
    network = draw.network();
    for (const Step &step : network.steps) {
      auto &choices = options.choices.emplace_back();
      for (int n = draw.integer(0, 4); n > 0; --n)
        choices.push_back(testing::randomOpenPrecision(draw, step));
    }
    options.calibration.exponentPasses = draw.integer(0, 1);
    auto samples = [&](std::vector<float> &to) {
      int n = draw.integer(1, 150);
      for (int64_t i = 0; i < n * network.inFeatures; ++i)
        to.push_back(draw.normal(2));
      return n;
    };
    samples(x);
    bool isLabelled = draw.chance(.8);
    for (int n = samples(evaluation); isLabelled && n > 0; --n)
      labels.push_back(draw.integer(0, int(network.output().classes()) - 1));
    for (int t = 0; t < 20; ++t)
      trials.push_back(draw.assignment(options.choices));
  }

  absl::StatusOr<std::unique_ptr<TrialCalibrator>> create() const {
    return TrialCalibrator::create(network, options, x, evaluation, labels);
  }
};

bool same(const Result &a, const Result &b) {
  return testing::same(a.lossToFloat, b.lossToFloat) &&
         a.effectiveBitOperations == b.effectiveBitOperations &&
         a.parameterBits == b.parameterBits &&
         a.metrics.has_value() == b.metrics.has_value() &&
         (!a.metrics || testing::same(*a.metrics, *b.metrics));
}

TEST(TrialCalibratorTest, IsWhatTheEvaluatorMeasuresOfEachNetwork) {
  int legal = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Problem p(seed);
    if (p.network.steps.empty())
      continue;
    auto calibrator = p.create();
    if (!calibrator.ok())
      continue;
    ++legal;
    std::vector<Result> results = (*calibrator)->evaluate(p.trials, 1);
    std::vector<Result> inParts = (*calibrator)->evaluate(p.trials, 3);
    for (size_t t = 0; t < p.trials.size(); ++t) {
      EXPECT_TRUE(same(results[t], inParts[t]));
      if (t % 7 != 0)
        continue;
      EXPECT_TRUE(same(
          results[t],
          (*calibrator)->evaluate(absl::MakeConstSpan(&p.trials[t], 1))[0]));
      Calibration c = (*calibrator)->calibrated(p.trials[t]);
      std::vector<int32_t> labels = p.labels;
      labels.resize(p.evaluation.size() / size_t(p.network.inFeatures));
      Assignment only(c.precisions.size(), 0);
      auto inFloat = Evaluator::create(p.network, {}, p.evaluation, labels);
      ASSERT_TRUE(inFloat.ok()) << inFloat.status();
      std::vector<float> target =
          probabilitiesOf((*inFloat)->logits(only), p.network.output());
      Evaluator::Options options{.target = target};
      for (const LayerPrecision &precision : c.precisions)
        options.choices.push_back({precision});
      auto evaluator =
          Evaluator::create(c.network, options, p.evaluation, labels);
      ASSERT_TRUE(evaluator.ok()) << evaluator.status();
      Metrics metrics = (*evaluator)->evaluate({only})[0];
      Result expected = results[t];
      expected.lossToFloat = *metrics.crossEntropy;
      ASSERT_EQ(results[t].metrics.has_value(), !p.labels.empty());
      if (!p.labels.empty())
        expected.metrics = metrics;
      EXPECT_TRUE(same(results[t], expected));
    }
  }
  EXPECT_GT(legal, 30);
}

TEST(TrialCalibratorTest, AnyInstructionSet) {
  Draw draw(1);
  Network network = testing::chainOf(draw, {6, 9, 4});
  std::vector<float> x = testing::correlatedSamples(draw, 300, 6);
  TrialCalibrator::Options options;
  options.choices.resize(3);
  for (int width : {2, 4, 8}) {
    options.choices[0].push_back(openLinear(8, width));
    options.choices[2].push_back(openLinear(width, 4));
  }
  std::vector<Assignment> trials;
  for (uint32_t a = 0; a < 3; ++a)
    for (uint32_t b = 0; b < 3; ++b)
      trials.push_back({a, 0, b});
  std::optional<std::vector<Result>> first;
  for (InstructionSet set : availableInstructionSets()) {
    options.calibration.instructionSet = set;
    auto calibrator = TrialCalibrator::create(network, options, x, x, {});
    ASSERT_TRUE(calibrator.ok()) << calibrator.status();
    std::vector<Result> results = (*calibrator)->evaluate(trials);
    if (!first)
      first = results;
    for (size_t t = 0; t < trials.size(); ++t)
      EXPECT_TRUE(same(results[t], (*first)[t])) << nameOf(set);
  }
  // More bits, nearer to the float network.
  EXPECT_LT((*first)[8].lossToFloat, (*first)[0].lossToFloat);
}

TEST(TrialCalibratorTest, CountsEffectiveBits) {
  Draw draw(2);
  Network network = testing::chainOf(draw, {5, 3});
  std::vector<float> x = testing::correlatedSamples(draw, 200, 5);
  TrialCalibrator::Options options;
  options.choices = {{openLinear(6, 5)}};
  auto calibrator = TrialCalibrator::create(network, options, x, x, {});
  ASSERT_TRUE(calibrator.ok());
  Calibration c = (*calibrator)->calibrated({0});
  const UniformTensorFormat &format =
      *(*c.precisions[0][OperandRole::Weight])->uniform();
  int64_t bits = 0;
  for (size_t i = 0; i < 15; ++i) {
    float scale = format.slice(format.slices() > 1 ? i / 5 : 0).scale;
    auto code = unsigned(std::abs(c.network.steps[0].weight[i] / scale));
    if (code != 0)
      bits += std::bit_width(code) - std::countr_zero(code);
  }
  Result result = (*calibrator)->evaluate({{0}})[0];
  EXPECT_EQ(result.effectiveBitOperations, 6 * bits);
  EXPECT_EQ(result.parameterBits,
            std::vector{parameterBitsOf(c.network.steps[0], c.precisions[0])});
  // Scales that differ take room.
  EXPECT_EQ(result.parameterBits[0].weight,
            15 * 5 + (format.slices() > 1 ? 3 * 8 : 0));
  EXPECT_GT(bits, 15);
  // In binary32 each weight counts 32.
  options.choices.clear();
  auto inFloat = TrialCalibrator::create(network, options, x, x, {});
  ASSERT_TRUE(inFloat.ok());
  result = (*inFloat)->evaluate({{0}})[0];
  EXPECT_EQ(result.effectiveBitOperations, 15 * 32 * 32);
  EXPECT_EQ(result.parameterBits, (std::vector<ParameterBits>{{480, 96}}));
}

TEST(TrialCalibratorTest, LittleMemoryIsEnough) {
  Problem p(3);
  auto many = p.create();
  p.options.maxBytes = 1;
  auto one = p.create();
  ASSERT_EQ(many.ok(), one.ok());
  ASSERT_TRUE(one.ok()) << one.status();
  std::vector<Result> a = (*many)->evaluate(p.trials, 4),
                      b = (*one)->evaluate(p.trials, 4);
  for (size_t t = 0; t < p.trials.size(); ++t)
    EXPECT_TRUE(same(a[t], b[t]));
}

TEST(TrialCalibratorTest, Errors) {
  Draw draw(4);
  Network network = testing::chainOf(draw, {2, 3, 2});
  std::vector<float> x(20, 1.0f);
  auto error = [&](TrialCalibrator::Options options,
                   const std::vector<int32_t> &labels = {}) {
    return std::string(TrialCalibrator::create(network, options, x, x, labels)
                           .status()
                           .message());
  };
  TrialCalibrator::Options options;
  EXPECT_EQ(error(options), "");
  EXPECT_EQ(error(options, std::vector<int32_t>(10, 2)),
            "expected labels from 0 to 1, found 2 at sample 0");
  options.choices.resize(2);
  EXPECT_EQ(error(options), "expected choices for 3 layers, found 2");
  options.choices.resize(3);
  options.choices[2] = {openLinear(4, 4), openLinear(4, 1)};
  EXPECT_EQ(error(options),
            "layer 'fc2': weight: expected a width of 2 to 24 where the scale "
            "is to be chosen, found 1");
}

} // namespace
} // namespace mase
