// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loops of calibration on every instruction set, against plain ones.
#include "Calibrate/Blocks.h"
#include "Calibrate/CalibrationKernels.h"

#include "gtest/gtest.h"

#include <cmath>
#include <numeric>
#include <random>

namespace mase {
namespace {

Blocks randomCodes(int64_t rows, int64_t samples, int largest, uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::uniform_int_distribution<int> draw(-largest, largest);
  Blocks codes(rows, samples);
  for (size_t i = 0; i < codes.size(); ++i)
    codes.data()[i] = float(draw(engine));
  codes.clearTail();
  return codes;
}

TEST(CalibrationKernelsTest, GramIsExact) {
  // More samples than binary32 could add up in one go.
  for (auto [samples, largest] :
       {std::pair<int64_t, int>(9000, 255), {70, 255}, {9000, 65535}}) {
    Blocks a = randomCodes(7, samples, largest, 1),
           b = randomCodes(5, samples, largest, 2);
    for (Blocks *x : {&a, &b}) // all at the bounds: the largest sums
      for (int64_t k = 0; k < x->blocks(); ++k)
        std::fill_n(x->row(k, 3), x->lanes(k), float(largest));
    for (InstructionSet set : availableInstructionSets()) {
      std::vector<double> sums(35);
      calibrationKernels(set).gram(a.data(), 7, b.data(), 5, a.blocks(),
                                   largest <= 255, false, sums.data());
      for (int64_t i = 0; i < 7; ++i)
        for (int64_t j = 0; j < 5; ++j) {
          int64_t sum = 0;
          for (int64_t k = 0; k < a.blocks(); ++k)
            for (int l = 0; l < kLanes; ++l)
              sum += int64_t(a.row(k, i)[l]) * int64_t(b.row(k, j)[l]);
          EXPECT_EQ(sums[size_t(i * 5 + j)], double(sum)) << nameOf(set);
        }
      std::vector<double> lower(49);
      calibrationKernels(set).gram(a.data(), 7, a.data(), 7, a.blocks(),
                                   largest <= 255, true, lower.data());
      std::vector<double> whole(49);
      calibrationKernels(set).gram(a.data(), 7, a.data(), 7, a.blocks(),
                                   largest <= 255, false, whole.data());
      for (size_t i = 0; i < 7; ++i)
        for (size_t j = 0; j <= i; ++j)
          EXPECT_EQ(lower[i * 7 + j], whole[i * 7 + j]);
    }
  }
}

TEST(CalibrationKernelsTest, GramRoundedIsTheSameEverywhere) {
  Blocks a = randomCodes(7, 9000, 255, 1), b = randomCodes(5, 9000, 255, 2);
  for (Blocks *x : {&a, &b})
    for (size_t i = 0; i < x->size(); ++i)
      x->data()[i] = x->data()[i] / 3 - 1e-3f;
  for (Blocks *x : {&a, &b})
    x->clearTail();
  std::vector<double> first;
  for (InstructionSet set : availableInstructionSets()) {
    std::vector<double> sums(35);
    calibrationKernels(set).gramRounded(a.data(), 7, b.data(), 5, a.blocks(),
                                        false, sums.data());
    for (int64_t i = 0; i < 7; ++i)
      for (int64_t j = 0; j < 5; ++j) {
        double sum = 0, magnitude = 0;
        for (int64_t k = 0; k < a.blocks(); ++k)
          for (int l = 0; l < kLanes; ++l) {
            double product = double(a.row(k, i)[l]) * double(b.row(k, j)[l]);
            sum += product;
            magnitude += std::fabs(product);
          }
        EXPECT_NEAR(sums[size_t(i * 5 + j)], sum, 1e-6 * magnitude);
      }
    first = first.empty() ? sums : first;
    EXPECT_EQ(sums, first) << nameOf(set);
  }
}

/// A random matrix [n, n].
std::vector<double> positiveDefinite(int64_t n, std::mt19937_64 &engine) {
  std::normal_distribution<double> normal;
  std::vector<double> root(size_t(n * n)), h(size_t(n * n), 0);
  for (double &v : root)
    v = normal(engine);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j)
      for (int64_t k = 0; k < n; ++k)
        h[size_t(i * n + j)] +=
            root[size_t(i * n + k)] * root[size_t(j * n + k)];
  return h;
}

TEST(CalibrationKernelsTest, SolveSolves) {
  constexpr int64_t n = 11, lanes = 16;
  std::mt19937_64 engine(3);
  std::normal_distribution<double> normal;
  std::vector<double> h = positiveDefinite(n, engine), b(n * lanes);
  for (double &v : b)
    v = normal(engine);
  std::optional<std::vector<double>> first;
  for (InstructionSet set : availableInstructionSets()) {
    const CalibrationKernels &kernels = calibrationKernels(set);
    std::vector<double> factor = h, w = b;
    kernels.factorize(factor.data(), n);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j <= i; ++j) {
        double sum = 0;
        for (int64_t k = i; k < n; ++k)
          sum += factor[size_t(k * n + i)] * factor[size_t(k * n + j)];
        EXPECT_NEAR(sum, h[size_t(i * n + j)], 1e-12);
      }
    kernels.solve(factor.data(), n, w.data(), lanes);
    for (int64_t l = 0; l < lanes; ++l)
      for (int64_t i = 0; i < n; ++i) {
        double sum = 0;
        for (int64_t j = 0; j < n; ++j)
          sum += h[size_t(i * n + j)] * w[size_t(j * lanes + l)];
        EXPECT_NEAR(sum, b[size_t(i * lanes + l)], 1e-8);
      }
    if (!first)
      first = w;
    EXPECT_EQ(w, *first) << nameOf(set);
  }
}

/// (q - w) H (q - w)^T of one row.
double costOf(const std::vector<double> &h, const std::vector<double> &e) {
  double sum = 0;
  for (size_t i = 0; i < e.size(); ++i)
    for (size_t j = 0; j < e.size(); ++j)
      sum += e[i] * e[j] * h[i * e.size() + j];
  return sum;
}

TEST(CalibrationKernelsTest, FeedbackSaysItsCostAndBeatsNearest) {
  constexpr int64_t n = 9, lanes = 24;
  std::mt19937_64 engine(4);
  std::normal_distribution<double> normal;
  std::vector<double> h = positiveDefinite(n, engine), target(n * lanes);
  for (double &v : target)
    v = normal(engine) * 3;
  const CalibrationKernels &kernels = calibrationKernels(bestInstructionSet());
  std::vector<double> factor = h, normalised(n * n), pivot(n);
  kernels.factorize(factor.data(), n);
  for (int64_t j = 0; j < n; ++j) {
    double d = factor[size_t(j * n + j)];
    pivot[size_t(j)] = d * d;
    for (int64_t i = 0; i < j; ++i)
      normalised[size_t(j * n + i)] = factor[size_t(j * n + i)] / d;
  }
  std::vector<double> step(lanes, 0.5), lowest(lanes, -8), highest(lanes, 7),
      codes(n * lanes), cost(lanes), errors(n * 32);
  Feedback p = {n,
                lanes,
                normalised.data(),
                pivot.data(),
                target.data(),
                step.data(),
                lowest.data(),
                highest.data(),
                codes.data(),
                cost.data(),
                errors.data()};
  double fedBack = 0, nearest = 0;
  for (bool feeds : {true, false}) {
    p.factor = feeds ? normalised.data() : nullptr;
    p.pivot = feeds ? pivot.data() : nullptr;
    kernels.feedback(p);
    for (int64_t l = 0; l < lanes; ++l) {
      std::vector<double> e;
      double squares = 0;
      for (int64_t j = 0; j < n; ++j) {
        size_t at = size_t(j * lanes + l);
        EXPECT_EQ(codes[at], std::rint(codes[at]));
        EXPECT_LE(std::fabs(codes[at] + .5), 7.5);
        if (!feeds)
          EXPECT_EQ(codes[at], std::clamp(std::rint(target[at] * 2), -8., 7.));
        e.push_back(codes[at] * 0.5 - target[at]);
        squares += e.back() * e.back();
      }
      double c = costOf(h, e);
      EXPECT_NEAR(cost[size_t(l)], feeds ? c : squares, 1e-9 * (1 + c));
      (feeds ? fedBack : nearest) += c;
    }
  }
  EXPECT_LT(fedBack, 0.7 * nearest);
}

TEST(CalibrationKernelsTest, CrossEntropyOfEachKind) {
  // Two samples of three classes, and a binary classifier's logit.
  Blocks logits({1, 2, 3, 0, 0, 0}, 3), one({2, -1}, 1);
  for (InstructionSet set : availableInstructionSets()) {
    const CalibrationKernels &kernels = calibrationKernels(set);
    auto loss = [&](const Blocks &values, ClassifierOutput output,
                    const Blocks &p) {
      std::vector<double> sums(1), again(1);
      kernels.crossEntropy(values.data(), output, p.data(), values.samples(),
                           sums.data(), nullptr);
      Blocks each(1, values.samples());
      kernels.crossEntropy(values.data(), output, p.data(), values.samples(),
                           again.data(), each.data());
      EXPECT_EQ(sums, again);
      EXPECT_NEAR(std::accumulate(each.data(), each.data() + kLanes, 0.0),
                  sums[0], 1e-6);
      return sums[0];
    };
    Blocks p(3, 2);
    kernels.probabilities(logits.data(), 3, 1, p.data());
    double sum = std::exp(1) + std::exp(2) + std::exp(3), entropy = 0;
    for (int c = 0; c < 3; ++c) {
      double q = std::exp(c + 1) / sum;
      EXPECT_NEAR(p.row(0, c)[0], q, 1e-6);
      entropy -= q * std::log(q);
    }
    EXPECT_NEAR(loss(logits, 3, p), entropy + std::log(3), 1e-6);
    EXPECT_NEAR(loss(p, {3, OutputKind::Probabilities}, p),
                entropy + std::log(3), 1e-6);
    Blocks logs(3, 2);
    for (size_t i = 0; i < logs.size(); ++i)
      logs.data()[i] = std::log(p.data()[i]);
    EXPECT_NEAR(loss(logs, {3, OutputKind::LogProbabilities}, p),
                entropy + std::log(3), 1e-6);
    Blocks two(2, 2);
    kernels.probabilities(one.data(), 1, 1, two.data());
    double expected = 0;
    for (double z : {2.0, -1.0}) {
      double sigmoid = 1 / (1 + std::exp(-z));
      EXPECT_NEAR(two.row(0, 1)[z > 0 ? 0 : 1], sigmoid, 1e-6);
      expected -=
          sigmoid * std::log(sigmoid) + (1 - sigmoid) * std::log(1 - sigmoid);
    }
    EXPECT_NEAR(loss(one, 1, two), expected, 1e-6);
  }
}

} // namespace
} // namespace mase
