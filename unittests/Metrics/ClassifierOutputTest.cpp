// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Metrics of probabilities, of log-probabilities and of binary classifiers:
// against their definitions, on every instruction set, and against the loss in
// higher precision.
#include "mase/Metrics/Metrics.h"
#include "mase/Numerics/Elementary.h"

#include "Metrics/LabelStatistics.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace mase {
namespace {

constexpr OutputKind kKinds[] = {OutputKind::Logits, OutputKind::Probabilities,
                                 OutputKind::LogProbabilities};

/// Samples of a classifier, row by row.
struct Samples {
  ClassifierOutput output;
  std::vector<float> values;
  std::vector<int32_t> labels;

  Samples(std::mt19937 &engine, ClassifierOutput output, size_t n)
      : output(output) {
    for (size_t i = 0; i < n; ++i) {
      std::vector<float> row(size_t(output.classes()));
      for (float &x : row) {
        x = float(std::normal_distribution<double>(0, 3)(engine));
        x = engine() % 3 ? x : std::round(x); // ties
      }
      if (output.kind != OutputKind::Logits)
        softmaxF32(row.data(), row.data(), int(row.size()));
      if (engine() % 40 == 0) { // certain
        std::fill(row.begin(), row.end(), 0.0f);
        row[engine() % row.size()] = 1;
      }
      if (output.kind == OutputKind::LogProbabilities)
        for (float &x : row)
          x = logF32(x);
      if (output.isBinary())
        row.erase(row.begin());
      values.insert(values.end(), row.begin(), row.end());
      labels.push_back(int32_t(engine() % unsigned(output.classes())));
    }
  }

  /// Every class' value of sample `i`, as the header says.
  std::vector<float> row(size_t i) const {
    size_t size = size_t(output.size);
    std::vector<float> x(values.begin() + long(i * size),
                         values.begin() + long((i + 1) * size));
    if (output.isBinary())
      x.insert(x.begin(), output.kind == OutputKind::Logits ? 0.0f
                          : output.kind == OutputKind::Probabilities
                              ? 1.0f - x[0]
                              : logF32(1.0f - expF32(x[0])));
    return x;
  }

  /// Of logits what stands beside the logarithm; `sum` is what that is of.
  float loss(size_t i, float &sum) const {
    std::vector<float> x = row(i);
    float label = x[size_t(labels[i])], max = x[0];
    sum = 1;
    if (output.kind == OutputKind::LogProbabilities)
      return -label;
    if (output.kind == OutputKind::Probabilities)
      return -std::max(logF32(label), -100.0f);
    for (size_t c = 1; c < x.size(); ++c)
      if (x[c] > max)
        std::swap(x[c], max);
    for (size_t c = 1; c < x.size(); ++c)
      sum += expTermF32(x[c] - max < -87.0f ? -87.0f : x[c] - max);
    return max - label;
  }

  bool isRight(size_t i) const {
    std::vector<float> x = row(i);
    return std::max_element(x.begin(), x.end()) - x.begin() == labels[i];
  }

  Metrics metrics() const {
    return computeMetricsRowMajor(values, output, labels);
  }
};

std::optional<double> aucByPairs(const std::vector<float> &values,
                                 const std::vector<int32_t> &labels) {
  double right = 0, pairs = 0;
  for (size_t i = 0; i < values.size(); ++i)
    for (size_t k = 0; k < values.size(); ++k)
      if (labels[i] == 1 && labels[k] == 0) {
        ++pairs;
        right += values[i] > values[k] ? 1 : values[i] == values[k] ? .5 : 0;
      }
  return pairs ? std::optional(right / pairs) : std::nullopt;
}

TEST(ClassifierOutput, MetricsEqualTheirDefinitions) {
  std::mt19937 engine(1);
  for (OutputKind kind : kKinds)
    for (int64_t size : {1, 2, 3, 5, 7})
      for (size_t n : {1, 63, 64, 200, 700}) {
        Samples s(engine, {size, kind}, n);
        double sums[16] = {}, total = 0, right = 0;
        for (size_t block = 0; block < n; block += 64) {
          float products[16], losses[16] = {};
          std::fill_n(products, 16, 1.0f);
          for (size_t i = block; i < std::min(n, block + 64); ++i) {
            float sum;
            float loss = s.loss(i, sum);
            if (kind == OutputKind::Logits)
              losses[i % 16] += loss;
            else
              sums[i % 16] += double(loss);
            products[i % 16] *= sum;
            right += s.isRight(i);
          }
          for (int j = 0; j < 16 && kind == OutputKind::Logits; ++j)
            sums[j] += double(losses[j] + logF32(products[j]));
        }
        for (double sum : sums)
          total += sum;
        Metrics m = s.metrics();
        EXPECT_EQ(m.loss, total / double(n)) << s.output.lossName();
        EXPECT_EQ(m.accuracyMicro, right / double(n)) << s.output.lossName();
        EXPECT_EQ(m.auc,
                  size == 1 ? aucByPairs(s.values, s.labels) : std::nullopt);
      }
}

TEST(ClassifierOutput, SameBitsOnEveryInstructionSet) {
  std::mt19937 engine(2);
  for (OutputKind kind : kKinds)
    for (int64_t size : {1, 2, 3, 5, 7}) {
      constexpr int64_t kSamples = 1000, kBlocks = 16;
      Samples s(engine, {size, kind}, kSamples);
      std::vector<float> blocked(size_t(kBlocks * size * 64));
      for (int64_t i = 0; i < kSamples; ++i)
        for (int64_t c = 0; c < size; ++c)
          blocked[size_t((i / 64 * size + c) * 64 + i % 64)] =
              s.values[size_t(i * size + c)];
      std::vector<int32_t> labels = s.labels;
      labels.resize(kBlocks * 64, -1);
      OutputBlocks blocks = {blocked.data(), size * 64, 64,
                             s.output,       kSamples,  labels.data()};
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
        EXPECT_EQ(sums, first) << nameOf(set) << " " << s.output.lossName();
        EXPECT_EQ(correct, firstCorrect) << nameOf(set);
      }
      std::vector<float> target(size_t(kBlocks * s.output.classes() * 64));
      for (float &p : target)
        p = engine() % 4 ? float(engine() % 1000) * 1e-3f : 0.0f;
      for (InstructionSet set : availableInstructionSets()) {
        std::vector<double> sums(kLossSums);
        metricsKernels(set).accumulateTarget(blocks, target.data(),
                                             sums.data());
        if (set == InstructionSet::Generic)
          first = sums;
        EXPECT_EQ(sums, first) << nameOf(set) << " " << s.output.lossName();
      }
    }
}

// A label is a probability of 1, and what the values mean themselves costs
// their entropy, less than any other.
TEST(ClassifierOutput, CrossEntropyAgainstProbabilities) {
  std::mt19937 engine(4);
  for (OutputKind kind : kKinds)
    for (int64_t size : {1, 2, 5, 11})
      for (size_t n : {1, 63, 64, 130}) {
        Samples s(engine, {size, kind}, n), other(engine, {size, kind}, n);
        size_t classes = size_t(s.output.classes());
        std::vector<float> target(n * classes, 0.0f);
        for (size_t i = 0; i < n; ++i)
          target[i * classes + size_t(s.labels[i])] = 1;
        Metrics m =
            computeMetricsRowMajor(s.values, s.output, s.labels, target);
        ASSERT_TRUE(m.crossEntropy);
        if (kind == OutputKind::Logits) // other logarithms
          EXPECT_NEAR(*m.crossEntropy, m.loss, 2e-7 * (1 + m.loss));
        else
          EXPECT_EQ(*m.crossEntropy, m.loss) << s.output.lossName();

        target = probabilitiesOf(s.values, s.output);
        ASSERT_EQ(target.size(), n * classes);
        double entropy = 0;
        for (float p : target)
          entropy -= p > 0 ? double(p) * std::log(double(p)) : 0;
        auto against = [&](const Samples &samples) {
          return *computeMetricsRowMajor(samples.values, samples.output,
                                         samples.labels, target)
                      .crossEntropy;
        };
        EXPECT_NEAR(against(s), entropy / double(n), 1e-5);
        EXPECT_GT(against(other), against(s));
      }
}

/// The loss of logits in long double.
double exactLoss(const std::vector<float> &x, size_t label) {
  long double max = x[0], sum = 0;
  for (float v : x)
    max = std::max(max, (long double)v);
  for (float v : x)
    sum += std::exp((long double)v - max);
  return double(max - (long double)x[label] + std::log(sum));
}

TEST(ClassifierOutput, LossesAreNearTheExactOnes) {
  std::mt19937 engine(3);
  auto normal = [&] { return std::normal_distribution<double>()(engine); };
  for (int draw = 0; draw < 3000; ++draw) {
    size_t classes = 1 + engine() % 9;
    // All magnitudes, with a common part that is far larger now and then.
    double scale = std::ldexp(1.0, int(engine() % 140) - 30);
    double offset = engine() % 3 ? 0 : scale * 1e3 * normal();
    std::vector<float> x;
    for (size_t c = 0; c < classes; ++c)
      x.push_back(engine() % 20 ? float(offset + scale * normal()) : 0.0f);
    auto label = int32_t(engine() % std::max<size_t>(2, classes));
    label = classes == 1 ? label & 1 : label % int32_t(classes);
    double loss = computeMetricsRowMajor(x, int64_t(classes),
                                         absl::MakeConstSpan(&label, 1))
                      .loss;
    std::vector<float> all = x;
    if (classes == 1)
      all.insert(all.begin(), 0.0f);
    double exact = exactLoss(all, size_t(label));
    EXPECT_NEAR(loss, exact, 4e-7 * (1 + exact)) << classes << " classes";

    // Probabilities lose what binary32 cannot hold, and no more.
    std::vector<float> p(all);
    softmaxF32(p.data(), p.data(), int(p.size()));
    float given = p[size_t(label)];
    if (classes == 1)
      p = {p[1]};
    double ofProbabilities =
        computeMetricsRowMajor(
            p, ClassifierOutput(int64_t(p.size()), OutputKind::Probabilities),
            absl::MakeConstSpan(&label, 1))
            .loss;
    if (given > 1e-3f)
      EXPECT_NEAR(ofProbabilities, exact, 2e-4) << given;
  }
}

TEST(ClassifierOutput, TheEdges) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  auto metrics = [](std::vector<float> values, OutputKind kind,
                    std::vector<int32_t> labels) {
    return computeMetricsRowMajor(
        values, ClassifierOutput(int64_t(values.size() / labels.size()), kind),
        labels);
  };
  constexpr OutputKind p = OutputKind::Probabilities, l = OutputKind::Logits,
                       lp = OutputKind::LogProbabilities;
  // A probability of 0 costs 100, one of 1 nothing.
  EXPECT_EQ(metrics({0, 1}, p, {0}).loss, 100);
  EXPECT_EQ(metrics({0, 1}, p, {1}).loss, 0);
  EXPECT_EQ(metrics({0}, p, {1}).loss, 100);
  EXPECT_EQ(metrics({0}, p, {0}).loss, 0);
  EXPECT_EQ(metrics({1}, p, {0}).loss, 100);
  EXPECT_TRUE(std::isnan(metrics({nan, 1}, p, {0}).loss));
  EXPECT_TRUE(std::isnan(metrics({nan}, p, {0}).loss));
  EXPECT_EQ(metrics({-inf, 0}, lp, {0}).loss, inf);
  EXPECT_EQ(metrics({0}, lp, {1}).loss, 0);
  // One logit is as two, of which the first is 0.
  for (float z : {0.0f, -0.0f, 1.5f, -3.0f, 80.0f, -1e9f, 1e38f})
    for (int32_t label : {0, 1}) {
      Metrics one = metrics({z}, l, {label}), two = metrics({0, z}, l, {label});
      EXPECT_EQ(one.loss, two.loss) << z;
      EXPECT_EQ(one.accuracyMicro, two.accuracyMicro) << z;
      EXPECT_EQ(one.accuracyMicro, (z > 0) == (label == 1)) << z;
    }
  EXPECT_EQ(metrics({1e9f}, l, {0}).loss, 1e9);
  EXPECT_EQ(metrics({0}, l, {1}).loss, double(logF32(2)));
  EXPECT_TRUE(std::isnan(metrics({nan}, l, {1}).loss));
  EXPECT_EQ(metrics({nan}, l, {0}).accuracyMicro, 1);
  // Class 1 from above a half on.
  EXPECT_EQ(metrics({0.5f}, p, {0}).accuracyMicro, 1);
  EXPECT_EQ(metrics({std::nextafter(0.5f, 1.0f)}, p, {1}).accuracyMicro, 1);
  EXPECT_EQ(metrics({std::nextafter(0.5f, 0.0f)}, p, {0}).accuracyMicro, 1);
  // The mean of the two recalls.
  EXPECT_EQ(metrics({1, 1, -1, 1}, l, {1, 1, 1, 0}).accuracy, (2 / 3.0) / 2);
  EXPECT_EQ(metrics({1, 1}, l, {1, 1}).accuracy, 1);
  EXPECT_EQ(metrics({1, -1}, l, {1, 1}).accuracy, .25); // class 0 is seen
}

TEST(ClassifierOutput, Auc) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  auto auc = [](std::vector<float> values, std::vector<int32_t> labels) {
    return computeMetricsRowMajor(values, 1, labels).auc;
  };
  EXPECT_EQ(auc({1, 2, 3, 4}, {0, 0, 1, 1}), 1);
  EXPECT_EQ(auc({1, 2, 3, 4}, {1, 1, 0, 0}), 0);
  EXPECT_EQ(auc({1, 2, 3, 4}, {0, 1, 0, 1}), .75);
  EXPECT_EQ(auc({7, 7, 7}, {0, 1, 1}), .5);
  EXPECT_EQ(auc({0.0f, -0.0f}, {0, 1}), .5);
  EXPECT_EQ(auc({-inf, -1e38f, 1e-45f, inf}, {0, 0, 1, 1}), 1);
  EXPECT_EQ(auc({-1e-45f, 0}, {0, 1}), 1);
  EXPECT_EQ(auc({1, nan}, {0, 1}), std::nullopt);
  EXPECT_EQ(auc({1, 2}, {1, 1}), std::nullopt);
  EXPECT_EQ(auc({}, {}), std::nullopt);
  std::mt19937 engine(4);
  for (int draw = 0; draw < 300; ++draw) {
    std::vector<float> values;
    std::vector<int32_t> labels;
    unsigned kinds = 1 + engine() % 50;
    for (unsigned n = engine() % 200; n > 0; --n) {
      // Any bits but NaN, or one of a few values.
      float v = floatOf(uint32_t(engine()));
      v = v == v ? v : 0;
      values.push_back(draw % 2 ? v : float(engine() % kinds) - 5);
      labels.push_back(int32_t(engine() % 2));
    }
    std::optional<double> found = auc(values, labels),
                          expected = aucByPairs(values, labels);
    ASSERT_EQ(found.has_value(), expected.has_value());
    if (expected)
      EXPECT_DOUBLE_EQ(*found, *expected);
  }
}

TEST(ClassifierOutput, ErrorOfTheAuc) {
  // What AUCs of independent samples of 60 and 40 scatter by.
  std::mt19937 engine(9);
  double sum = 0, squares = 0, error = 0;
  constexpr int kDraws = 2000;
  for (int draw = 0; draw < kDraws; ++draw) {
    std::vector<float> values;
    std::vector<int32_t> labels;
    for (int i = 0; i < 100; ++i) {
      labels.push_back(i < 40);
      values.push_back(float(std::normal_distribution<double>()(engine)) +
                       float(labels.back()));
    }
    Metrics m = computeMetricsRowMajor(values, 1, labels);
    sum += *m.auc;
    squares += *m.auc * *m.auc;
    error += m.aucError;
  }
  double mean = sum / kDraws;
  double deviation = std::sqrt(squares / kDraws - mean * mean);
  EXPECT_NEAR(mean, 0.760, 0.005); // Phi(1 / sqrt 2)
  EXPECT_NEAR(error / kDraws, deviation, 0.06 * deviation);
  EXPECT_EQ(computeMetricsRowMajor(std::vector<float>{1, 2}, 1,
                                   std::vector<int32_t>{0, 1})
                .aucError,
            0);
}

TEST(ClassifierOutput, SaysWhatItsLossIs) {
  EXPECT_STREQ(ClassifierOutput(5).lossName(), "cross-entropy of logits");
  EXPECT_STREQ(ClassifierOutput(5, OutputKind::Probabilities).lossName(),
               "cross-entropy of probabilities");
  EXPECT_STREQ(ClassifierOutput(1).lossName(),
               "binary cross-entropy of one logit");
  EXPECT_EQ(ClassifierOutput(1).classes(), 2);
  EXPECT_EQ(ClassifierOutput(2).classes(), 2);
}

} // namespace
} // namespace mase
