// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Problems with known answers: bit widths of a chain of layers ("MPQ-L"), in
// double arithmetic without contraction, so that values are exact.
#ifndef MASE_UNITTESTS_SEARCH_TESTPROBLEMS_H
#define MASE_UNITTESTS_SEARCH_TESTPROBLEMS_H

#include "mase/Search/Front.h"
#include "mase/Search/Problem.h"
#include "mase/Search/Random.h"
#include "mase/Search/Study.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <vector>

namespace mase::test {

/// Coefficients of layer l are at l % 3.
struct Mpq {
  int layers = 3;
  std::array<double, 3> a{.30, .20, .25}, b{.10, .35, .20}, c{.02, .05, .08};
  uint64_t jitter = 2654435761u;
  double biasPenalty = 0.04, jumpPenalty = 0.03;

  /// Another problem of the family.
  static Mpq random(uint64_t seed, int layers) {
    RandomStream r(seed, 4242);
    Mpq p;
    p.layers = layers;
    for (int i = 0; i < 3; ++i) {
      p.a[i] = .05 + .4 * r.uniform();
      p.b[i] = .05 + .4 * r.uniform();
      p.c[i] = .01 + .15 * r.uniform();
    }
    p.jitter = r.next() >> 33 | 1;
    p.biasPenalty = .08 * r.uniform();
    p.jumpPenalty = .06 * r.uniform();
    return p;
  }

  Space space() const {
    std::vector<Knob> knobs;
    for (int l = 0; l < layers; ++l) {
      std::string prefix = "fc" + std::to_string(l) + "/config/";
      knobs.push_back({prefix + "data_in_width", {int64_t(4), int64_t(8)}, {}});
      for (const char *part : {"weight_width", "bias_width"})
        knobs.push_back(
            {prefix + part, {int64_t(2), int64_t(4), int64_t(8)}, {}});
    }
    return *Space::create(std::move(knobs));
  }

  /// (accuracy, bits).
  std::pair<double, double> operator()(const Point &x) const {
    constexpr double dataError[] = {.25, .015625};
    constexpr double error[] = {1, .25, .015625};
    constexpr int dataBits[] = {4, 8}, bits[] = {2, 4, 8};
    double sum = 0;
    uint64_t index = 0;
    int penalised = 0, jumps = 0, width = 0;
    for (int l = 0; l < layers; ++l) {
      uint32_t d = x[3 * l], w = x[3 * l + 1], bias = x[3 * l + 2];
      double e = a[l % 3] * dataError[d] + b[l % 3] * error[w] +
                 c[l % 3] * error[bias] + 0.5 * (dataError[d] * error[w]);
      sum = l == 0 ? e : e + sum * (1.0 + 2.0 * e);
      index = ((index * 2 + d) * 3 + w) * 3 + bias;
      penalised += bias < w;
      if (l > 0 && x[3 * l - 2] + w == 2 && w != 1)
        ++jumps;
      width += dataBits[d] + bits[w] + bits[bias];
    }
    double t = (sum + (biasPenalty * penalised + jumpPenalty * jumps)) *
               (3.0 / layers);
    auto h = uint32_t(index * jitter) >> 22;
    return {0.10 + 0.85 / (1.0 + t) + (double(h) - 511.5) / 1023.0 * 0.006,
            width / (3.0 * layers)};
  }
};

/// Volume above (0.10, 8 bits).
inline double mpqVolume(std::vector<std::pair<double, double>> points) {
  std::sort(points.begin(), points.end(), [](auto &p, auto &q) {
    return p.second != q.second ? p.second < q.second : p.first > q.first;
  });
  double volume = 0, last = .10;
  for (auto [accuracy, bits] : points)
    if (bits < 8 && accuracy > last) {
      volume += (accuracy - last) * (8 - bits);
      last = accuracy;
    }
  return volume;
}

class MpqEvaluator : public TrialEvaluator {
public:
  explicit MpqEvaluator(Mpq mpq) : mpq(mpq) {}
  llvm::ArrayRef<MetricInfo> metrics() const override { return infos; }
  void evaluateBatch(const EvaluationContext &,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override {
    for (size_t i = 0; i < trials.size(); ++i) {
      auto [accuracy, bits] = mpq(*trials[i].point);
      results[i].metrics = {1 - accuracy, accuracy, bits, 32 / bits};
    }
  }

private:
  Mpq mpq;
  std::vector<MetricInfo> infos = {
      {"loss", MetricGroup::Software},
      {"accuracy", MetricGroup::Software},
      {"average_bitwidth", MetricGroup::Hardware, "bits"},
      {"memory_density", MetricGroup::Hardware}};
};

inline Problem mpqProblem(Mpq mpq = {}) {
  Problem problem;
  problem.space = mpq.space();
  problem.objectives = {{"accuracy", 1.0, Direction::Maximize},
                        {"average_bitwidth", 0.2, Direction::Minimize}};
  problem.evaluator = std::make_shared<MpqEvaluator>(mpq);
  return problem;
}

/// Shrinks the networks of the front of an mpqProblem's study, as if an eighth
/// of the bits cost a hundredth of the accuracy at a time; twice each.
inline void shrinkFront(const Problem &problem, StudyResult &result) {
  uint64_t number = result.trials.back().number;
  for (size_t i : std::vector<size_t>(result.front)) {
    Trial trial = result.trials[i];
    for (int64_t budget : {200, 100}) {
      trial.number = ++number;
      trial.shrunk = Shrunk{result.trials[i].number, budget};
      trial.metrics[1] *= .99;
      trial.metrics[2] *= .875;
      score(problem, trial);
      result.trials.push_back(trial);
    }
  }
  std::vector<Losses> losses;
  for (const Trial &trial : result.trials)
    losses.push_back(lossesOf(problem, trial.values));
  result.front = paretoFront(losses);
}

} // namespace mase::test

#endif // MASE_UNITTESTS_SEARCH_TESTPROBLEMS_H
