// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Problems and trials with everything that is hard to write down, and searches
// that are cut off.
#ifndef MASE_UNITTESTS_SEARCH_JOURNALTESTPROBLEMS_H
#define MASE_UNITTESTS_SEARCH_JOURNALTESTPROBLEMS_H

#include "mase/Search/Journal/Journal.h"
#include "mase/Search/Random.h"

#include "gtest/gtest.h"

#include <bit>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

namespace mase::test {

inline std::string contents(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline void write(const std::string &path, const std::string &text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::vector<std::string> splitLines(const std::string &text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    end = end == std::string::npos ? text.size() : end + 1;
    lines.push_back(text.substr(at, end - at));
    at = end;
  }
  return lines;
}

/// Metrics that depend on the point alone; some points fail, some are dropped,
/// some have more metrics than others.
class OddEvaluator : public TrialEvaluator {
public:
  llvm::ArrayRef<MetricInfo> metrics() const override {
    static const MetricInfo infos[] = {
        {"loss", MetricGroup::Software},
        {"accuracy", MetricGroup::Software},
        {"bits", MetricGroup::Hardware},
        {"a \"b\"\\ \u00e4/\U0001f600\n", MetricGroup::Hardware}};
    return infos;
  }
  void evaluateBatch(const EvaluationContext &,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override {
    for (size_t i = 0; i < trials.size(); ++i) {
      uint64_t h = 1;
      for (uint32_t position : *trials[i].point)
        h = mixBits(h * 31 + position);
      RandomStream random(h);
      if (random.below(8) == 0) {
        results[i] = TrialResult::failure("it's \"broken\":\n\t\u00e4\\");
        continue;
      }
      double infinity = std::numeric_limits<double>::infinity();
      results[i].metrics = {random.below(4) ? random.uniform() : infinity,
                            random.uniform(), 8 * random.uniform()};
      if (random.below(2))
        results[i].metrics.push_back(-infinity);
      if (random.below(3) == 0)
        results[i].extraMetrics = {{"z", -0.0}, {"a/\"b", infinity}};
      if (random.below(8) == 0) {
        results[i].state = TrialState::Pruned;
        results[i].metrics[1] = std::nan("");
        results[i].reason = "hopeless";
      }
    }
  }
};

/// 420 points; the second knob exists under two choices of the first.
inline Problem conditionalProblem() {
  std::vector<Choice> scales = {0.5, 1e-05, 1.0 / 3, 1e300};
  while (scales.size() < 20)
    scales.push_back(double(scales.size()));
  std::vector<Choice> widths = {int64_t(2), int64_t(4), int64_t(8)};
  Problem problem;
  problem.space = *Space::create(
      {{"a/config/name", {std::monostate(), std::string("integer"), true}, {}},
       {"a/config/weight_width", widths, Knob::Condition{0, {1, 2}}},
       {"a/config/scale", scales, {}},
       {"b/config/weight_width", widths, {}}});
  problem.objectives = {{"accuracy", 1.0, Direction::Maximize},
                        {"bits", 0.2, Direction::Minimize}};
  problem.constraints = {{"bits", Constraint::Kind::AtMost, 7}};
  problem.evaluator = std::make_shared<OddEvaluator>();
  return problem;
}

/// Knobs and choices with odd names.
inline Problem oddProblem(bool sum) {
  double infinity = std::numeric_limits<double>::infinity();
  Problem problem;
  problem.space = *Space::create(
      {{"/", {0.1, infinity, -infinity, 5e-324}, {}},
       {"a\"b\\c",
        {std::string("x\"\\\n"), std::string("\u00e4\U0001f600"),
         std::string("")},
        {}},
       {"trial_id", {false, true, std::monostate()}, Knob::Condition{1, {2}}},
       {"n/1", {int64_t(-5), INT64_MAX}, Knob::Condition{2, {1, 2}}}});
  problem.objectives = {{"accuracy", 1.0 / 3, Direction::Maximize},
                        {"bits", -2, Direction::Minimize}};
  problem.constraints = {{"accuracy", Constraint::Kind::AtLeast, 0.1},
                         {"bits", Constraint::Kind::AtMost, 1e6}};
  problem.sumScaledMetrics = sum;
  problem.evaluator = std::make_shared<OddEvaluator>();
  return problem;
}

/// Any bits but NaN's.
inline double anyDouble(RandomStream &random) {
  switch (random.below(6)) {
  case 0:
    return std::numeric_limits<double>::infinity();
  case 1:
    return -0.0;
  case 2:
    return double(random.below(100));
  default:
    double value = std::bit_cast<double>(random.next());
    return std::isnan(value) ? 1e-05 : value;
  }
}

/// Trials as no search makes them: any points, states, numbers and texts.
inline std::vector<Trial> makeTrials(const Problem &problem, size_t count,
                                     uint64_t seed) {
  RandomStream random(seed);
  std::vector<Trial> trials(count);
  for (size_t i = 0; i < count; ++i) {
    Trial &trial = trials[i];
    trial.number = i;
    trial.point =
        problem.space.pointAt(random.below(uint64_t(problem.space.size())));
    trial.state = TrialState(random.below(3));
    for (size_t m = random.below(5); m-- > 0;)
      trial.metrics.push_back(random.below(4) ? anyDouble(random)
                                              : std::nan(""));
    if (trial.state == TrialState::Complete) {
      trial.metrics.resize(3);
      for (double &metric : trial.metrics)
        metric = anyDouble(random);
      for (size_t v = 0; v < problem.numValues(); ++v)
        trial.values.push_back(anyDouble(random));
    }
    while (!trial.metrics.empty() && std::isnan(trial.metrics.back()))
      trial.metrics.pop_back();
    for (size_t m = random.below(3); m-- > 0;)
      trial.extraMetrics.emplace_back(
          std::string(1, char(random.below(128))) + "bits", anyDouble(random));
    if (trial.state != TrialState::Complete)
      for (size_t n = random.below(20); n-- > 0;)
        trial.reason += char(1 + random.below(127));
    if (random.below(3) == 0)
      trial.violation = random.uniform();
    trial.startMicros = int64_t(random.below(4102444800000000));
    trial.completeMicros = trial.startMicros + int64_t(random.below(100000000));
  }
  return trials;
}

inline bool sameBits(llvm::ArrayRef<double> a, llvm::ArrayRef<double> b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) {
        return (std::isnan(x) && std::isnan(y)) ||
               std::bit_cast<uint64_t>(x) == std::bit_cast<uint64_t>(y);
      });
}

inline void expectSame(llvm::ArrayRef<Trial> actual,
                       llvm::ArrayRef<Trial> expected, bool times = true) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    const Trial &a = actual[i], &e = expected[i];
    SCOPED_TRACE("trial " + std::to_string(i));
    EXPECT_EQ(a.number, e.number);
    EXPECT_EQ(a.point, e.point);
    EXPECT_EQ(a.state, e.state);
    EXPECT_TRUE(sameBits(a.metrics, e.metrics));
    EXPECT_TRUE(sameBits(a.values, e.values));
    ASSERT_EQ(a.extraMetrics.size(), e.extraMetrics.size());
    for (size_t m = 0; m < a.extraMetrics.size(); ++m) {
      EXPECT_EQ(a.extraMetrics[m].first, e.extraMetrics[m].first);
      EXPECT_TRUE(sameBits(a.extraMetrics[m].second, e.extraMetrics[m].second));
    }
    EXPECT_EQ(a.reason, e.reason);
    EXPECT_TRUE(sameBits(a.violation, e.violation));
    if (times) {
      EXPECT_EQ(a.startMicros, e.startMicros);
      EXPECT_EQ(a.completeMicros, e.completeMicros);
    }
  }
}

// Journals --------------------------------------------------------------------

inline JournalOptions journalOptions(std::string path) {
  return {std::move(path),
          JournalOptions::Mode::New,
          "test",
          {{"network", "net-a"}, {"data", "50 jets"}, {"seed", "0"}}};
}

inline JournalOptions resuming(std::string path) {
  JournalOptions options = journalOptions(std::move(path));
  options.mode = JournalOptions::Mode::Resume;
  return options;
}

/// The journal; null after a failure.
inline std::unique_ptr<Journal> openJournal(const JournalOptions &options,
                                            const Problem &problem,
                                            const SampledConfig &config) {
  auto journal = Journal::open(options, problem, config);
  EXPECT_TRUE(journal.ok()) << journal.status();
  return journal.ok() ? *std::move(journal) : nullptr;
}

/// What opening says; "" where it succeeds.
inline std::string openError(const JournalOptions &options,
                             const Problem &problem) {
  SampledConfig config(problem.space);
  auto journal = Journal::open(options, problem, config);
  return journal.ok() ? "" : std::string(journal.status().message());
}

inline StudyOptions journalled(Journal &journal, std::string sampler,
                               uint64_t trials) {
  StudyOptions options;
  options.sampler = std::move(sampler);
  options.numTrials = trials;
  options.resumed = journal.takeResumed();
  options.started = [&](llvm::ArrayRef<Trial> t) { return journal.started(t); };
  options.finished = [&](llvm::ArrayRef<const Trial *> t) {
    return journal.finished(t);
  };
  return options;
}

inline StudyResult runWhole(const Problem &problem, const std::string &sampler,
                            uint64_t trials) {
  StudyOptions options;
  options.sampler = sampler;
  options.numTrials = trials;
  auto result = runStudy(problem, options);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : StudyResult();
}

/// A search with the journal, to its end.
inline StudyResult run(const JournalOptions &journalOptions,
                       const Problem &problem, const std::string &sampler,
                       uint64_t trials) {
  SampledConfig config(problem.space);
  auto journal = openJournal(journalOptions, problem, config);
  if (!journal)
    return {};
  StudyOptions options = journalled(*journal, sampler, trials);
  auto result = runStudy(problem, options);
  EXPECT_TRUE(result.ok()) << result.status();
  if (!result.ok())
    return {};
  absl::Status closed = journal->close(journalText(result->stop));
  EXPECT_TRUE(closed.ok()) << closed;
  return *std::move(result);
}

/// The journal's text after a search.
inline std::string runJournalled(const Problem &problem,
                                 const std::string &sampler, uint64_t trials,
                                 const std::string &path) {
  run(journalOptions(path), problem, sampler, trials);
  return contents(path);
}

/// What a search comes to that was killed when `cut` bytes of its journal had
/// been written, and resumed.
inline StudyResult resumeAt(const Problem &problem, const std::string &sampler,
                            uint64_t trials, const std::string &path,
                            const std::string &journal, size_t cut) {
  write(path, journal.substr(0, cut));
  return run(resuming(path), problem, sampler, trials);
}

} // namespace mase::test

#endif // MASE_UNITTESTS_SEARCH_JOURNALTESTPROBLEMS_H
