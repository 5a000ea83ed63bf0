// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The evaluator against a scalar reference, on random networks, precisions and
// inputs: the same bits, on every instruction set, whatever the batch.
// MASE_DRAWS sets the number of networks.
#include "RandomNetwork.h"
#include "Reference.h"

#include "mase/Evaluate/Evaluator.h"

#include "gtest/gtest.h"

#include <cstdlib>

namespace mase {
namespace {

using testing::Draw;
using testing::same;

/// A network with choices, data and trials.
struct Case {
  Network network;
  Evaluator::Options options;
  std::vector<float> x;
  std::vector<int32_t> labels;
  std::vector<Assignment> trials;

  explicit Case(uint64_t seed) {
    Draw draw(seed);
    network = draw.network();
    for (const Step &step : network.steps) {
      auto &choices = options.choices.emplace_back();
      for (int n = draw.integer(0, 4); n > 0; --n)
        choices.push_back(draw.precision(step));
    }
    int samples = draw.integer(1, 150);
    bool finite = draw.chance(.5);
    for (int64_t i = 0; i < samples * network.inFeatures; ++i)
      x.push_back(finite ? draw.normal(2) : draw.value());
    for (int i = 0; i < samples; ++i)
      labels.push_back(draw.integer(0, int(network.output().classes()) - 1));
    for (int t = 0; t < 12; ++t)
      trials.push_back(draw.assignment(options.choices));
  }

  std::vector<float> expected(const Assignment &trial) const {
    std::vector<LayerPrecision> precision;
    for (size_t k = 0; k < trial.size(); ++k)
      precision.push_back(options.choices[k].empty()
                              ? LayerPrecision{}
                              : options.choices[k][trial[k]]);
    std::vector<float> logits;
    for (size_t i = 0; i < labels.size(); ++i)
      for (float v : reference::evaluate(
               network, precision, x.data() + i * size_t(network.inFeatures)))
        logits.push_back(v);
    return logits;
  }
};

void check(uint64_t seed, int &legal) {
  Case c(seed);
  std::vector<std::vector<float>> expected;
  std::vector<Metrics> metrics;
  for (InstructionSet set : availableInstructionSets()) {
    SCOPED_TRACE(::testing::Message()
                 << "seed " << seed << " on " << nameOf(set));
    c.options.instructionSet = set;
    auto evaluator = Evaluator::create(c.network, c.options, c.x, c.labels);
    if (!evaluator.ok()) { // a sum of more than 64 bits
      ASSERT_NE(evaluator.status().message().find("accumulator"),
                std::string_view::npos)
          << std::string(evaluator.status().message());
      return;
    }
    if (expected.empty()) {
      ++legal;
      for (const Assignment &trial : c.trials) {
        expected.push_back(c.expected(trial));
        metrics.push_back(computeMetricsRowMajor(expected.back(),
                                                 c.network.output(), c.labels));
      }
    }
    std::vector<Metrics> batch = (*evaluator)->evaluate(c.trials);
    ASSERT_EQ(batch.size(), c.trials.size());
    for (size_t t = 0; t < c.trials.size(); ++t) {
      std::vector<float> logits = (*evaluator)->logits(c.trials[t]);
      ASSERT_EQ(logits.size(), expected[t].size());
      for (size_t i = 0; i < logits.size(); ++i)
        ASSERT_EQ(bitsOf(logits[i]), bitsOf(expected[t][i]))
            << "trial " << t << " logit " << i << ": " << logits[i]
            << " instead of " << expected[t][i];
      ASSERT_TRUE(same(batch[t], metrics[t]))
          << batch[t].loss << " " << metrics[t].loss;
      ASSERT_TRUE(
          same((*evaluator)->evaluate(absl::MakeConstSpan(&c.trials[t], 1))[0],
               metrics[t]));
    }
  }
}

TEST(Evaluator, SameBitsAsTheReference) {
  const char *draws = std::getenv("MASE_DRAWS");
  int n = draws ? int(std::strtol(draws, nullptr, 10)) : 300, legal = 0;
  for (int seed = 0; seed < n && !HasFatalFailure(); ++seed)
    check(uint64_t(seed), legal);
  EXPECT_GT(legal, n / 2);
}

} // namespace
} // namespace mase
