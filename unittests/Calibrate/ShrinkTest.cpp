// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shrinking: what it believes of changes that it followed through the network
// is what the evaluator computes of the result, and what costs are counted to
// be.
#include "EvaluatedLoss.h"
#include "OpenNetworks.h"

#include "Calibrate/EffectiveBits.h"
#include "Calibrate/RowModel.h"
#include "mase/Calibrate/Shrink.h"
#include "mase/Numerics/Slices.h"

#include "gtest/gtest.h"

#include <array>
#include <cmath>

namespace mase {
namespace {

using testing::Draw;

int64_t costOf(const ShrunkNetwork &shrunk) {
  int64_t cost = 0;
  for (size_t k = 0; k < shrunk.precisions.size(); ++k)
    cost +=
        effectiveBitOperations(shrunk.network.steps[k], shrunk.precisions[k]);
  return cost;
}

/// Mean divergence from the float network, by the evaluator.
double divergenceOf(const Network &network, const ShrunkNetwork &shrunk,
                    const std::vector<float> &x,
                    Distance distance = Distance::Divergence) {
  std::vector<LayerPrecision> none(network.steps.size());
  return testing::evaluatedLoss(network, shrunk.network, shrunk.precisions, x,
                                distance) -
         testing::evaluatedLoss(network, network, none, x, distance);
}

TEST(ShrinkTest, BelievesWhatTheEvaluatorComputes) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Draw draw(seed);
    Network network =
        testing::chainOf(draw, {draw.integer(1, 9), draw.integer(1, 12),
                                draw.integer(1, 9), draw.integer(2, 5)});
    std::vector<float> x = testing::correlatedSamples(
        draw, draw.integer(1, 700), network.inFeatures);
    absl::StatusOr<Calibration> start =
        draw.chance(.5)
            ? calibrateToShrink(network, x)
            : calibrate(network,
                        testing::openLinears(network, draw.integer(2, 8),
                                             draw.integer(2, 8)),
                        x);
    ASSERT_TRUE(start.ok()) << start.status();
    ShrinkOptions options;
    options.seed = seed;
    options.effort = draw.chance(.5) ? ShrinkOptions::Effort::Full
                                     : ShrinkOptions::Effort::Fast;
    options.budget = draw.integer(0, 100);
    options.stops = {1000, 300, 200};
    std::optional<Shrinkage> first;
    for (InstructionSet set : availableInstructionSets()) {
      options.instructionSet = set;
      auto result =
          shrink(network, start->network, start->precisions, x, options);
      ASSERT_TRUE(result.ok()) << result.status();
      if (!first) {
        first = *result;
        EXPECT_EQ(result->networks.back().budget, options.budget);
        for (const ShrunkNetwork &shrunk : result->networks) {
          EXPECT_LE(shrunk.cost, shrunk.budget);
          EXPECT_EQ(shrunk.cost, costOf(shrunk));
          EXPECT_NEAR(shrunk.divergence, divergenceOf(network, shrunk, x),
                      1e-6);
        }
      }
      ASSERT_EQ(result->networks.size(), first->networks.size());
      for (size_t i = 0; i < first->networks.size(); ++i)
        for (size_t k = 0; k < network.steps.size(); ++k) {
          const Network &one = result->networks[i].network,
                        &other = first->networks[i].network;
          EXPECT_EQ(one.steps[k].weight, other.steps[k].weight) << nameOf(set);
          EXPECT_EQ(one.steps[k].bias, other.steps[k].bias) << nameOf(set);
        }
    }
  }
}

TEST(ShrinkTest, GoesOnFromWhatItLeft) {
  for (uint64_t seed = 0; seed < 6; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Draw draw(seed);
    Network network =
        testing::chainOf(draw, {draw.integer(2, 9), draw.integer(4, 12),
                                draw.integer(4, 9), draw.integer(2, 5)});
    std::vector<float> x =
        testing::correlatedSamples(draw, 300, network.inFeatures);
    absl::StatusOr<Calibration> start = calibrateToShrink(network, x);
    ASSERT_TRUE(start.ok()) << start.status();
    ShrinkOptions options;
    options.effort = ShrinkOptions::Effort::Fast;
    options.budget = 700;
    auto first = shrink(network, start->network, start->precisions, x, options);
    ASSERT_TRUE(first.ok()) << first.status();
    const ShrunkNetwork &before = first->networks[0];
    options.budget = 200;
    auto second =
        shrink(network, before.network, before.precisions, x, options);
    ASSERT_TRUE(second.ok()) << second.status();
    EXPECT_EQ(second->costBefore, before.cost);
    EXPECT_DOUBLE_EQ(second->divergenceBefore, before.divergence);
    const ShrunkNetwork &after = second->networks[0];
    EXPECT_LE(after.cost, 200);
    EXPECT_EQ(after.cost, costOf(after));
    EXPECT_NEAR(after.divergence, divergenceOf(network, after, x), 1e-6);
  }
}

TEST(ShrinkTest, QuantitiesHaveSquaredErrors) {
  for (uint64_t seed = 0; seed < 4; ++seed) {
    Draw draw(seed);
    Network network = testing::chainOf(draw, {6, 9, draw.integer(1, 3)});
    // Of any size: what is lost is compared with how much they vary.
    for (float &w : network.steps.back().weight)
      w *= 100;
    std::vector<float> x =
        testing::correlatedSamples(draw, 700, network.inFeatures);
    EXPECT_EQ(distanceOf(network), network.outFeatures == 1
                                       ? Distance::SquaredError
                                       : Distance::Divergence);
    ShrinkOptions options;
    options.budget = 120;
    options.distance = Distance::SquaredError;
    absl::StatusOr<Calibration> start = calibrateToShrink(network, x, options);
    ASSERT_TRUE(start.ok()) << start.status();
    std::optional<double> first;
    for (InstructionSet set : availableInstructionSets()) {
      options.instructionSet = set;
      auto result =
          shrink(network, start->network, start->precisions, x, options);
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_EQ(result->distance, Distance::SquaredError);
      const ShrunkNetwork &shrunk = result->networks[0];
      if (!first)
        EXPECT_NEAR(shrunk.divergence,
                    divergenceOf(network, shrunk, x, Distance::SquaredError),
                    1e-6);
      EXPECT_EQ(first.value_or(shrunk.divergence), shrunk.divergence);
      first = shrunk.divergence;
      // Half of what constants would lose, and less.
      EXPECT_LT(shrunk.divergence, .5 * double(network.outFeatures));
    }
  }
}

TEST(ShrinkTest, ScalesBehindTheLastLinearChangeNothing) {
  Draw draw(12);
  Network network = testing::chainOf(draw, {8, 12, 9, 4});
  std::vector<float> x = testing::correlatedSamples(draw, 300, 8);
  // The same function: eight times the logits, and an eighth of that.
  Network scaled = network;
  for (std::vector<float> *values :
       {&scaled.steps.back().weight, &scaled.steps.back().bias})
    for (float &value : *values)
      value *= 8;
  Step norm;
  norm.kind = Step::Kind::Affine;
  norm.name = "norm";
  norm.type = "batch_norm1d";
  norm.input = int(scaled.steps.size()) - 1;
  norm.inFeatures = norm.outFeatures = network.outFeatures;
  norm.scale.assign(size_t(network.outFeatures), .125f);
  norm.shift.assign(size_t(network.outFeatures), 0);
  scaled.steps.push_back(norm);
  ShrinkOptions options;
  options.effort = ShrinkOptions::Effort::Fast;
  options.budget = 100;
  options.stops = {600, 300};
  std::vector<std::vector<double>> divergences;
  for (const Network *of : {&network, &scaled}) {
    auto start = calibrateToShrink(*of, x);
    ASSERT_TRUE(start.ok()) << start.status();
    auto result = shrink(*of, start->network, start->precisions, x, options);
    ASSERT_TRUE(result.ok()) << result.status();
    std::vector<double> &list = divergences.emplace_back();
    for (const ShrunkNetwork &shrunk : result->networks)
      list.push_back(shrunk.divergence);
  }
  EXPECT_EQ(divergences[0], divergences[1]);
}

TEST(ShrinkTest, OfSeveralStartsTheNearestStays) {
  Draw draw(6);
  Network network = testing::chainOf(draw, {8, 12, 9, 4});
  std::vector<float> x = testing::correlatedSamples(draw, 300, 8);
  auto start = calibrateToShrink(network, x);
  ASSERT_TRUE(start.ok());
  ShrinkOptions options;
  options.effort = ShrinkOptions::Effort::Fast;
  options.budget = 150;
  options.stops = {600, 300};
  std::vector<double> nearest(3, 1e9);
  for (options.seed = 7; options.seed < 10; ++options.seed) {
    auto one = shrink(network, start->network, start->precisions, x, options);
    ASSERT_TRUE(one.ok());
    for (size_t i = 0; i < nearest.size(); ++i)
      nearest[i] = std::min(nearest[i], one->networks[i].divergence);
  }
  options.seed = 7;
  options.starts = 3;
  for (options.jobs = 1; options.jobs < 5; options.jobs += 2) {
    auto all = shrink(network, start->network, start->precisions, x, options);
    ASSERT_TRUE(all.ok());
    ASSERT_EQ(all->networks.size(), nearest.size());
    for (size_t i = 0; i < nearest.size(); ++i)
      EXPECT_EQ(all->networks[i].divergence, nearest[i]);
  }
}

TEST(ShrinkTest, UnitsThatMayNotGoStay) {
  Draw draw(8);
  Network network = testing::chainOf(draw, {6, 12, 9, 4});
  std::vector<float> x = testing::correlatedSamples(draw, 300, 6);
  auto start = calibrateToShrink(network, x);
  ASSERT_TRUE(start.ok());
  ShrinkOptions options;
  options.effort = ShrinkOptions::Effort::Fast;
  options.budget = 100;
  for (bool units : {true, false}) {
    options.units = units;
    auto result =
        shrink(network, start->network, start->precisions, x, options);
    ASSERT_TRUE(result.ok()) << result.status();
    const ShrunkNetwork &shrunk = result->networks[0];
    EXPECT_EQ(shrunk.units, 21);
    EXPECT_EQ(shrunk.liveUnits == 21, !units);
    int64_t rows = 0; // with weights
    for (size_t k : {0u, 2u}) {
      const Step &step = shrunk.network.steps[k];
      for (int64_t o = 0; o < step.outFeatures; ++o) {
        auto row =
            absl::MakeConstSpan(step.weight)
                .subspan(size_t(o * step.inFeatures), size_t(step.inFeatures));
        rows +=
            std::any_of(row.begin(), row.end(), [](float w) { return w != 0; });
      }
    }
    EXPECT_EQ(rows == 21, !units);
  }
}

TEST(ShrinkTest, OtherCostsAreBelieved) {
  using Cost = ShrinkOptions::Cost;
  for (uint64_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Draw draw(seed);
    Network network =
        testing::chainOf(draw, {draw.integer(2, 9), draw.integer(3, 12),
                                draw.integer(3, 9), draw.integer(2, 5)});
    std::vector<float> x =
        testing::correlatedSamples(draw, 300, network.inFeatures);
    ShrinkOptions options;
    options.cost = std::array{Cost::BitOperations, Cost::PackedBytes,
                              Cost::Macs}[seed % 3];
    options.starts = draw.integer(1, 3);
    options.fixedCost = 7;
    auto start = calibrateToShrink(network, x, options);
    ASSERT_TRUE(start.ok()) << start.status();
    int64_t before =
        costOf(start->network, start->precisions, options.cost) + 7;
    options.budget = before / 2;
    options.stops = {before * 3 / 4};
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
        if (first) {
          EXPECT_EQ(shrunk.divergence, first->networks[i].divergence);
          continue;
        }
        EXPECT_LE(shrunk.cost, shrunk.budget);
        EXPECT_EQ(shrunk.cost,
                  costOf(shrunk.network, shrunk.precisions, options.cost) + 7);
        EXPECT_NEAR(shrunk.divergence, divergenceOf(network, shrunk, x), 1e-6);
        int64_t units = 0; // that are left
        for (size_t k = 0; k + 1 < network.steps.size(); ++k)
          if (network.steps[k].kind == Step::Kind::Linear)
            units += shrunk.network.steps[k].outFeatures;
        EXPECT_EQ(units, shrunk.units -
                             (shrunk.removed ? shrunk.removed->removed : 0));
        EXPECT_LE(shrunk.liveUnits, units);
      }
      first = *std::move(result);
    }
  }
}

TEST(ShrinkTest, StopsChangeNothing) {
  Draw draw(3);
  Network network = testing::chainOf(draw, {8, 12, 5});
  std::vector<float> x = testing::correlatedSamples(draw, 500, 8);
  auto start = calibrateToShrink(network, x);
  ASSERT_TRUE(start.ok());
  ShrinkOptions options;
  options.budget = 200;
  auto without = shrink(network, start->network, start->precisions, x, options);
  // In any order, once each; what is not between is none.
  options.stops = {300, 1000, 300, 100, 1000000};
  auto with = shrink(network, start->network, start->precisions, x, options);
  ASSERT_TRUE(without.ok() && with.ok());
  ASSERT_EQ(without->networks.size(), 1u);
  ASSERT_EQ(with->networks.size(), 3u);
  EXPECT_EQ(with->networks[0].budget, 1000);
  EXPECT_EQ(with->networks[1].budget, 300);
  for (size_t k = 0; k < network.steps.size(); ++k)
    EXPECT_EQ(with->networks[2].network.steps[k].weight,
              without->networks[0].network.steps[k].weight);
}

TEST(ShrinkTest, InterruptedIsWhereItGot) {
  Draw draw(4);
  Network network = testing::chainOf(draw, {6, 12, 8, 3});
  std::vector<float> x =
      testing::correlatedSamples(draw, 500, network.inFeatures);
  absl::StatusOr<Calibration> start = calibrateToShrink(network, x);
  ASSERT_TRUE(start.ok());
  std::atomic<bool> interrupt = true;
  ShrinkOptions options;
  options.interrupt = &interrupt;
  auto result = shrink(network, start->network, start->precisions, x, options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->isPartial);
  ASSERT_EQ(result->networks.size(), 1u);
  const ShrunkNetwork &partial = result->networks[0];
  EXPECT_EQ(partial.cost, costOf(partial));
  EXPECT_GT(partial.cost, 0);
  EXPECT_LT(partial.cost, result->costBefore);
  EXPECT_NEAR(partial.divergence, divergenceOf(network, partial, x), 1e-6);
}

TEST(ShrinkTest, ABudgetThatCannotBeMetLeavesWhatWas) {
  // Answers of thousands of nats: without any weights they would be too wrong.
  Draw draw(6);
  Network network = testing::chainOf(draw, {4, 2});
  for (Step &step : network.steps)
    for (float &weight : step.weight)
      weight *= 30000;
  std::vector<float> x =
      testing::correlatedSamples(draw, 300, network.inFeatures);
  absl::StatusOr<Calibration> start = calibrateToShrink(network, x);
  ASSERT_TRUE(start.ok());
  ShrinkOptions options;
  options.effort = ShrinkOptions::Effort::Fast;
  ShrunkNetwork whole;
  whole.network = start->network;
  whole.precisions = start->precisions;
  int64_t stop = costOf(whole) - 1;
  options.stops = {stop};
  auto result = shrink(network, start->network, start->precisions, x, options);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_TRUE(result->least.has_value());
  EXPECT_GT(*result->least, 0);
  EXPECT_FALSE(result->isPartial);
  ASSERT_EQ(result->networks.size(), 1u);
  EXPECT_EQ(result->networks[0].budget, stop);
  EXPECT_LE(*result->least, result->networks[0].cost);
}

TEST(ShrinkTest, WhatIsWithinTheBudgetStays) {
  Draw draw(5);
  Network network = testing::chainOf(draw, {6, 12, 3});
  std::vector<float> x =
      testing::correlatedSamples(draw, 500, network.inFeatures);
  absl::StatusOr<Calibration> start = calibrateToShrink(network, x);
  ASSERT_TRUE(start.ok());
  ShrinkOptions options;
  options.budget = 1000000;
  options.stops = {2000000};
  auto result = shrink(network, start->network, start->precisions, x, options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->isPartial);
  ASSERT_EQ(result->networks.size(), 1u);
  EXPECT_EQ(result->networks[0].cost, result->costBefore);
  EXPECT_EQ(result->networks[0].divergence, result->divergenceBefore);
  for (size_t k = 0; k < network.steps.size(); ++k)
    EXPECT_EQ(result->networks[0].network.steps[k].weight,
              start->network.steps[k].weight);
}

TEST(ShrinkTest, LosesLessThanRounding) {
  Draw draw(1);
  Network network = testing::chainOf(draw, {12, 16, 16, 5});
  std::vector<float> x = testing::correlatedSamples(draw, 3000, 12);
  auto rounded = calibrate(network, testing::openLinears(network, 4, 4), x);
  auto start = calibrateToShrink(network, x);
  ASSERT_TRUE(rounded.ok() && start.ok());
  ShrinkOptions options;
  options.effort = ShrinkOptions::Effort::Fast;
  for (size_t k = 0; k < network.steps.size(); ++k)
    options.budget += effectiveBitOperations(rounded->network.steps[k],
                                             rounded->precisions[k]);
  auto result = shrink(network, start->network, start->precisions, x, options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_LT(result->networks[0].divergence,
            0.5 * (rounded->lossToFloat - rounded->leastLoss));
}

TEST(ShrinkTest, OtherNetworks) {
  Draw draw(4);
  Network network = testing::chainOf(draw, {3, 2}),
          other = testing::chainOf(draw, {3, 4});
  std::vector<float> x(30, 1.0f);
  ShrinkOptions options;
  auto message = [&](const Network &rounded) {
    return std::string(
        shrink(network, rounded, {{LayerPrecision()}}, x, options)
            .status()
            .message());
  };
  EXPECT_EQ(message(other),
            "expected a rounded network of as many inputs and results as the "
            "float one, 3 and 2, found 3 and 4");
  EXPECT_EQ(
      message(network),
      "layer 'fc1': data_in: expected integers without zero point, of one "
      "scale or of powers of two apart, found binary32");
  Network none = network;
  none.outFeatures = 3;
  none.steps[0].kind = Step::Kind::Relu;
  none.steps[0].outFeatures = 3;
  none.steps[0].weight.clear();
  none.steps[0].bias.clear();
  network = none;
  EXPECT_EQ(message(none),
            "expected a linear or matmul with weights, found none");
  options.starts = -1;
  EXPECT_EQ(message(network), "expected starts of at least 1, or 0, found -1");
  options.budget = -1;
  EXPECT_EQ(message(network), "expected a budget of at least 0, found -1");
}

TEST(RowModelTest, FindsTheLeastOfFewCodes) {
  int least = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Draw draw(seed);
    RowModel model;
    model.n = 2;
    model.lowest = -8;
    model.highest = 7;
    double a = 1 + std::fabs(draw.normal()), b = 1 + std::fabs(draw.normal()),
           c = 0.5 * draw.normal();
    c = std::clamp(c, -0.9, 0.9);
    model.curvature = {a, c, c, b};
    for (int i = 0; i < 2; ++i) {
      model.gradient.push_back(3 * draw.normal());
      model.price.push_back(draw.chance(.5) ? 0.5 : 3);
      model.codes.push_back(draw.integer(-8, 7));
    }
    auto valueOf = [start = model](int64_t x, int64_t y) {
      auto d = double(x - start.codes[0]), e = double(y - start.codes[1]);
      return start.gradient[0] * d + start.gradient[1] * e +
             0.5 * (start.curvature[0] * d * d + start.curvature[3] * e * e) +
             start.curvature[1] * d * e +
             start.price[0] * double(effectiveBits(x)) +
             start.price[1] * double(effectiveBits(y));
    };
    double before = valueOf(model.codes[0], model.codes[1]), best = before;
    std::vector<int64_t> codes = model.codes;
    for (int64_t x = -8; x <= 7; ++x)
      for (int64_t y = -8; y <= 7; ++y)
        best = std::min(best, valueOf(x, y));
    std::vector<size_t> moved = model.minimise();
    double found = valueOf(model.codes[0], model.codes[1]);
    EXPECT_LE(found, before);
    EXPECT_EQ(moved.empty(), model.codes == codes);
    least += found < best + 1e-9 ? 1 : 0;
  }
  // Single moves and pairs are a descent, not a search of everything.
  EXPECT_GT(least, 180);
}

} // namespace
} // namespace mase
