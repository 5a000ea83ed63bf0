// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hypervolume over trials, knob importances and sensitivities per layer on
// problems with known answers.
#include "TestProblems.h"

#include "mase/Search/Indicators.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace mase;
using namespace mase::test;

namespace {

/// Evaluates nothing: tests write their own trials.
class NoEvaluator : public TrialEvaluator {
public:
  explicit NoEvaluator(std::vector<MetricInfo> infos) : infos(infos) {}
  llvm::ArrayRef<MetricInfo> metrics() const override { return infos; }
  void evaluateBatch(const EvaluationContext &, llvm::ArrayRef<TrialRequest>,
                     llvm::MutableArrayRef<TrialResult>) override {}

private:
  std::vector<MetricInfo> infos;
};

Knob knob(std::string name, int64_t numChoices) {
  Knob result{std::move(name), {}, {}};
  for (int64_t c = 0; c < numChoices; ++c)
    result.choices.push_back(c);
  return result;
}

/// Objectives "m0", "m1", … with these directions.
Problem problemWith(std::vector<Knob> knobs,
                    std::vector<Direction> directions) {
  Problem problem;
  problem.space = *Space::create(std::move(knobs));
  std::vector<MetricInfo> infos;
  for (Direction direction : directions) {
    infos.push_back({"m" + std::to_string(infos.size())});
    problem.objectives.push_back({infos.back().name, 1.0, direction});
  }
  problem.evaluator = std::make_shared<NoEvaluator>(infos);
  return problem;
}

void addTrial(std::vector<Trial> &trials, Point point,
              std::vector<double> values) {
  Trial trial;
  trial.number = trials.size();
  trial.point = std::move(point);
  trial.values = trial.metrics = std::move(values);
  trials.push_back(std::move(trial));
}

constexpr Direction kMin = Direction::Minimize, kMax = Direction::Maximize;

std::vector<Trial> withValues(std::vector<std::vector<double>> values) {
  std::vector<Trial> trials;
  for (std::vector<double> &v : values)
    addTrial(trials, {uint32_t(trials.size())}, std::move(v));
  return trials;
}

TEST(HypervolumeCurve, StairsByHand) {
  Problem problem = problemWith({knob("k", 9)}, {kMin, kMax});
  std::vector<Trial> trials =
      withValues({{4, 0}, {3, 1}, {3, 1}, {0, 0}, {1, 3}, {2, 2}});
  HypervolumeCurve curve = hypervolumeCurve(problem, trials);
  EXPECT_EQ(curve.reference, (Losses{4, 0}));
  EXPECT_EQ(curve.ideal, (Losses{0, -3}));
  EXPECT_EQ(curve.box(), 12);
  ASSERT_EQ(curve.steps.size(), 3u);
  EXPECT_EQ(curve.steps[0].trial, 0u);
  EXPECT_EQ(curve.steps[0].volume, 0);
  EXPECT_EQ(curve.steps[1].trial, 1u);
  EXPECT_EQ(curve.steps[1].volume, 1);
  // (0, 0) is on the reference's edge and adds nothing.
  EXPECT_EQ(curve.steps[2].trial, 4u);
  EXPECT_EQ(curve.steps[2].volume, 9);
  EXPECT_TRUE(curve.complete);
}

TEST(HypervolumeCurve, LeavesOutWhatIsNotFeasibleOrNotComplete) {
  Problem problem = problemWith({knob("k", 9)}, {kMin, kMin});
  std::vector<Trial> trials =
      withValues({{9, 9}, {2, 2}, {0, 0}, {1, 1}, {INFINITY, 1}});
  trials[0].violation = 0.5;
  trials[2].state = TrialState::Fail;
  trials[2].values.clear();
  HypervolumeCurve curve = hypervolumeCurve(problem, trials);
  EXPECT_EQ(curve.reference, (Losses{2, 2}));
  EXPECT_EQ(curve.volume(), 1);
  EXPECT_TRUE(hypervolumeCurve(problem, {}).steps.empty());
  EXPECT_EQ(hypervolumeCurve(problem, {}).volume(), 0);
  EXPECT_EQ(hypervolumeCurve(problem, {}).box(), 0);
}

/// Each step against the volume of all trials so far.
void expectCurveOfPrefixes(size_t numValues, size_t numTrials,
                           uint64_t levels) {
  std::vector<Direction> directions;
  for (size_t d = 0; d < numValues; ++d)
    directions.push_back(d % 2 ? kMax : kMin);
  Problem problem = problemWith({knob("k", 1000)}, directions);
  RandomStream random(7, numValues);
  std::vector<Trial> trials;
  std::vector<Losses> losses;
  for (size_t i = 0; i < numTrials; ++i) {
    std::vector<double> values;
    for (size_t d = 0; d < numValues; ++d)
      values.push_back(double(random.below(levels)));
    losses.push_back(lossesOf(problem, values));
    addTrial(trials, {uint32_t(i)}, values);
  }
  HypervolumeCurve curve = hypervolumeCurve(problem, trials);
  ASSERT_TRUE(curve.complete);
  size_t step = 0;
  for (size_t i = 0; i < numTrials; ++i) {
    if (step + 1 < curve.steps.size() && curve.steps[step + 1].trial == i)
      ++step;
    EXPECT_NEAR(
        curve.steps[step].volume,
        hypervolume(llvm::ArrayRef(losses).take_front(i + 1), curve.reference),
        1e-9 * curve.box())
        << "trial " << i;
  }
  EXPECT_EQ(step + 1, curve.steps.size());
}

TEST(HypervolumeCurve, OneTwoThreeAndFourValues) {
  expectCurveOfPrefixes(1, 100, 50);
  expectCurveOfPrefixes(2, 300, 20);
  expectCurveOfPrefixes(2, 300, 100000);
  expectCurveOfPrefixes(3, 150, 30);
  expectCurveOfPrefixes(4, 60, 30);
}

/// 200 trials whose importances were computed with Optuna 5.0.0's
/// PedAnovaImportanceEvaluator (from the same numbers, by the same generator;
/// "b/d" exists where "a/x" is 2).
struct OptunaTrials {
  Problem problem;
  std::vector<Trial> trials;

  explicit OptunaTrials(bool single) {
    Knob d = knob("b/d", 3);
    d.condition = Knob::Condition{0, {2}};
    problem = problemWith(
        {knob("a/x", 3), knob("a/y", 4), knob("b/x", 2), d, knob("b/z", 2)},
        {kMin, kMax});
    if (single)
      problem.objectives.pop_back();
    uint32_t state = 12345;
    auto next = [&](uint32_t n) {
      state = (state * 1103515245u + 12345u) & 0x7fffffffu;
      return (state >> 16) % n;
    };
    for (int i = 0; i < 200; ++i) {
      Point x;
      for (uint32_t n : {3, 4, 2, 3, 2})
        x.push_back(next(n));
      if (x[0] != 2)
        x[3] = 0;
      double f0 = x[0] * 3 + x[1] * x[1] / 2.0 + x[3] * 2 + x[2] / 4.0;
      f0 += next(64) / 64.0;
      double f1 = 8 - x[1] * 2.0 - x[0] + x[2] * 1.5 + next(32) / 64.0;
      addTrial(trials, x, single ? std::vector{f0} : std::vector{f0, f1});
    }
  }
};

void expectImportances(llvm::ArrayRef<double> found,
                       std::vector<double> expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t k = 0; k < expected.size(); ++k)
    EXPECT_NEAR(found[k], expected[k], 1e-9) << "knob " << k;
}

TEST(KnobImportances, AreOptunas) {
  OptunaTrials two(/*single=*/false), one(/*single=*/true);
  KnobImportances tenth = knobImportances(two.problem, two.trials);
  EXPECT_EQ(tenth.numTrials, 200u);
  EXPECT_EQ(tenth.numTop, 20u);
  std::vector<double> first = {0.5535522574431306, 0.41652795936884407,
                               0.003754166202288807, 0.0, 0.026165616985736363};
  expectImportances(knobImportances(one.problem, one.trials).overall, first);
  expectImportances(tenth.perObjective[0], first);
  expectImportances(tenth.overall,
                    {0.42208987679075266, 0.4184576967353774,
                     0.07243096717153591, 0.0, 0.0870214593023339});
  expectImportances(tenth.perObjective[1],
                    {0.14330834686227678, 0.5709502792848706,
                     0.2421840441867719, 0.0030275775384278054,
                     0.04052975212765268});
  KnobImportances quarter = knobImportances(two.problem, two.trials, 0.25);
  expectImportances(quarter.perObjective[0],
                    {0.5957775894459186, 0.37545166690477283,
                     0.0014302768622715166, 0.0, 0.027340466787037117});
  expectImportances(quarter.overall,
                    {0.34621726098082556, 0.5480728133331443,
                     0.07836122692421563, 0.0027098353852064113,
                     0.0246388633766083});
  expectImportances(quarter.perObjective[1],
                    {0.040773083601667925, 0.8706468981358528,
                     0.07484958126299704, 0.00186244678274481,
                     0.011867990216737383});
}

TEST(KnobImportances, OneKnobDecides) {
  Problem problem = problemWith(
      {knob("a/x", 3), knob("a/y", 5), knob("b/z", 2), knob("b/one", 1)},
      {kMin});
  std::vector<Trial> trials;
  for (PointIndex i = 0; i < problem.space.size(); ++i) {
    Point point = problem.space.pointAt(i);
    addTrial(trials, point, {double(point[1])});
  }
  expectImportances(knobImportances(problem, trials).overall, {0, 1, 0, 0});
  // Nothing decides where all are equal, or where there are no two trials.
  for (Trial &trial : trials)
    trial.values = trial.metrics = {1};
  expectImportances(knobImportances(problem, trials).overall, {0, 0, 0, 0});
  expectImportances(
      knobImportances(problem, llvm::ArrayRef(trials).take_front(1)).overall,
      {0, 0, 0, 0});
}

TEST(KnobImportances, FeasibleTrialsComeFirst) {
  Problem problem = problemWith({knob("x", 10), knob("ok", 2)}, {kMin, kMin});
  std::vector<Trial> trials;
  for (PointIndex i = 0; i < problem.space.size(); ++i) {
    Point point = problem.space.pointAt(i);
    double x = point[0];
    addTrial(trials, point, {x, x});
    trials.back().violation = point[1] ? 0 : 1;
  }
  // The two best are x = 0 and x = 1 of those that are feasible.
  KnobImportances found = knobImportances(problem, trials);
  EXPECT_EQ(found.numTop, 2u);
  EXPECT_GT(found.overall[1], 0.1);
  // For an objective alone constraints don't count.
  expectImportances(found.perObjective[0], {1, 0});
  // Without any that is feasible the least violation decides.
  for (Trial &trial : trials)
    trial.violation = trial.point[0] == 7 ? 0.5 : 1;
  found = knobImportances(problem, trials);
  EXPECT_EQ(found.numTop, 2u);
  expectImportances(found.overall, {1, 0});
}

TEST(LayerSensitivities, ByHand) {
  Problem problem = problemWith(
      {knob("fc1/x", 3), knob("fc2/x", 2), knob("fc1/y", 2), knob("z", 2)},
      {kMin, kMax});
  std::vector<Trial> trials;
  addTrial(trials, {0, 0, 0, 0}, {1, 10});
  addTrial(trials, {1, 0, 0, 0}, {3, 10});
  addTrial(trials, {2, 0, 1, 0}, {4, INFINITY});
  addTrial(trials, {2, 1, 1, 0}, {9, 12});
  addTrial(trials, {0, 1, 1, 1}, {100, 100}); // differs in two layers or more
  addTrial(trials, {1, 1, 1, 0}, {0, 0});
  trials.back().state = TrialState::Fail;
  std::vector<LayerSensitivity> layers = layerSensitivities(problem, trials);
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(layers[0].layer, "fc1");
  EXPECT_EQ(layers[0].knobs, (std::vector<size_t>{0, 2}));
  EXPECT_EQ(layers[0].numPairs, 3u);
  EXPECT_DOUBLE_EQ(layers[0].meanChange[0], 2); // (2 + 3 + 1) / 3
  EXPECT_EQ(layers[0].meanChange[1], 0);        // one finite pair
  EXPECT_EQ(layers[1].layer, "fc2");
  EXPECT_EQ(layers[1].numPairs, 1u);
  EXPECT_EQ(layers[1].meanChange[0], 5);
  EXPECT_TRUE(std::isnan(layers[1].meanChange[1]));
  EXPECT_EQ(layers[2].layer, "z");
  EXPECT_EQ(layers[2].numPairs, 0u);
  EXPECT_TRUE(std::isnan(layers[2].meanChange[0]));
}

TEST(LayerSensitivities, AKnobThatAppearsIsADifference) {
  Knob child = knob("b/child", 2);
  child.condition = Knob::Condition{0, {1}};
  Problem problem = problemWith({knob("a/on", 2), child}, {kMin});
  std::vector<Trial> trials;
  addTrial(trials, {0, 0}, {1});
  addTrial(trials, {1, 0}, {2});
  addTrial(trials, {1, 1}, {5});
  std::vector<LayerSensitivity> layers = layerSensitivities(problem, trials);
  EXPECT_EQ(layers[0].numPairs, 0u);
  EXPECT_EQ(layers[1].numPairs, 1u);
  EXPECT_EQ(layers[1].meanChange[0], 3);
}

TEST(LayerSensitivities, AgreeWithAllPairs) {
  Problem problem = mpqProblem();
  MpqEvaluator evaluator{Mpq()};
  RandomStream random(3);
  std::vector<Trial> trials;
  for (int i = 0; i < 400; ++i) {
    Trial trial;
    trial.number = uint64_t(i);
    trial.point = problem.space.pointAt(random.below(5832));
    TrialResult result;
    evaluator.evaluateBatch({}, TrialRequest{0, &trial.point}, result);
    trial.metrics = result.metrics;
    if (!llvm::any_of(trials, [&](const Trial &other) {
          return other.point == trial.point;
        }))
      trials.push_back(trial);
  }
  std::vector<LayerSensitivity> layers = layerSensitivities(problem, trials);
  ASSERT_EQ(layers.size(), 3u);
  for (size_t l = 0; l < 3; ++l) {
    uint64_t pairs = 0;
    double accuracy = 0, bits = 0;
    for (const Trial &a : trials)
      for (const Trial &b : trials) {
        bool elsewhere = false;
        for (size_t k = 0; k < 9; ++k)
          elsewhere |= k / 3 != l && a.point[k] != b.point[k];
        if (a.number >= b.number || elsewhere)
          continue;
        ++pairs;
        accuracy += std::abs(a.metrics[1] - b.metrics[1]);
        bits += std::abs(a.metrics[2] - b.metrics[2]);
      }
    EXPECT_EQ(layers[l].numPairs, pairs);
    EXPECT_NEAR(layers[l].meanChange[0], accuracy / double(pairs), 1e-12);
    EXPECT_NEAR(layers[l].meanChange[1], bits / double(pairs), 1e-12);
  }
}

} // namespace
