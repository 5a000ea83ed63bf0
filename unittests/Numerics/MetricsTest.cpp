// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Accuracy and loss against their definitions, in both layouts and on every
// instruction set.
#include "mase/Data/Metrics.h"
#include "mase/Numerics/Elementary.h"

#include "Data/MetricsKernels.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace mase {
namespace {

/// The text of Metrics.h, word by word.
double lossByDefinition(const std::vector<float> &logits, size_t classes,
                        const std::vector<int32_t> &labels) {
  double sums[16] = {};
  for (size_t i = 0; i < labels.size(); ++i) {
    const float *x = &logits[i * classes];
    float max = x[0], sum = 0;
    for (size_t c = 1; c < classes; ++c)
      max = x[c] > max ? x[c] : max;
    for (size_t c = 0; c < classes; ++c) {
      float d = x[c] - max;
      sum += expF32(d < -87.0f ? -87.0f : d);
    }
    sums[i % 16] += double((max + logF32(sum)) - x[labels[i]]);
  }
  double total = 0;
  for (double s : sums)
    total += s;
  return total / double(labels.size());
}

double macroByDefinition(const std::vector<float> &logits, size_t classes,
                         const std::vector<int32_t> &labels, double &micro) {
  std::vector<int> n(classes), right(classes), predicted(classes);
  int hits = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    const float *x = &logits[i * classes];
    size_t best = 0;
    for (size_t c = 1; c < classes; ++c)
      if (x[c] > x[best])
        best = c;
    ++n[size_t(labels[i])];
    ++predicted[best];
    right[best] += best == size_t(labels[i]);
    hits += best == size_t(labels[i]);
  }
  micro = double(hits) / double(labels.size());
  double sum = 0;
  int seen = 0;
  for (size_t c = 0; c < classes; ++c) {
    sum += n[c] ? double(right[c]) / n[c] : 0;
    seen += n[c] || predicted[c];
  }
  return sum / seen;
}

TEST(Metrics, EqualTheirDefinitions) {
  std::mt19937 engine(3);
  for (int draw = 0; draw < 600; ++draw) {
    size_t classes = size_t(1 + engine() % 12), samples = 1 + engine() % 300;
    int used = 1 + int(engine() % classes); // some classes have no sample
    std::vector<float> logits, classMajor(classes * (samples + 3));
    std::vector<int32_t> labels;
    double scale = draw % 5 == 0 ? 60 : 2;
    for (size_t i = 0; i < samples; ++i) {
      labels.push_back(int32_t(engine() % unsigned(used)));
      for (size_t c = 0; c < classes; ++c) {
        float v = float(std::normal_distribution<double>(0, scale)(engine));
        logits.push_back(draw % 2 ? v : std::round(v)); // rounded: ties
        classMajor[c * (samples + 3) + i] = logits.back();
      }
    }
    Metrics a = computeMetricsRowMajor(logits, int64_t(classes), labels);
    Metrics b =
        computeMetrics(classMajor.data(), int64_t(samples + 3),
                       int64_t(samples), int64_t(classes), labels.data());
    double micro, macro = macroByDefinition(logits, classes, labels, micro);
    EXPECT_EQ(a, b);
    EXPECT_EQ(a.loss, lossByDefinition(logits, classes, labels));
    EXPECT_DOUBLE_EQ(a.accuracy, macro);
    EXPECT_DOUBLE_EQ(a.accuracyMicro, micro);
  }
}

TEST(Metrics, SameBitsOnEveryInstructionSet) {
  std::mt19937 engine(4);
  for (int64_t classes : {2, 3, 4, 5, 10, 13}) {
    constexpr int64_t kSamples = 1000, kBlocks = 16;
    std::vector<float> logits(size_t(kBlocks * classes * 64));
    std::vector<int32_t> labels(kBlocks * 64, -1);
    for (float &v : logits)
      v = float(std::normal_distribution<double>(0, 5)(engine));
    for (int64_t i = 0; i < kSamples; ++i)
      labels[size_t(i)] = int32_t(engine() % unsigned(classes));
    LogitBlocks blocks = {logits.data(), classes * 64, 64,
                          classes,       kSamples,     labels.data()};
    std::vector<double> first;
    std::vector<uint64_t> firstCorrect;
    for (InstructionSet set : availableInstructionSets()) {
      std::vector<double> sums(kLossSums);
      std::vector<uint64_t> correct(kBlocks);
      metricsKernels(set).accumulate(blocks, sums.data(), correct.data());
      if (set == InstructionSet::Generic) {
        first = sums;
        firstCorrect = correct;
      }
      EXPECT_EQ(sums, first) << nameOf(set) << ", " << classes << " classes";
      EXPECT_EQ(correct, firstCorrect) << nameOf(set);
    }
  }
}

TEST(Metrics, WhatIsNotFinite) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<int32_t> label = {1};
  auto loss = [&](std::vector<float> logits) {
    return computeMetricsRowMajor(logits, int64_t(logits.size()), label).loss;
  };
  for (int classes : {3, 5, 6})
    for (int at = 0; at < classes; ++at) {
      std::vector<float> logits(size_t(classes), 1.0f);
      logits[size_t(at)] = nan;
      EXPECT_TRUE(std::isnan(loss(logits))) << classes << " " << at;
      logits[size_t(at)] = inf;
      EXPECT_TRUE(std::isnan(loss(logits))) << classes << " " << at;
    }
  EXPECT_EQ(loss({1, -inf, 2}), inf);
  EXPECT_TRUE(std::isnan(loss({-inf, -inf, -inf})));
  EXPECT_EQ(loss({-inf, 0, -inf}), 0);
  EXPECT_EQ(computeMetricsRowMajor({}, 5, {}), Metrics());
}

TEST(Metrics, TheFirstLargestWins) {
  std::vector<int32_t> labels = {0, 1};
  std::vector<float> logits = {0, 0, 0, 0};
  Metrics m = computeMetricsRowMajor(logits, 2, labels);
  EXPECT_EQ(m.accuracyMicro, 0.5);
  EXPECT_EQ(m.accuracy, 0.5);
  EXPECT_FLOAT_EQ(float(m.loss), std::log(2.0f));
}

TEST(Metrics, AClassThatNobodySeesIsLeftOut) {
  // Class 2 is neither there nor predicted; class 1 only predicted.
  std::vector<int32_t> labels = {0, 0};
  std::vector<float> logits = {1, 0, 0, 0, 1, 0};
  EXPECT_EQ(computeMetricsRowMajor(logits, 3, labels).accuracy, 0.25);
  logits = {1, 0, 0, 1, 0, 0};
  EXPECT_EQ(computeMetricsRowMajor(logits, 3, labels).accuracy, 1.0);
}

} // namespace
} // namespace mase
