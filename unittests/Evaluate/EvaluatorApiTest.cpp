// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The evaluator's promises beside the bits: batches, threads, chunks, errors.
#include "RandomNetwork.h"
#include "Reference.h"

#include "mase/Evaluate/Evaluator.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <thread>

namespace mase {
namespace {

using testing::Draw;

LayerPrecision precision(int data, int weight, int bias) {
  auto format = [](int width) { return FixedPointFormat{width, width / 2}; };
  return {{format(data), format(weight), format(bias), std::nullopt}};
}

/// in -> affine -> relu -> (linear -> affine -> relu) for each width given.
Network layers(Draw &draw, int in, std::vector<int> widths) {
  Network net;
  net.inFeatures = in;
  auto add = [&](Step::Kind kind, int64_t from, int64_t to) {
    Step &step = net.steps.emplace_back();
    step.kind = kind;
    step.name = "seq_blocks_" + std::to_string(net.steps.size() - 1);
    step.input = int(net.steps.size()) - 2;
    step.inFeatures = from;
    step.outFeatures = net.outFeatures = to;
    if (kind == Step::Kind::Linear) {
      step.weight = draw.parameters(from * to);
      step.bias = draw.parameters(to);
    } else if (kind == Step::Kind::Affine) {
      step.scale = draw.parameters(from);
      step.shift = draw.parameters(from);
    }
  };
  add(Step::Kind::Affine, in, in);
  add(Step::Kind::Relu, in, in);
  for (int width : widths) {
    add(Step::Kind::Linear, net.outFeatures, width);
    add(Step::Kind::Affine, width, width);
    add(Step::Kind::Relu, width, width);
  }
  return net;
}

struct Problem {
  Network network;
  Evaluator::Options options;
  std::vector<float> x;
  std::vector<int32_t> labels;

  explicit Problem(int samples, uint64_t seed = 1, int outputs = 5) {
    Draw draw(seed);
    network = layers(draw, 16, {8, 64, outputs});
    for (const Step &step : network.steps) {
      auto &choices = options.choices.emplace_back();
      if (step.kind == Step::Kind::Linear)
        for (int data : {4, 8})
          for (int weight : {2, 4, 8})
            choices.push_back(precision(data, weight, data));
    }
    for (int i = 0; i < samples * 16; ++i)
      x.push_back(draw.normal());
    for (int i = 0; i < samples; ++i)
      labels.push_back(draw.integer(0, int(network.output().classes()) - 1));
  }

  std::unique_ptr<Evaluator> evaluator() const {
    auto result = Evaluator::create(network, options, x, labels);
    EXPECT_TRUE(result.ok()) << std::string(result.status().message());
    return *std::move(result);
  }
  std::string error() const {
    auto result = Evaluator::create(network, options, x, labels);
    return result.ok() ? "no error" : std::string(result.status().message());
  }
  std::vector<Assignment> space() const {
    std::vector<Assignment> trials;
    for (uint32_t n = 0; n < 216; ++n) {
      Assignment &trial = trials.emplace_back(network.steps.size(), 0);
      trial[2] = n / 36;
      trial[5] = n / 6 % 6;
      trial[8] = n % 6;
    }
    return trials;
  }
};

TEST(Evaluator, DroppedTrialsLeaveTheOthersAlone) {
  // A class without samples counts once it is predicted.
  for (int classes : {5, 4}) {
    Problem problem(4000);
    for (int32_t &label : problem.labels)
      label %= classes;
    std::vector<Assignment> trials = problem.space();
    trials.push_back(trials[17]); // a repeat
    auto evaluator = problem.evaluator();
    std::vector<Metrics> all = evaluator->evaluate(trials);
    for (int every : {1, 3, 1000}) {
      std::vector<int64_t> samples(trials.size(), -1);
      std::vector<bool> dropped(trials.size(), false);
      size_t asked = 0;
      auto mayDrop = [&](size_t t, const Metrics &best) {
        EXPECT_FALSE(dropped[t]);
        // Perfect answers to the rest are no worse than what comes.
        EXPECT_GE(best.accuracy, all[t].accuracy);
        EXPECT_GE(best.accuracyMicro, all[t].accuracyMicro);
        EXPECT_LE(best.loss, all[t].loss);
        return dropped[t] = asked++ % 7 == 0 && t % size_t(every) == 0;
      };
      std::vector<std::optional<Metrics>> some =
          evaluator->evaluate(trials, mayDrop, absl::MakeSpan(samples));
      EXPECT_GT(asked, trials.size());
      for (size_t t = 0; t < trials.size() - 1; ++t) {
        if (trials[t] == trials.back())
          continue;
        EXPECT_EQ(some[t].has_value(), !dropped[t]) << t;
        if (some[t])
          EXPECT_EQ(*some[t], all[t]) << t << " " << every;
        EXPECT_EQ(samples[t] == 4000, !dropped[t]) << t;
        EXPECT_GT(samples[t], 0);
      }
      EXPECT_EQ(some[17].has_value(), some.back().has_value());
      // What it leaves behind is right, too.
      EXPECT_EQ(evaluator->evaluate(trials), all);
    }
  }
}

TEST(Evaluator, DroppedTrialsOfBinaryClassifiers) {
  for (bool oneClass : {false, true}) {
    Problem problem(4000, 3, 1);
    for (int32_t &label : problem.labels)
      label = oneClass ? 1 : label;
    std::vector<Assignment> trials = problem.space();
    auto evaluator = problem.evaluator();
    std::vector<Metrics> all = evaluator->evaluate(trials);
    EXPECT_NE(all.front().auc.has_value(), oneClass);
    size_t asked = 0;
    auto mayDrop = [&](size_t t, const Metrics &best) {
      EXPECT_EQ(best.auc.has_value(), all[t].auc.has_value());
      EXPECT_GE(best.auc, all[t].auc);
      EXPECT_GE(best.accuracy, all[t].accuracy);
      EXPECT_LE(best.loss, all[t].loss);
      return ++asked % 5 == 0;
    };
    std::vector<std::optional<Metrics>> some =
        evaluator->evaluate(trials, mayDrop, {});
    for (size_t t = 0; t < trials.size(); ++t)
      if (some[t])
        EXPECT_EQ(*some[t], all[t]);
  }
}

TEST(Evaluator, ManyTrialsOfBinaryClassifiersGoInParts) {
  // More results than are kept at once.
  Problem problem(20000, 4, 1);
  std::vector<Assignment> trials = problem.space(), many;
  for (int round = 0; round < 3; ++round)
    many.insert(many.end(), trials.begin(), trials.end());
  auto evaluator = problem.evaluator();
  std::vector<Metrics> all = evaluator->evaluate(trials),
                       found = evaluator->evaluate(many);
  ASSERT_EQ(found.size(), many.size());
  auto dropThird = [](size_t t, const Metrics &) { return t % 3 == 0; };
  std::vector<int64_t> seen(many.size());
  auto some = evaluator->evaluate(many, dropThird, absl::MakeSpan(seen));
  for (size_t t = 0; t < many.size(); ++t) {
    EXPECT_EQ(found[t], all[t % trials.size()]);
    EXPECT_EQ(some[t].has_value(), seen[t] == 20000);
    if (some[t])
      EXPECT_EQ(*some[t], all[t % trials.size()]);
  }
  EXPECT_NE(std::count(some.begin(), some.end(), std::nullopt), 0);
}

TEST(Evaluator, OrderAndBatchDoNotMatter) {
  Problem problem(200);
  std::vector<Assignment> trials = problem.space();
  std::vector<Metrics> all = problem.evaluator()->evaluate(trials);
  std::mt19937 engine(5);
  std::vector<size_t> order;
  for (size_t t = 0; t < 400; ++t) // with repetitions
    order.push_back(engine() % trials.size());
  std::vector<Assignment> shuffled;
  for (size_t t : order)
    shuffled.push_back(trials[t]);
  auto evaluator = problem.evaluator();
  std::vector<Metrics> again = evaluator->evaluate(shuffled);
  for (size_t t = 0; t < order.size(); ++t) {
    ASSERT_EQ(again[t], all[order[t]]);
    ASSERT_EQ(evaluator->evaluate(absl::MakeConstSpan(&shuffled[t], 1))[0],
              all[order[t]]);
  }
  EXPECT_TRUE(evaluator->evaluate({}).empty());
}

TEST(Evaluator, ComparesWithProbabilities) {
  Problem problem(200);
  Assignment trial = problem.space()[7];
  std::vector<float> target =
      probabilitiesOf(problem.evaluator()->logits(problem.space()[100]),
                      problem.network.output());
  problem.options.target = target;
  auto evaluator = problem.evaluator();
  Metrics metrics = evaluator->evaluate(absl::MakeConstSpan(&trial, 1))[0];
  EXPECT_TRUE(metrics.crossEntropy);
  EXPECT_EQ(metrics, computeMetricsRowMajor(evaluator->logits(trial),
                                            problem.network.output(),
                                            problem.labels, target));
}

TEST(Evaluator, ThreadsDoNotMatter) {
  Problem problem(100);
  std::vector<Assignment> trials = problem.space();
  auto evaluator = problem.evaluator();
  std::vector<Metrics> all = evaluator->evaluate(trials);
  std::vector<std::vector<Metrics>> found(4);
  std::vector<std::thread> threads;
  for (size_t k = 0; k < found.size(); ++k)
    threads.emplace_back([&, k] {
      for (int round = 0; round < 5; ++round)
        found[k] = evaluator->evaluate(trials);
    });
  for (std::thread &thread : threads)
    thread.join();
  for (const auto &metrics : found)
    EXPECT_EQ(metrics, all);
}

TEST(Evaluator, ThousandsOfChoicesForOneStep) {
  // Numbering them must not compare each with all before it (4096 are quick
  // either way; a million must not take minutes), nor mix any two up.
  Problem problem(20);
  size_t step = 2;
  ASSERT_EQ(problem.network.steps[step].kind, Step::Kind::Linear);
  std::vector<LayerPrecision> &choices = problem.options.choices[step];
  choices.clear();
  for (int data = 1; data <= 16; ++data)
    for (int weight = 1; weight <= 16; ++weight)
      for (int bias = 1; bias <= 16; ++bias)
        choices.push_back(precision(data, weight, bias));
  auto all = problem.evaluator();
  for (uint32_t choice : {0u, 17u, 255u, 256u, 1000u, 2748u, 4095u}) {
    Assignment assignment(problem.network.steps.size(), 0);
    assignment[step] = choice;
    Problem one(20);
    one.options.choices[step] = {choices[choice]};
    Assignment first(problem.network.steps.size(), 0);
    EXPECT_EQ(all->logits(assignment), one.evaluator()->logits(first))
        << choice;
  }
}

TEST(Evaluator, ManySamplesGoInChunks) {
  Problem problem(10000);
  auto evaluator = problem.evaluator();
  std::vector<Assignment> trials = {problem.space()[7], problem.space()[200]};
  for (int round = 0; round < 2; ++round) {
    std::vector<Metrics> metrics = evaluator->evaluate(trials);
    for (size_t t = 0; t < trials.size(); ++t) {
      std::vector<LayerPrecision> p(problem.network.steps.size());
      for (size_t k : {2, 5, 8})
        p[k] = problem.options.choices[k][trials[t][k]];
      std::vector<float> expected;
      for (size_t i = 0; i < 10000; ++i)
        for (float v :
             reference::evaluate(problem.network, p, problem.x.data() + 16 * i))
          expected.push_back(v);
      EXPECT_EQ(evaluator->logits(trials[t]), expected);
      EXPECT_EQ(metrics[t],
                computeMetricsRowMajor(expected, 5, problem.labels));
    }
  }
}

TEST(Evaluator, WordsOfZeroWeights) {
  // Their features change places in bytes, also where the last word has fewer
  // than four, and where others read the same value as binary32.
  for (int hidden : {30, 64})
    for (bool isReadWide : {false, true}) {
      Draw draw(uint64_t(hidden + isReadWide));
      Problem problem(300);
      problem.network = layers(draw, 16, {8, hidden, 5});
      for (Step &step : problem.network.steps)
        for (float &weight : step.weight)
          weight = draw.chance(.7) ? 0.0f : weight;
      if (isReadWide)
        for (size_t k : {2, 5, 8}) {
          problem.options.choices[k].push_back(precision(24, 8, 8));
          problem.options.choices[k].emplace_back();
        }
      std::vector<Assignment> trials = problem.space();
      for (size_t t = 0; isReadWide && t < trials.size(); ++t)
        for (size_t k : {2, 5, 8})
          if ((t / k) % 3 == 0)
            trials[t][k] = uint32_t(6 + (t % 2));
      problem.options.instructionSet = InstructionSet::Generic;
      auto natural = problem.evaluator();
      const std::vector<Metrics> expected = natural->evaluate(trials);
      for (InstructionSet set : availableInstructionSets()) {
        problem.options.instructionSet = set;
        auto evaluator = problem.evaluator();
        EXPECT_EQ(evaluator->evaluate(trials), expected) << nameOf(set);
        for (size_t t = 0; t < trials.size(); t += 23)
          EXPECT_EQ(evaluator->logits(trials[t]), natural->logits(trials[t]))
              << nameOf(set) << " " << t;
      }
    }
}

TEST(Evaluator, WideSumsAreExact) {
  // 24-bit codes: sums beyond binary32, then beyond binary64.
  for (int width : {16, 24, 30}) {
    Draw draw(7);
    Network net = layers(draw, 4, {3});
    for (float &w : net.steps[2].weight)
      w = draw.chance(.5) ? 0x1.fffffep-1f : 0x1.234566p-3f;
    LayerPrecision p;
    p[OperandRole::DataIn] = FixedPointFormat{width, width - 2};
    p[OperandRole::Weight] = FixedPointFormat{width, width - 1};
    p[OperandRole::Bias] = FixedPointFormat{width, width + 1};
    Evaluator::Options options;
    options.choices.resize(net.steps.size());
    options.choices[2] = {p};
    std::vector<float> x;
    for (int i = 0; i < 400; ++i)
      x.push_back(draw.normal());
    std::vector<int32_t> labels(100, 0);
    std::vector<LayerPrecision> all(net.steps.size());
    all[2] = p;
    auto evaluator = Evaluator::create(net, options, x, labels);
    ASSERT_TRUE(evaluator.ok()) << std::string(evaluator.status().message());
    std::vector<float> expected;
    for (size_t i = 0; i < 100; ++i)
      for (float v : reference::evaluate(net, all, x.data() + 4 * i))
        expected.push_back(v);
    EXPECT_EQ((*evaluator)->logits(Assignment(net.steps.size(), 0)), expected);
  }
}

/// One Linear and no more.
Network linear(std::vector<float> weight, std::vector<float> bias) {
  Network net;
  Step &step = net.steps.emplace_back();
  step.kind = Step::Kind::Linear;
  step.name = "fc";
  step.inFeatures = net.inFeatures = int64_t(weight.size());
  step.outFeatures = net.outFeatures = 1;
  step.weight = std::move(weight);
  step.bias = std::move(bias);
  return net;
}

TEST(Evaluator, SumsAreRoundedOnce) {
  // 2^53 + 2^29 + 1: rounded to binary64 first, it would become a tie.
  FixedPointFormat wide{31, 0};
  Evaluator::Options options;
  options.choices = {{{wide, wide, wide, std::nullopt}}};
  std::vector<float> x = {0x1p24f, 1, 1};
  std::vector<int32_t> labels = {0};
  auto evaluator =
      Evaluator::create(linear({0x1p29f, 0x1p29f, 1}, {}), options, x, labels);
  ASSERT_TRUE(evaluator.ok());
  EXPECT_EQ((*evaluator)->logits({0})[0], 0x1p53f + 0x1p30f);
}

TEST(Evaluator, FloatLayersKeepTheSignOfZero) {
  std::vector<float> x = {0, 0};
  std::vector<int32_t> labels = {0};
  for (InstructionSet set : availableInstructionSets())
    for (bool hasBias : {false, true}) {
      Evaluator::Options options;
      options.instructionSet = set;
      std::vector<float> bias = {-0.0f};
      auto evaluator = Evaluator::create(
          linear({-1, -2}, hasBias ? bias : std::vector<float>{}), options, x,
          labels);
      ASSERT_TRUE(evaluator.ok());
      EXPECT_EQ(bitsOf((*evaluator)->logits({0})[0]),
                hasBias ? 0x80000000u : 0u)
          << nameOf(set);
    }
}

TEST(EvaluatorErrors, SayWhatIsWrong) {
  auto expect = [](const char *text, auto change) {
    Problem problem(10);
    change(problem);
    EXPECT_EQ(problem.error(), text);
  };
  expect("expected at least one sample", [](Problem &p) { p.labels.clear(); });
  expect("expected 10 samples of 16 features, as many as there are labels, "
         "found 159 values",
         [](Problem &p) { p.x.pop_back(); });
  expect("expected labels from 0 to 4, found 5 at sample 3",
         [](Problem &p) { p.labels[3] = 5; });
  expect("expected labels from 0 to 4, found 5 at sample 3", [](Problem &p) {
    p.network.outputKind = OutputKind::Probabilities;
    p.labels[3] = 5;
  });
  expect("expected labels from 0 to 1, found 2 at sample 3", [](Problem &p) {
    p = Problem(10, 1, 1);
    p.labels[3] = 2;
  });
  expect("expected labels from 0 to 4, found -1 at sample 0",
         [](Problem &p) { p.labels[0] = -1; });
  const std::vector<float> target(49);
  expect("expected 50 probabilities to compare with, one for each sample and "
         "class, found 49",
         [&](Problem &p) { p.options.target = target; });
  expect("expected choices for 11 layers, found 1",
         [](Problem &p) { p.options.choices.resize(1); });
  expect("layer 'seq_blocks_5': expected a weight of 64 x 8 values, found 511",
         [](Problem &p) { p.network.steps[5].weight.pop_back(); });
  expect("layer 'seq_blocks_5': expected a bias of 64 values, found 63",
         [](Problem &p) { p.network.steps[5].bias.pop_back(); });
  expect("layer 'seq_blocks_3': expected scale and shift of 8 values, found 8 "
         "and 0",
         [](Problem &p) { p.network.steps[3].shift.clear(); });
  expect("layer 'seq_blocks_4': expected a function, found none",
         [](Problem &p) { p.network.steps[4].kind = Step::Kind::Function; });
  expect("layer 'seq_blocks_3': reads step 3 of 3 before it",
         [](Problem &p) { p.network.steps[3].input = 3; });
  expect("layer 'seq_blocks_3': expected 8 features, found 16",
         [](Problem &p) { p.network.steps[3].input = 1; });
  expect("expected a network of 5 output features, as its last layer has, "
         "found 4",
         [](Problem &p) { p.network.outFeatures = 4; });
  expect("layer 'seq_blocks_2': weight: expected a width of 1 to 32, found 33",
         [](Problem &p) {
           p.options.choices[2][1][OperandRole::Weight] =
               FixedPointFormat{33, 4};
         });
  UniformTensorFormat sliced;
  sliced.axis = 1;
  sliced.scale = {1, 2};
  expect("layer 'seq_blocks_2': data_in: expected 16 slices along axis 1, "
         "found a number format of 2",
         [&](Problem &p) {
           p.options.choices[2][1][OperandRole::DataIn] = sliced;
         });
  expect("layer 'seq_blocks_8': the sum of 64 products needs an accumulator of "
         "more than 64 bits; expected narrower formats",
         [](Problem &p) {
           p.options.choices[8][0][OperandRole::DataIn] =
               FixedPointFormat{32, 16};
           p.options.choices[8][0][OperandRole::Weight] =
               FixedPointFormat{32, 16, false};
         });
}

} // namespace
} // namespace mase
