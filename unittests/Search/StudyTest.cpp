// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Studies: budgets, failures, jobs, resuming, verifying.
#include "TestProblems.h"

#include "mase/Search/External/ExternalEvaluator.h"
#include "mase/Search/Progress.h"
#include "mase/Search/Study.h"

#include "gtest/gtest.h"

#include <map>
#include <mutex>
#include <set>
#include <thread>

using namespace mase;
using namespace mase::test;

namespace {

/// Trials without their times.
auto rows(const StudyResult &result) {
  std::vector<std::tuple<uint64_t, Point, TrialState, std::vector<double>,
                         std::vector<double>, std::string>>
      rows;
  for (const Trial &t : result.trials)
    rows.emplace_back(t.number, t.point, t.state, t.metrics, t.values,
                      t.reason);
  return rows;
}

StudyResult run(const Problem &problem, const StudyOptions &options) {
  auto result = runStudy(problem, options);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : StudyResult();
}

StudyOptions options(std::string sampler, uint64_t trials, unsigned jobs = 1) {
  StudyOptions o;
  o.sampler = std::move(sampler);
  o.numTrials = trials;
  o.jobs = jobs;
  return o;
}

TEST(Study, BruteForceStopsWhenTheSpaceIsExhausted) {
  Problem problem = mpqProblem();
  StudyResult result = run(problem, options("brute", 0));
  EXPECT_EQ(result.trials.size(), 5832u);
  EXPECT_EQ(result.stop, StopReason::Exhausted);
  EXPECT_EQ(result.front.size(), 19u);
  result = run(problem, options("brute", 6000));
  EXPECT_EQ(result.trials.size(), 5832u);
  EXPECT_EQ(result.stop, StopReason::Exhausted);
  result = run(problem, options("brute", 100));
  EXPECT_EQ(result.trials.size(), 100u);
  EXPECT_EQ(result.stop, StopReason::Trials);
}

TEST(Study, ValuesAreScaledMetrics) {
  Problem problem = mpqProblem();
  StudyResult result = run(problem, options("random", 10));
  for (const Trial &trial : result.trials) {
    ASSERT_EQ(trial.values.size(), 2u);
    EXPECT_EQ(trial.values[0], trial.metrics[1]);
    EXPECT_EQ(trial.values[1], 0.2 * trial.metrics[2]);
    EXPECT_LE(trial.startMicros, trial.completeMicros);
    EXPECT_GT(trial.startMicros, 1500000000000000);
  }
}

TEST(Study, SumOfScaledMetrics) {
  Problem problem = mpqProblem();
  problem.sumScaledMetrics = true;
  problem.objectives[1].scale = -0.03;
  StudyResult result = run(problem, options("brute", 0));
  ASSERT_EQ(result.front.size(), 1u);
  const Trial &best = result.trials[result.front[0]];
  EXPECT_TRUE(problem.space.indexOf(best.point) == 4535);
  EXPECT_NEAR(best.values[0], 0.69327636012066285, 1e-12);
  // TPE finds it, too, and the direction counts.
  StudyResult tpe = run(problem, options("tpe", 500));
  EXPECT_EQ(tpe.trials[tpe.front[0]].point, best.point);
  problem.sumDirection = Direction::Minimize;
  StudyResult worst = run(problem, options("brute", 0));
  EXPECT_LT(worst.trials[worst.front[0]].values[0], 0.3);
}

TEST(Study, SameTrialsForEveryNumberOfJobs) {
  Problem problem = mpqProblem();
  for (const char *sampler : {"brute", "random", "tpe"}) {
    StudyResult one = run(problem, options(sampler, 700, 1));
    for (unsigned jobs : {2, 3, 8}) {
      StudyResult many = run(problem, options(sampler, 700, jobs));
      EXPECT_EQ(rows(one), rows(many)) << sampler << " " << jobs;
      EXPECT_EQ(one.front, many.front);
    }
  }
  for (const std::string &sampler : samplerNames())
    EXPECT_EQ(rows(run(problem, options(sampler, 101, 1))),
              rows(run(problem, options(sampler, 101, 2))))
        << sampler;
}

/// Fails in several ways, depending on the point.
class FlakyEvaluator : public MpqEvaluator {
public:
  using MpqEvaluator::MpqEvaluator;
  void evaluateBatch(const EvaluationContext &context,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override {
    MpqEvaluator::evaluateBatch(context, trials, results);
    for (size_t i = 0; i < trials.size(); ++i) {
      uint32_t what = (*trials[i].point)[1];
      if (what == 0)
        results[i] = TrialResult::failure("it crashed");
      if (what == 1)
        results[i].metrics[1] = std::nan("");
      if ((*trials[i].point)[2] == 0)
        results[i].metrics.resize(1);
    }
  }
};

TEST(Study, FailuresAreRows) {
  Problem problem = mpqProblem();
  problem.evaluator = std::make_shared<FlakyEvaluator>(Mpq());
  for (const char *sampler : {"brute", "tpe"}) {
    StudyResult result = run(problem, options(sampler, 200));
    EXPECT_EQ(result.trials.size(), 200u);
    size_t failed = 0;
    for (const Trial &trial : result.trials) {
      bool good = trial.point[1] == 2 && trial.point[2] != 0;
      EXPECT_EQ(trial.state, good ? TrialState::Complete : TrialState::Fail);
      EXPECT_EQ(trial.reason.empty(), good);
      EXPECT_EQ(trial.values.size(), good ? 2u : 0u);
      failed += !good;
    }
    EXPECT_EQ(result.numFailed(), failed);
    for (size_t i : result.front)
      EXPECT_EQ(result.trials[i].state, TrialState::Complete);
  }
}

/// One metric that is the same for all points.
class ConstantEvaluator : public TrialEvaluator {
public:
  llvm::ArrayRef<MetricInfo> metrics() const override { return infos; }
  void evaluateBatch(const EvaluationContext &,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override {
    for (size_t i = 0; i < trials.size(); ++i)
      results[i].metrics = {1.0};
  }

private:
  std::vector<MetricInfo> infos = {{"m", MetricGroup::Software}};
};

TEST(Study, OneFrontEntryPerVectorOfValues) {
  Problem problem = mpqProblem();
  problem.objectives = {{"m", 1, Direction::Minimize}};
  problem.evaluator = std::make_shared<ConstantEvaluator>();
  for (const char *sampler : {"brute", "tpe"}) {
    StudyResult result = run(problem, options(sampler, 50));
    EXPECT_EQ(result.front, std::vector<size_t>{0});
  }
}

TEST(Study, EnqueuedFirstAndNotTwice) {
  Problem problem = mpqProblem();
  for (const std::string &name : samplerNames()) {
    StudyOptions o = options(name, 0);
    o.enqueued = {problem.space.pointAt(17), problem.space.pointAt(4000),
                  problem.space.pointAt(17)};
    o.numTrials = 300;
    StudyResult result = run(problem, o);
    ASSERT_EQ(result.trials.size(), 300u);
    EXPECT_EQ(result.trials[0].point, o.enqueued[0]);
    EXPECT_EQ(result.trials[1].point, o.enqueued[1]);
    std::set<Point> points;
    for (const Trial &trial : result.trials)
      EXPECT_TRUE(points.insert(trial.point).second);
  }
  StudyOptions o = options("brute", 5);
  o.enqueued = {{1, 2}};
  EXPECT_FALSE(runStudy(problem, o).ok());
}

TEST(Study, ResumingGivesTheSameTrials) {
  Problem problem = mpqProblem();
  for (const std::string &sampler : samplerNames()) {
    StudyResult whole = run(problem, options(sampler, 120));
    for (size_t done : {1, 37, 119, 120}) {
      StudyOptions o = options(sampler, 120);
      o.resumed.assign(whole.trials.begin(), whole.trials.begin() + done);
      size_t recorded = 0;
      o.finished = [&](llvm::ArrayRef<const Trial *> trials) {
        recorded += trials.size();
        return absl::OkStatus();
      };
      EXPECT_EQ(rows(whole), rows(run(problem, o)));
      EXPECT_EQ(recorded, 120 - done);
    }
    StudyOptions other = options(sampler, 120);
    other.seed = 9;
    other.resumed = whole.trials;
    EXPECT_NE(runStudy(problem, other).status().message().find("resume"),
              absl::string_view::npos);
  }
}

/// Takes its time.
class SlowEvaluator : public MpqEvaluator {
public:
  using MpqEvaluator::MpqEvaluator;
  size_t maxBatch() const override { return 1; }
  void evaluateBatch(const EvaluationContext &context,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override {
    EXPECT_EQ(trials.size(), 1u);
    {
      std::lock_guard lock(mutex);
      EXPECT_TRUE(busy.insert(context.worker).second);
      workers.insert(context.worker);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    MpqEvaluator::evaluateBatch(context, trials, results);
    std::lock_guard lock(mutex);
    busy.erase(context.worker);
  }
  std::mutex mutex;
  std::set<unsigned> busy, workers;
};

TEST(Study, TimeoutAndInterrupt) {
  Problem problem = mpqProblem();
  auto evaluator = std::make_shared<SlowEvaluator>(Mpq());
  problem.evaluator = evaluator;
  StudyOptions o = options("random", 0, 2);
  o.timeout = 0.1;
  StudyResult result = run(problem, o);
  EXPECT_EQ(result.stop, StopReason::Timeout);
  EXPECT_GE(result.trials.size(), 2u);
  EXPECT_LT(result.trials.size(), 1000u);
  for (unsigned worker : evaluator->workers)
    EXPECT_LT(worker, 2u);

  std::atomic<bool> stop{false};
  o = options("tpe", 0);
  o.interrupt = &stop;
  o.progress = [&](const Progress &p) {
    if (p.trials >= 6)
      stop = true;
  };
  result = run(problem, o);
  EXPECT_EQ(result.stop, StopReason::Interrupted);
  EXPECT_EQ(result.trials.size(), 6u);
}

/// Says what a point costs before it is evaluated, and counts evaluations.
class StaticBits : public MpqEvaluator {
public:
  using MpqEvaluator::MpqEvaluator;
  std::vector<double> staticMetrics(const Point &point) const override {
    TrialRequest trial{0, &point};
    TrialResult measured;
    const_cast<StaticBits *>(this)->MpqEvaluator::evaluateBatch({}, trial,
                                                                measured);
    std::vector<double> metrics(measured.metrics.size(), std::nan(""));
    metrics[2] = measured.metrics[2];
    return metrics;
  }
  void evaluateBatch(const EvaluationContext &context,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override {
    evaluated += trials.size();
    MpqEvaluator::evaluateBatch(context, trials, results);
  }
  std::atomic<size_t> evaluated{0};
};

/// A trial takes a millisecond, it says; a thousand share most of it.
class SharingEvaluator : public MpqEvaluator {
public:
  SharingEvaluator() : MpqEvaluator(Mpq()) {}
  double expectedSeconds() const override { return 1e-3; }
  size_t sharedBatch() const override { return 1000; }
};

TEST(Study, BatchesShareAsFarAsTheTimeoutAllows) {
  Problem problem = mpqProblem();
  problem.evaluator = std::make_shared<SharingEvaluator>();
  for (auto [timeout, first] : {std::pair<double, size_t>{0, 1000},
                                {100, 1000},
                                {10, 500},
                                {0.1, 64}}) {
    StudyOptions wanted = options("random", 1200);
    wanted.timeout = timeout;
    std::vector<size_t> batches;
    wanted.started = [&](llvm::ArrayRef<Trial> trials) {
      batches.push_back(trials.size());
      return absl::OkStatus();
    };
    run(problem, wanted);
    ASSERT_FALSE(batches.empty());
    EXPECT_EQ(batches.front(), first) << timeout;
  }
}

TEST(Study, StaticConstraintsAreCheckedBeforeEvaluating) {
  Problem problem = mpqProblem();
  auto evaluator = std::make_shared<StaticBits>(Mpq());
  problem.evaluator = evaluator;
  const std::string bits = problem.objectives[1].name;
  problem.constraints = {{bits, Constraint::Kind::AtMost, 5}};
  StudyResult all = run(mpqProblem(), options("brute", 0));
  size_t kept = llvm::count_if(
      all.trials, [](const Trial &t) { return t.metrics[2] <= 5; });
  ASSERT_GT(kept, 100u);
  ASSERT_LT(kept, 5700u);
  StudyResult result = run(problem, options("brute", 0));
  EXPECT_EQ(result.trials.size(), kept);
  EXPECT_EQ(evaluator->evaluated, kept);
  EXPECT_EQ(result.numRejected, 5832 - kept);
  EXPECT_EQ(result.stop, StopReason::Exhausted);
  for (const std::string &sampler : samplerNames()) {
    result = run(problem, options(sampler, 60));
    EXPECT_EQ(result.trials.size(), 60u) << sampler;
    std::set<Point> points;
    for (const Trial &trial : result.trials) {
      EXPECT_LE(trial.metrics[2], 5) << sampler;
      EXPECT_TRUE(points.insert(trial.point).second) << sampler;
    }
    EXPECT_EQ(rows(result), rows(run(problem, options(sampler, 60, 2))))
        << sampler;
  }
}

TEST(Study, InfeasibleTrialsAreRowsButNotOnTheFront) {
  Problem problem = mpqProblem();
  const std::string accuracy = problem.objectives[0].name;
  problem.constraints = {{accuracy, Constraint::Kind::AtLeast, 0.7}};
  StudyResult result = run(problem, options("brute", 0));
  EXPECT_EQ(result.trials.size(), 5832u);
  EXPECT_EQ(result.numRejected, 0u);
  size_t broken = 0;
  for (const Trial &trial : result.trials) {
    bool keeps = trial.values[0] >= 0.7;
    EXPECT_EQ(trial.violation == 0, keeps);
    EXPECT_EQ(trial.state, TrialState::Complete);
    broken += !keeps;
  }
  EXPECT_GT(broken, 100u);
  StudyResult free = run(mpqProblem(), options("brute", 0));
  std::vector<size_t> expected;
  for (size_t i : free.front)
    if (free.trials[i].values[0] >= 0.7)
      expected.push_back(i);
  EXPECT_EQ(result.front, expected);
  EXPECT_EQ(problem.constraints[0].text(), accuracy + " >= 0.7");
}

TEST(Study, PatienceIsCountedInTrialsWithoutGrowth) {
  Problem problem = mpqProblem();
  for (const char *sampler : {"brute", "random", "qmc", "tpe", "nsgaii"}) {
    StudyOptions o = options(sampler, 0);
    o.patience = 300;
    StudyResult one = run(problem, o);
    EXPECT_EQ(one.stop, StopReason::Patience) << sampler;
    EXPECT_LT(one.trials.size(), 5832u);
    // The front of all but the last 300 trials is the whole front; a batch may
    // run over.
    size_t grown = one.front.back();
    EXPECT_GE(one.trials.size(), grown + 1 + 300) << sampler;
    o.jobs = 3;
    EXPECT_EQ(rows(one), rows(run(problem, o))) << sampler;
  }
}

TEST(Study, AutoDoesNotEnumerateWhatTimeOrPatienceEndsEarlier) {
  Mpq mpq;
  mpq.layers = 12;
  Problem problem = mpqProblem(mpq);
  StudyOptions o = options("auto", 0);
  o.patience = 5;
  StudyResult result = run(problem, o);
  EXPECT_EQ(result.stop, StopReason::Patience);
  EXPECT_EQ(result.samplerNote.find("brute"), std::string::npos)
      << result.samplerNote;
  o.patience = 0;
  o.timeout = 0.01;
  EXPECT_EQ(run(problem, o).samplerNote.find("brute"), std::string::npos);
}

TEST(Study, EarlyStoppingTakesASamplerThatDoesNotLearn) {
  Problem problem = mpqProblem();
  StudyOptions o = options("tpe", 50);
  o.earlyStop = true;
  EXPECT_NE(runStudy(problem, o)
                .status()
                .message()
                .find("does not learn from trials (brute, qmc, random)"),
            absl::string_view::npos);
  o.sampler = "qmc";
  EXPECT_TRUE(runStudy(problem, o).ok());
}

TEST(Study, HooksSeeEachTrialStartAndFinishOnce) {
  Problem problem = mpqProblem();
  StudyOptions o = options("tpe", 80, 2);
  std::map<uint64_t, int> state;
  o.started = [&](llvm::ArrayRef<Trial> trials) {
    for (const Trial &trial : trials)
      EXPECT_EQ(state[trial.number]++, 0);
    return absl::OkStatus();
  };
  o.finished = [&](llvm::ArrayRef<const Trial *> trials) {
    for (const Trial *trial : trials) {
      EXPECT_EQ(state[trial->number]++, 1);
      EXPECT_EQ(trial->values.size(), 2u);
    }
    return absl::OkStatus();
  };
  StudyResult whole = run(problem, o);
  EXPECT_EQ(state.size(), 80u);
  // Every third trial was lost: it is made again.
  for (const Trial &trial : whole.trials)
    if (trial.number % 3 != 1)
      o.resumed.push_back(trial);
  state.clear();
  EXPECT_EQ(rows(whole), rows(run(problem, o)));
  for (auto [number, calls] : state)
    EXPECT_EQ(calls, number % 3 == 1 ? 2 : 1);
}

TEST(Study, RecorderErrorsEndIt) {
  Problem problem = mpqProblem();
  StudyOptions o = options("brute", 100);
  o.finished = [](llvm::ArrayRef<const Trial *>) {
    return absl::UnknownError("the disk is full");
  };
  EXPECT_EQ(runStudy(problem, o).status().message(), "the disk is full");
}

TEST(Study, UnboundedOnAnEndlessSpaceIsAnError) {
  Mpq mpq;
  mpq.layers = 120;
  Problem problem = mpqProblem(mpq);
  EXPECT_NE(runStudy(problem, options("random", 0))
                .status()
                .message()
                .find("expected a number of trials, a timeout or a patience"),
            absl::string_view::npos);
}

TEST(Problem, Check) {
  auto errorOf = [](auto change) {
    Problem problem = mpqProblem();
    change(problem);
    return std::string(problem.check().message());
  };
  EXPECT_EQ(errorOf([](Problem &) {}), "");
  EXPECT_EQ(errorOf([](Problem &p) { p.objectives[0].name = "acuracy"; }),
            "unknown metric 'acuracy'; valid: 'accuracy', 'loss', "
            "'memory_density', 'average_bitwidth'");
  EXPECT_NE(errorOf([](Problem &p) {
              p.objectives[0].scale = 0;
            }).find("other than 0, found 0.0"),
            std::string::npos);
  EXPECT_NE(errorOf([](Problem &p) {
              p.objectives[1] = p.objectives[0];
            }).find("given twice"),
            std::string::npos);
  EXPECT_NE(errorOf([](Problem &p) {
              p.objectives.clear();
            }).find("at least one metric"),
            std::string::npos);
  EXPECT_NE(errorOf([](Problem &p) { p.space = Space(); }).find("empty"),
            std::string::npos);
  EXPECT_NE(
      errorOf([](Problem &p) { p.evaluator = nullptr; }).find("evaluator"),
      std::string::npos);
}

TEST(Problem, Verify) {
  Problem problem = mpqProblem();
  StudyResult result = run(problem, options("brute", 0));
  std::vector<Trial> front;
  for (size_t i : result.front)
    front.push_back(result.trials[i]);
  EXPECT_TRUE(problem.verify(front).ok());
  front[2].metrics[1] += 1e-9;
  std::string message(problem.verify(front).message());
  EXPECT_EQ(message.find("verifying trial " + std::to_string(front[2].number) +
                         ": metric 'accuracy' is 0."),
            0u)
      << message;
}

/// Another value each time it is asked.
class ClockEvaluator : public TrialEvaluator {
public:
  explicit ClockEvaluator(bool isTiming)
      : info{"time", MetricGroup::Hardware, "ns", isTiming} {}
  llvm::ArrayRef<MetricInfo> metrics() const override { return info; }
  double expectedSeconds() const override { return 1e-3; }
  void evaluateBatch(const EvaluationContext &,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override {
    for (size_t i = 0; i < trials.size(); ++i)
      results[i].metrics = {double(++ticks)};
  }

private:
  MetricInfo info;
  int ticks = 0;
};

TEST(Problem, TimingsNeedNotRepeat) {
  for (bool isTiming : {true, false}) {
    Problem problem = mpqProblem();
    problem.evaluator = std::make_shared<EvaluatorList>(
        std::vector<std::shared_ptr<TrialEvaluator>>{
            problem.evaluator, std::make_shared<ClockEvaluator>(isTiming)});
    problem.objectives.push_back({"time", 1.0, Direction::Minimize});
    StudyResult result = run(problem, options("random", 20));
    std::vector<Trial> front;
    for (size_t i : result.front)
      front.push_back(result.trials[i]);
    EXPECT_EQ(problem.verify(front).ok(), isTiming);
    // What is no timing is still compared.
    front[0].metrics[1] += 1e-9;
    EXPECT_NE(std::string(problem.verify(front).message())
                  .find("metric '" + std::string("accuracy'")),
              std::string::npos);
  }
}

TEST(Problem, VerifiesEachPartOfAListFromScratch) {
  /// Counts who asks how.
  struct Counting : ClockEvaluator {
    Counting() : ClockEvaluator(true) {}
    TrialResult evaluateFromScratch(const TrialRequest &) override {
      ++fromScratch;
      return {};
    }
    int fromScratch = 0;
  };
  Problem problem = mpqProblem();
  auto clock = std::make_shared<Counting>();
  problem.evaluator = std::make_shared<EvaluatorList>(
      std::vector<std::shared_ptr<TrialEvaluator>>{problem.evaluator, clock});
  StudyResult result = run(problem, options("random", 20));
  EXPECT_EQ(clock->fromScratch, 0);
  EXPECT_TRUE(problem.verify(result.trials).ok());
  EXPECT_EQ(clock->fromScratch, 20);
}

/// What a study says of its best values.
TEST(Study, ProgressHasMetricsAsTheyWereMeasured) {
  Problem problem = mpqProblem();
  problem.objectives[1].scale = -0.2; // the same wish, the other way round
  problem.objectives[1].direction = Direction::Maximize;
  std::vector<double> best;
  std::vector<std::string> names;
  StudyOptions o = options("random", 40);
  o.progress = [&](const Progress &p) {
    best = p.best.vec();
    names = p.bestNames.vec();
  };
  StudyResult result = run(problem, o);
  double accuracy = 0, bits = 100;
  for (const Trial &trial : result.trials) {
    accuracy = std::max(accuracy, trial.metrics[1]);
    bits = std::min(bits, trial.metrics[2]);
  }
  EXPECT_EQ(best, (std::vector<double>{accuracy, bits}));
  EXPECT_EQ(names, (std::vector<std::string>{"accuracy", "average_bitwidth"}));
  problem.sumScaledMetrics = true;
  result = run(problem, o);
  EXPECT_EQ(best, result.trials[result.front[0]].values);
  EXPECT_EQ(names, std::vector<std::string>{"weighted sum"});
}

/// What checkStudy says is what the study would have said, and no trial is
/// evaluated for it.
TEST(Study, ChecksBeforeItBegins) {
  Problem problem = mpqProblem();
  EXPECT_TRUE(checkStudy(problem, options("tpe", 9)).ok());
  StudyOptions stops = options("tpe", 9), foreign = options("tpe", 9);
  stops.earlyStop = true;
  foreign.enqueued = {Point{7}};
  for (const StudyOptions &o : {options("foo", 9), stops, foreign}) {
    absl::Status status = checkStudy(problem, o);
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(status, runStudy(problem, o).status());
  }
  EXPECT_EQ(trialLimit(problem, options("tpe", 9)), 9u);
  EXPECT_EQ(trialLimit(problem, options("tpe", 0)), 5832u);
  EXPECT_EQ(trialLimit(problem, options("tpe", 9999)), 5832u);
  problem.objectives[1].name = "bits";
  EXPECT_EQ(checkStudy(problem, options("tpe", 9)),
            runStudy(problem, options("tpe", 9)).status());
}

class ProgressTest : public ::testing::Test {
protected:
  ProgressTest() {
    p.trials = 500;
    p.budget = 1000;
    p.seconds = 12;
    p.best = best;
    p.bestNames = names;
    p.bestUnits = units;
    p.frontSize = 3;
  }

  std::string text;
  llvm::raw_string_ostream os{text};
  std::vector<double> best = {0.46, 2};
  std::vector<std::string> names = {"accuracy", "average_bitwidth"};
  std::vector<std::string> units = {"", "bits"};
  Progress p;
};

TEST_F(ProgressTest, LinesElsewhere) {
  auto plain = makeProgress(os, nullptr);
  p.seconds = 5;
  plain(p);
  EXPECT_EQ(text, "");
  p.seconds = 12;
  plain(p);
  p.seconds = 13;
  plain(p);
  EXPECT_EQ(text, "500/1000 trials, 42 trials/s, 0:12 left; best accuracy "
                  "0.46, average_bitwidth 2 bits; front 3\n");
  text.clear();
  p.finished = true;
  p.failed = 2;
  plain(p);
  EXPECT_EQ(text, "500 trials, 38 trials/s, 13.00 s, 2 failed; best accuracy "
                  "0.46, average_bitwidth 2 bits; front 3\n");
}

/// A line of a terminal of `width` columns.
TEST_F(ProgressTest, WhatDoesNotFitIsLeftOut) {
  p.failed = 7;
  auto at = [&](unsigned width) {
    text.clear();
    makeProgress(os, [=] { return width; })(p);
    llvm::StringRef line = text;
    EXPECT_TRUE(line.consume_front("\r\x1b[2K"));
    return line.str();
  };
  EXPECT_EQ(at(200), "[##########..........] 500/1000 trials, 42 trials/s, "
                     "0:12 left, 7 failed; best accuracy 0.46, "
                     "average_bitwidth 2 bits; front 3");
  EXPECT_EQ(at(80), "500/1000, 0:12 left, 7 failed; best accuracy 0.46, "
                    "average_bitwidth 2 bits");
  EXPECT_EQ(at(70), "500/1000, 0:12 left, 7 failed: accuracy 0.46, "
                    "average_bitwi… 2");
  EXPECT_EQ(at(60), "500/1000, 7 failed: accuracy 0.46, average_bitwi… 2");
  EXPECT_EQ(at(40), "500/1000: accuracy 0.46, average… 2");
  EXPECT_EQ(at(30), "500/1000: acc… 0.46, ave… 2");
  EXPECT_EQ(at(20), "500/1000: 0.46, 2");
  EXPECT_EQ(at(10), "500/1000…");
  names = {"précision", "größe"};
  EXPECT_EQ(at(44), "500/1000, 7 failed: précision 0.46, größe 2");
  EXPECT_EQ(at(40), "500/1000: précisi… 0.46, größe 2");
}

TEST_F(ProgressTest, ResizedWhileItIsShown) {
  unsigned width = 100;
  auto bar = makeProgress(os, [&] { return width; });
  bar(p);
  width = 40;
  p.seconds += 1;
  text.clear();
  bar(p);
  // It was reflowed into three rows.
  EXPECT_EQ(text.find("\x1b[2A\r\x1b[J500/1000: accuracy"), 0u) << text;
  text.clear();
  p.finished = true;
  p.failed = 0;
  bar(p);
  EXPECT_EQ(text, "\r\x1b[2K500 trials, 38 trials/s, 13.00 s; best\n"
                  "  accuracy 0.46, average_bitwidth 2\n"
                  "  bits; front 3\n");
}

} // namespace
