// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs that answer trials: rightly, wrongly, late or not at all.
#include "TestProblems.h"

#include "mase/Search/External/ExternalEvaluator.h"
#include "mase/Search/Study.h"

#include "gtest/gtest.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

using namespace mase;
using namespace mase::test;

namespace {

/// A shell script answers; `line` is the request.
struct External {
  explicit External(const std::string &script, double timeout = 0,
                    std::vector<std::string> declared = {"acc"})
      : space(*Space::create({{"fc1/config/weight_width",
                               {int64_t(2), int64_t(4), int64_t(8)},
                               std::nullopt},
                              {"fc1/config/name",
                               {std::string("integer"), std::monostate()},
                               std::nullopt}})),
        config(space),
        evaluator(std::make_shared<ExternalEvaluator>(
            ExternalEvaluator::Options{
                {"/bin/bash", "-c", script}, timeout, std::move(declared)},
            space, config)) {}

  TrialResult operator()(Point point, uint64_t number = 0,
                         unsigned worker = 0) {
    EvaluationContext context;
    context.worker = worker;
    TrialRequest trial{number, &point};
    TrialResult result;
    evaluator->evaluateBatch(context, trial, result);
    return result;
  }

  Space space;
  SampledConfig config;
  std::shared_ptr<ExternalEvaluator> evaluator;
};

std::string reasonOf(const std::string &script, double timeout = 0) {
  External external(script, timeout);
  TrialResult result = external({0, 0});
  EXPECT_EQ(result.state, TrialState::Fail);
  EXPECT_TRUE(result.metrics.empty());
  return result.reason;
}

TEST(ExternalEvaluator, AsksAndReads) {
  // The answer carries the request's width and the process's count of lines.
  External external(R"(n=0; while read -r line; do n=$((n+1));
    [[ $line =~ weight_width\":\ ([0-9]+) ]] && w=${BASH_REMATCH[1]};
    echo "{\"acc\": 0.5e0, \"width\": $w, \"asked\": $n, \"none\": null, \"note\": \"fine\"}"; done)");
  TrialResult result = external({1, 0}, 7);
  ASSERT_EQ(result.state, TrialState::Complete) << result.reason;
  EXPECT_EQ(result.metrics, std::vector<double>{0.5});
  using Extra = std::vector<std::pair<std::string, double>>;
  EXPECT_EQ(result.extraMetrics, (Extra{{"asked", 1}, {"width", 4}}));
  EXPECT_EQ(external({2, 0}, 8).extraMetrics,
            (Extra{{"asked", 2}, {"width", 8}}));
  // Another worker has a process of its own.
  EXPECT_EQ(external({2, 0}, 9, 1).extraMetrics,
            (Extra{{"asked", 1}, {"width", 8}}));
}

TEST(ExternalEvaluator, AProgramOutlivesTheThreadThatStartedIt) {
  // It is to die with this process: Linux would take the thread for that.
  External external(R"(n=0; while read -r line; do n=$((n+1));
    echo "{\"acc\": 1, \"asked\": $n}"; done)");
  for (int asked = 1; asked <= 3; ++asked) {
    TrialResult result;
    std::thread([&] { result = external({0, 0}); }).join();
    ASSERT_EQ(result.state, TrialState::Complete) << result.reason;
    using Extra = std::vector<std::pair<std::string, double>>;
    EXPECT_EQ(result.extraMetrics, (Extra{{"asked", double(asked)}}));
    // Signals of a thread's end are not late by more than this.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

TEST(ExternalEvaluator, TheRequestIsTheDocumentedLine) {
  External external(
      R"(read -r line; [[ $line == '{"number": 7, "sampled_config": {"fc1": {"config": {"weight_width": 4, "name": null}}}}' ]] && echo '{"acc": 1}' || echo "{\"error\": \"${line//\"/}\"}")");
  TrialResult result = external({1, 1}, 7);
  EXPECT_EQ(result.state, TrialState::Complete) << result.reason;
}

TEST(ExternalEvaluator, WrongAnswersFailTheTrialWithTheReason) {
  EXPECT_EQ(reasonOf("read; echo hello"),
            "expected a line with a JSON object of numbers, found 'hello'");
  EXPECT_EQ(reasonOf("read; echo; "),
            "expected a line with a JSON object of numbers, found ''");
  EXPECT_EQ(reasonOf("read; echo '[1]'"),
            "expected a line with a JSON object of numbers, found '[1]'");
  EXPECT_EQ(reasonOf("read; echo '{\"acc\": NaN}'"),
            "expected a line with a JSON object of numbers, found '{\"acc\": "
            "NaN}'");
  EXPECT_EQ(reasonOf("read; echo '{\"acc\": \"0.7\"}'"),
            "metric 'acc' is no number in '{\"acc\": \"0.7\"}'");
  EXPECT_EQ(reasonOf("read; echo '{\"acccuracy\": 0.7}'"),
            "metric 'acc' is missing in '{\"acccuracy\": 0.7}'");
  EXPECT_EQ(reasonOf("read; echo '{\"error\": \"synthesis failed\"}'"),
            "synthesis failed");
  EXPECT_EQ(reasonOf("read; head -c 2000000 /dev/zero | tr '\\0' x"),
            "'/bin/bash' answered with a line of more than 1 MiB");
  EXPECT_EQ(reasonOf("read; echo '{\"number\": 6, \"acc\": 1}'"),
            "the answer is not to trial 0: '{\"number\": 6, \"acc\": 1}'");
}

TEST(ExternalEvaluator, ExitsFailTheTrialWithTheLastWords) {
  EXPECT_EQ(reasonOf("read; exit 3"),
            "'/bin/bash' ended with exit code 3 instead of an answer");
  EXPECT_EQ(reasonOf("echo first >&2; echo ValueError: no >&2; exit 1"),
            "'/bin/bash' ended with exit code 1 instead of an answer: "
            "ValueError: no");
  EXPECT_EQ(reasonOf("read; kill -SEGV $$"),
            "'/bin/bash' was ended by signal 11 (Segmentation fault)");
  EXPECT_EQ(reasonOf("read; exec 1>&-; sleep 100"),
            "'/bin/bash' closed its output without an answer");
  // A half line is none.
  EXPECT_EQ(reasonOf("read; printf '{\"acc\": 1}'"),
            "'/bin/bash' ended with exit code 0 instead of an answer");
  Space space = *Space::create({{"a", {int64_t(1), int64_t(2)}, std::nullopt}});
  SampledConfig config(space);
  ExternalEvaluator missing({{"/no/such/program"}, 0, {}}, space, config);
  Point point{0};
  TrialRequest trial{0, &point};
  TrialResult result;
  missing.evaluateBatch({}, trial, result);
  EXPECT_EQ(result.reason,
            "cannot start '/no/such/program': No such file or directory");
}

TEST(ExternalEvaluator, TheStudysTimeEndsATrial) {
  External external("read; sleep 1000");
  Problem problem;
  problem.space = external.space;
  problem.objectives = {{"acc", 1.0, Direction::Maximize}};
  problem.evaluator = external.evaluator;
  StudyOptions options;
  options.sampler = "brute";
  options.timeout = 0.3;
  auto result = runStudy(problem, options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->stop, StopReason::Timeout);
  ASSERT_EQ(result->trials.size(), 1u);
  EXPECT_EQ(result->trials[0].reason,
            "the search's time was up before '/bin/bash' answered");
}

TEST(ExternalEvaluator, AProgramThatHangsIsEndedWithItsChildren) {
  std::string file = ::testing::TempDir() + "mase-hang-pid";
  std::remove(file.c_str());
  External external("sleep 1000 & echo $! > " + file + "; read; wait", 0.3);
  auto start = std::chrono::steady_clock::now();
  TrialResult result = external({0, 0});
  EXPECT_EQ(result.reason, "'/bin/bash' did not answer within 0.3 s");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
  long child = 0;
  std::ifstream(file) >> child;
  ASSERT_GT(child, 0);
  // It is gone, or waits for its new parent to collect it.
  auto isGone = [&] {
    std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
    std::string id, name, state;
    return !(stat >> id >> name >> state) || state == "Z";
  };
  for (int i = 0; i < 500 && !isGone(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(isGone());
  std::remove(file.c_str());
}

TEST(ExternalEvaluator, FailuresDontTouchTheTrialsAfterThem) {
  // Each process dies with its second request; the next starts anew.
  External external(R"(read -r line; echo '{"acc": 1}'; read -r line; exit 1)");
  for (uint64_t i = 0; i < 6; ++i)
    EXPECT_EQ(external({0, 0}, i).state,
              i % 2 ? TrialState::Fail : TrialState::Complete)
        << i;
  // What it prints beyond its answer is not the next one's. (One write of cat:
  // later lines can only be told by their "number".)
  External late(
      R"(while read -r line; do cat <<< $'{"acc": 1}\n{"acc": 2}'; done)");
  for (uint64_t i = 0; i < 20; ++i) {
    TrialResult result = late({0, 0}, i);
    EXPECT_EQ(result.metrics, std::vector<double>{1}) << i << result.reason;
  }
}

TEST(ExternalEvaluator, LongRequestsAndChattyErrorsDontLockUp) {
  // Both pipes fill up before the answer comes.
  External external(R"(head -c 3000000 /dev/zero | tr '\0' e >&2;
    while read -r line; do head -c 300000 /dev/zero | tr '\0' e >&2;
    echo '{"acc": 1}'; done)");
  for (uint64_t i = 0; i < 5; ++i)
    EXPECT_EQ(external({0, 0}, i).state, TrialState::Complete);
}

TEST(ExternalEvaluator, ListsJoinMetrics) {
  External external(
      R"(while read -r line; do echo '{"acc": 1, "lut": 3}'; done)");
  auto mpq = std::make_shared<MpqEvaluator>(Mpq());
  EvaluatorList list({external.evaluator, mpq});
  ASSERT_EQ(list.metrics().size(), 1 + mpq->metrics().size());
  EXPECT_EQ(list.metrics()[0].name, "acc");
  EXPECT_EQ(list.maxBatch(), 1u);
  EXPECT_FALSE(list.isRepeatable());
  Problem problem = mpqProblem();
  Point point(problem.space.numKnobs(), 0);
  TrialRequest trial{0, &point};
  TrialResult joined, alone;
  // The external program prints the first two knobs of a longer point.
  list.evaluateBatch({}, trial, joined);
  mpq->evaluateBatch({}, trial, alone);
  ASSERT_EQ(joined.metrics.size(), 1 + alone.metrics.size());
  EXPECT_EQ(joined.metrics[0], 1);
  EXPECT_TRUE(std::equal(alone.metrics.begin(), alone.metrics.end(),
                         joined.metrics.begin() + 1));
  EXPECT_EQ(joined.extraMetrics.size(), 1u);

  External clash(
      R"(while read -r line; do echo '{"acc": 1, "loss": 3}'; done)");
  EvaluatorList clashing({clash.evaluator, mpq});
  clashing.evaluateBatch({}, trial, joined);
  EXPECT_EQ(joined.reason, "metric 'loss' is measured by the search itself");
}

} // namespace
