// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Accuracy and loss against their definitions, in both layouts and on every
// instruction set.
#include "mase/Metrics/Metrics.h"
#include "mase/Numerics/Elementary.h"

#include "Metrics/LabelStatistics.h"
#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"

#include <algorithm>
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
  for (size_t first = 0; first < labels.size(); first += 64) {
    float products[16], losses[16] = {};
    std::fill_n(products, 16, 1.0f);
    for (size_t i = first; i < std::min(labels.size(), first + 64); ++i) {
      std::vector<float> x(&logits[i * classes], &logits[(i + 1) * classes]);
      float label = x[size_t(labels[i])], max = x[0], sum = 1;
      for (size_t c = 1; c < classes; ++c)
        if (x[c] > max)
          std::swap(x[c], max);
      for (size_t c = 1; c < classes; ++c) {
        float d = x[c] - max;
        sum += expTermF32(d < -87.0f ? -87.0f : d);
      }
      losses[i % 16] += max - label;
      products[i % 16] *= sum;
    }
    for (int j = 0; j < 16; ++j)
      sums[j] += double(losses[j] + logF32(products[j]));
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
    size_t classes = size_t(2 + engine() % 11), samples = 1 + engine() % 300;
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
    OutputBlocks blocks = {logits.data(), classes * 64, 64,
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

TEST(Metrics, EqualLogitsOfAnySizeLoseTheLogarithmOfTheClasses) {
  for (int64_t classes : {2, 3, 4, 5, 10, 13})
    for (float k : {0.0f, 1.0f, -1e3f, 1e6f, 1e8f, -1e8f, 3e38f})
      for (InstructionSet set : availableInstructionSets()) {
        std::vector<float> logits(size_t(classes * 64), k);
        std::vector<int32_t> labels(64, -1);
        labels[0] = int32_t(classes - 1);
        OutputBlocks blocks = {logits.data(), classes * 64, 64, classes, 1,
                               labels.data()};
        std::vector<double> sums(kLossSums);
        uint64_t correct = 0;
        metricsKernels(set).accumulate(blocks, sums.data(), &correct);
        EXPECT_EQ(sums[0], double(logF32(float(classes))))
            << k << ", " << classes << " classes on " << nameOf(set);
      }
  std::vector<float> large(3, 1e8f);
  std::vector<int32_t> label = {2};
  EXPECT_NEAR(computeMetricsRowMajor(large, 3, label).loss, std::log(3.0),
              1e-7);
}

/// Labels of classes of the given sizes, and logits that classify the first
/// counts[c] samples of class c rightly, the others as the next class.
Metrics metricsOf(const std::vector<int> &sizes,
                  const std::vector<uint32_t> &counts) {
  size_t classes = sizes.size();
  std::vector<float> logits;
  std::vector<int32_t> labels;
  for (size_t c = 0; c < classes; ++c)
    for (int i = 0; i < sizes[c]; ++i) {
      labels.push_back(int32_t(c));
      size_t guess = i < int(counts[c]) ? c : (c + 1) % classes;
      for (size_t k = 0; k < classes; ++k)
        logits.push_back(k == guess ? 1.0f : 0.0f);
    }
  return computeMetricsRowMajor(logits, int64_t(classes), labels);
}

TEST(Metrics, WhichOfEqualClassesIsRightIsOfNoConsequence) {
  std::mt19937 engine(5);
  for (int draw = 0; draw < 300; ++draw) {
    // Classes of a few sizes, so that some are equal.
    size_t classes = 2 + engine() % 8;
    std::vector<int> sizes,
        kinds = {int(1 + engine() % 60), int(1 + engine() % 60)};
    std::vector<uint32_t> counts;
    for (size_t c = 0; c < classes; ++c) {
      sizes.push_back(kinds[engine() % 2]);
      counts.push_back(engine() % unsigned(sizes.back() + 1));
    }
    Metrics first = metricsOf(sizes, counts);
    for (int round = 0; round < 4; ++round) {
      size_t a = engine() % classes, b = engine() % classes;
      if (sizes[a] == sizes[b])
        std::swap(counts[a], counts[b]);
      Metrics again = metricsOf(sizes, counts);
      EXPECT_EQ(again.accuracy, first.accuracy);
      EXPECT_EQ(again.accuracyMicro, first.accuracyMicro);
    }
  }
}

TEST(Metrics, EqualMeansOfRecallsAreEqualNumbers) {
  // Sizes whose fractions can be added exactly in 64 bits.
  std::mt19937 engine(6);
  for (int draw = 0; draw < 100; ++draw) {
    std::vector<int64_t> sizes;
    size_t classes = 1 + engine() % 5;
    for (size_t c = 0; c < classes; ++c)
      sizes.push_back(int64_t(engine() % 25)); // 0: no sample
    sizes.push_back(12);
    RecallMean mean(sizes);
    constexpr uint64_t kCommon = 5354228880ull; // of 1 to 24
    int64_t used = 0;
    for (int64_t size : sizes)
      used += size > 0;
    std::vector<std::pair<uint64_t, double>> found;
    for (int trial = 0; trial < 200; ++trial) {
      std::vector<uint32_t> counts;
      uint64_t exact = 0;
      for (int64_t size : sizes) {
        counts.push_back(uint32_t(engine() % uint64_t(size + 1)));
        exact += size ? counts.back() * (kCommon / uint64_t(size)) : 0;
      }
      for (int64_t seen = used; seen <= int64_t(sizes.size()); ++seen) {
        double value = mean(counts.data(), seen);
        // Both are below 2^53: the quotient is rounded once.
        EXPECT_EQ(value, double(exact) / double(kCommon * uint64_t(seen)));
        found.push_back({exact * 60 / uint64_t(seen), value});
      }
    }
    llvm::sort(found);
    for (size_t i = 1; i < found.size(); ++i) {
      EXPECT_LE(found[i - 1].second, found[i].second);
      EXPECT_EQ(found[i - 1].first == found[i].first,
                found[i - 1].second == found[i].second);
    }
  }
}

TEST(Metrics, MeansOfManyCoprimeSizes) {
  // Denominators of many words.
  std::mt19937 engine(8);
  for (int64_t classes : {5, 8, 40, 400}) {
    std::vector<int64_t> sizes;
    std::vector<uint32_t> all;
    for (int64_t c = 0; c < classes; ++c) {
      sizes.push_back(10000 + 7 * c);
      all.push_back(uint32_t(sizes.back()));
    }
    RecallMean mean(sizes);
    EXPECT_EQ(mean(all.data(), classes), 1.0);
    EXPECT_EQ(mean(all.data(), 2 * classes), 0.5);
    for (int draw = 0; draw < 50; ++draw) {
      std::vector<uint32_t> some;
      long double sum = 0;
      for (int64_t size : sizes) {
        some.push_back(uint32_t(engine() % uint64_t(size)));
        sum += (long double)some.back() / (long double)size;
      }
      double exact = double(sum / (long double)classes);
      EXPECT_DOUBLE_EQ(mean(some.data(), classes), exact);
      size_t c = engine() % some.size();
      ++some[c];
      EXPECT_GT(mean(some.data(), classes), exact);
    }
    std::vector<uint32_t> none(size_t(classes), 0);
    EXPECT_EQ(mean(none.data(), classes), 0.0);
  }
}

TEST(Metrics, MeansOfManyEmptyClasses) {
  // As many classes as a network may have results, two of them with samples.
  std::vector<int64_t> sizes(1 << 20, 0);
  sizes[7] = 3;
  sizes.back() = 5;
  std::vector<uint32_t> counts(sizes.size(), 0);
  counts[7] = 1;
  counts.back() = 5;
  RecallMean mean(sizes);
  EXPECT_EQ(mean(counts.data(), 2), (1 / 3.0 + 1) / 2);
  EXPECT_EQ(mean(counts.data(), 3), 4 / 9.0);
  // Equal means of different numbers of classes, large denominators too.
  sizes[8] = 1000003;
  sizes[9] = 999983;
  sizes[10] = 1000033;
  RecallMean large(sizes);
  std::fill(counts.begin(), counts.end(), 0);
  counts[7] = 2;
  double two = large(counts.data(), 6);
  counts[7] = 1;
  EXPECT_EQ(large(counts.data(), 5), 1 / 15.0);
  counts[7] = 3;
  EXPECT_EQ(large(counts.data(), 9), two);
}

TEST(Metrics, StandardErrors) {
  Metrics m = metricsOf({100, 400}, {50, 360});
  EXPECT_DOUBLE_EQ(m.accuracy, 0.7);
  EXPECT_DOUBLE_EQ(m.accuracyError,
                   std::sqrt(.5 * .5 / 100 + .9 * .1 / 400) / 2);
  EXPECT_DOUBLE_EQ(m.accuracyMicro, 0.82);
  EXPECT_DOUBLE_EQ(m.accuracyMicroError, std::sqrt(.82 * .18 / 500));
  // Classes of equal size and recall: the binomial's.
  m = metricsOf({50, 50, 50, 50}, {40, 40, 40, 40});
  EXPECT_DOUBLE_EQ(m.accuracyError, m.accuracyMicroError);
  EXPECT_EQ(metricsOf({7, 3}, {7, 3}).accuracyError, 0);
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
