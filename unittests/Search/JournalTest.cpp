// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Journals: what is written is read back, a search that was cut off at any
// byte goes on to the same end, and journals of others are refused.
#include "JournalTestProblems.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include "gtest/gtest.h"

#include <csignal>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mase;
using namespace mase::test;

namespace {

class JournalTest : public testing::Test {
protected:
  void SetUp() override {
    // Thousands of journals are brought to the disk: a quick one, if there is.
    if (::access("/dev/shm", W_OK) == 0)
      folder = "/dev/shm/mase-journal";
    else
      llvm::sys::path::system_temp_directory(true, folder);
    folder += "-" + std::to_string(::getpid());
    ASSERT_FALSE(llvm::sys::fs::create_directories(folder));
    path = (folder + "/study.journal").str();
  }
  void TearDown() override {
    EXPECT_FALSE(llvm::sys::fs::remove_directories(folder));
  }

  /// The journal; null after a failure. One is open at a time.
  std::unique_ptr<Journal> open(const JournalOptions &options,
                                const Problem &problem) {
    config = SampledConfig(problem.space);
    return openJournal(options, problem, config);
  }

  llvm::SmallString<128> folder;
  std::string path;
  SampledConfig config;
};

TEST_F(JournalTest, TrialsAreReadBackExactly) {
  for (bool sum : {false, true}) {
    Problem problem = oddProblem(sum);
    auto written = makeTrials(problem, 300, 7);
    JournalOptions options = journalOptions(path);
    auto journal = open(options, problem);
    ASSERT_TRUE(journal);
    EXPECT_EQ(journal->warnings().empty(), !sum); // the first one stays
    // Batches of different sizes, finished in another order.
    RandomStream random(3);
    for (size_t begin = 0; begin < written.size();) {
      size_t count =
          std::min(written.size() - begin, size_t(1 + random.below(20)));
      llvm::ArrayRef<Trial> batch = llvm::ArrayRef(written).slice(begin, count);
      std::vector<Trial> starting(batch);
      for (Trial &trial : starting)
        if (random.below(2))
          trial.startMicros = 0; // not known yet
      ASSERT_TRUE(journal->started(starting).ok());
      for (size_t i = count; i-- > 0;) {
        auto status = journal->finished(&batch[i]);
        ASSERT_TRUE(status.ok()) << status;
      }
      begin += count;
    }
    ASSERT_TRUE(journal->close("trials").ok());
    options.mode = JournalOptions::Mode::Resume;
    journal = open(options, problem);
    ASSERT_TRUE(journal);
    EXPECT_TRUE(journal->warnings().empty());
    expectSame(journal->takeResumed(), written);
    // Again and again: reading changes nothing.
    std::string before = contents(path);
    journal.reset();
    journal = open(options, problem);
    ASSERT_TRUE(journal);
    ASSERT_TRUE(journal->close("trials").ok());
    EXPECT_EQ(contents(path), before);
  }
}

TEST_F(JournalTest, EverySamplerGoesOn) {
  for (const std::string &sampler : samplerNames()) {
    Problem problem = conditionalProblem();
    uint64_t trials = sampler == "gp" || sampler == "auto" ? 24 : 60;
    StudyResult whole = runWhole(problem, sampler, trials);
    std::string journal = runJournalled(problem, sampler, trials, path);
    RandomStream random(5);
    for (int i = 0; i < 3; ++i) {
      size_t cut = random.below(journal.size());
      expectSame(resumeAt(problem, sampler, trials, path, journal, cut).trials,
                 whole.trials, /*times=*/false);
    }
  }
}

TEST_F(JournalTest, ResumesAtEveryByte) {
  Problem problem = conditionalProblem();
  constexpr uint64_t kTrials = 2;
  StudyResult whole = runWhole(problem, "tpe", kTrials);
  std::string journal = runJournalled(problem, "tpe", kTrials, path);
  for (size_t cut = 0; cut <= journal.size(); ++cut) {
    StudyResult result = resumeAt(problem, "tpe", kTrials, path, journal, cut);
    expectSame(result.trials, whole.trials, /*times=*/false);
    EXPECT_EQ(result.front, whole.front);
    // The journal is whole again: a second resume has nothing to do.
    auto again = open(resuming(path), problem);
    ASSERT_TRUE(again != nullptr) << "cut at " << cut;
    EXPECT_TRUE(again->warnings().empty()) << "cut at " << cut;
    expectSame(again->takeResumed(), whole.trials, /*times=*/false);
    if (HasFailure()) {
      ADD_FAILURE() << "cut at byte " << cut;
      return;
    }
  }
}

TEST_F(JournalTest, ResumesAtRandomBytesOfLongJournals) {
  for (const char *sampler : {"random", "brute", "nsgaii"}) {
    Problem problem = conditionalProblem();
    constexpr uint64_t kTrials = 400;
    StudyResult whole = runWhole(problem, sampler, kTrials);
    std::string journal = runJournalled(problem, sampler, kTrials, path);
    RandomStream random(11);
    for (int i = 0; i < 20; ++i) {
      size_t cut = random.below(journal.size());
      StudyResult result =
          resumeAt(problem, sampler, kTrials, path, journal, cut);
      expectSame(result.trials, whole.trials, /*times=*/false);
      ASSERT_FALSE(HasFailure()) << sampler << ", cut at byte " << cut;
    }
  }
}

// Torn, broken and foreign lines ----------------------------------------------

TEST_F(JournalTest, ATornLineIsCutWithAWarning) {
  Problem problem = conditionalProblem();
  std::string journal = runJournalled(problem, "random", 3, path);
  size_t lines = llvm::count(journal, '\n');
  write(path, journal + "{\"op_code\":4,\"wor");
  auto opened = open(resuming(path), problem);
  ASSERT_TRUE(opened);
  ASSERT_EQ(opened->warnings().size(), 1u);
  EXPECT_EQ(opened->warnings()[0],
            path + ":" + std::to_string(lines + 1) +
                ": cut the last line, of which 17 bytes had been written");
  EXPECT_EQ(contents(path), journal);
  opened.reset();
  // The same with a line feed behind it, and with zeros as a file system may
  // leave them.
  for (const std::string &torn :
       {std::string("{\"op_code\":\n"), std::string(50, 0)}) {
    write(path, journal + torn);
    opened = open(resuming(path), problem);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->warnings().size(), 1u);
    EXPECT_EQ(contents(path), journal);
    opened.reset();
  }
}

TEST_F(JournalTest, ABrokenLineIsAnErrorWithItsNumber) {
  Problem problem = conditionalProblem();
  std::string journal = runJournalled(problem, "random", 3, path);
  std::vector<std::string> lines = splitLines(journal);
  std::string broken;
  for (size_t i = 0; i < lines.size(); ++i)
    broken += i == 20 ? "rubbish\n" : lines[i];
  write(path, broken);
  EXPECT_EQ(openError(resuming(path), problem),
            path + ":21: expected a JSON object, found 'rubbish'");
  EXPECT_EQ(contents(path), broken) << "left as it was";
}

TEST_F(JournalTest, DamageIsAnErrorOrHarmless) {
  Problem problem = conditionalProblem();
  std::string journal = runJournalled(problem, "random", 5, path);
  RandomStream random(9);
  int errors = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = journal;
    for (uint64_t n = 1 + random.below(3); n-- > 0;) {
      size_t at = random.below(damaged.size());
      switch (random.below(3)) {
      case 0:
        damaged[at] = "\"{}[]:,0-9\\\n"[random.below(12)];
        break;
      case 1:
        damaged.erase(at, random.below(100));
        break;
      default:
        damaged[at] = char(random.below(256));
      }
    }
    write(path, damaged);
    config = SampledConfig(problem.space);
    auto opened = Journal::open(resuming(path), problem, config);
    if (!opened.ok()) {
      ++errors;
      EXPECT_NE(opened.status().message().find(path), absl::string_view::npos);
      continue;
    }
    for (const Trial &trial : (*opened)->takeResumed()) {
      ASSERT_TRUE(problem.space.isValid(trial.point));
      ASSERT_EQ(trial.values.size(),
                trial.state == TrialState::Complete ? problem.numValues() : 0u);
    }
  }
  EXPECT_GT(errors, 1000);
}

TEST_F(JournalTest, LinesOfOtherProgramsAreNamed) {
  Problem problem = conditionalProblem();
  std::string journal = runJournalled(problem, "random", 2, path);
  std::string line =
      path + ":" + std::to_string(llvm::count(journal, '\n') + 1);
  std::string by = " by another program (worker 'w')";
  auto with = [&](std::string added) {
    write(path, journal + added + "\n");
    return openError(resuming(path), problem);
  };
  EXPECT_EQ(
      with(
          R"({"op_code":4,"worker_id":"w","study_id":0,"datetime_start":"2026-11-23T11:45:09.526163+00:00"})"),
      line + ": trial 2 was added" + by +
          "; expected only trials of this search");
  EXPECT_EQ(with(R"({"op_code":1,"worker_id":"w","study_id":0})"),
            line + ": the study was deleted");
  EXPECT_EQ(
      with(
          R"({"op_code":0,"worker_id":"w","study_name":"x","directions":[1]})"),
      line + ": another study, 'x', was added; expected only 'test'");
  EXPECT_EQ(with(R"({"op_code":17,"worker_id":"w"})"),
            line + ": unexpected operation 17" + by +
                ": '{\"op_code\":17,\"worker_id\":\"w\"}'");
  EXPECT_EQ(with("[]"), line + ": expected a JSON object, found '[]'");
  EXPECT_EQ(with(R"({"hello":1})"),
            line + ": expected an operation of Optuna's journal with op_code "
                   "and worker_id, found '{\"hello\":1}'");
  // What Optuna and its dashboard leave without changing a trial.
  for (
      const char *harmless :
      {R"({"op_code":0,"worker_id":"w","study_name":"test","directions":[2,1]})",
       R"({"op_code":2,"worker_id":"w","study_id":0,"user_attr":{"mine":NaN}})",
       R"({"op_code":3,"worker_id":"w","study_id":0,"system_attr":{"dashboard:note:0":"x"}})",
       R"({"op_code":8,"worker_id":"w","trial_id":1,"user_attr":{"x":-Infinity}})",
       R"({"op_code":6,"worker_id":"w","trial_id":1,"state":3,"values":null})",
       R"({"op_code":9,"worker_id":"w","trial_id":0,"system_attr":{"note":1}})"})
    EXPECT_EQ(with(harmless), "");
}

TEST_F(JournalTest, OpenTrialsOfOthersAreRefused) {
  Problem problem = conditionalProblem();
  std::vector<Trial> trials = makeTrials(problem, 1, 1);
  auto journal = open(journalOptions(path), problem);
  ASSERT_TRUE(journal && journal->started(trials).ok());
  journal.reset();
  std::string text = contents(path);
  write(
      path,
      text +
          R"({"op_code":7,"worker_id":"w","trial_id":0,"step":1,"intermediate_value":1})" +
          "\n");
  EXPECT_EQ(openError(resuming(path), problem),
            path + ":" + std::to_string(llvm::count(text, '\n') + 1) +
                ": trial 0 was changed by another program (worker 'w'); "
                "expected only trials of this search");
}

TEST_F(JournalTest, AnotherPointUnderTheSameNumberIsRefused) {
  Problem problem = conditionalProblem();
  std::vector<Trial> trials = makeTrials(problem, 2, 1);
  auto journal = open(journalOptions(path), problem);
  ASSERT_TRUE(journal && journal->started(trials).ok());
  journal = nullptr;
  journal = open(resuming(path), problem);
  ASSERT_TRUE(journal);
  trials[1].point = trials[0].point;
  auto status = journal->started(trials);
  EXPECT_EQ(status.message(), "cannot resume '" + path +
                                  "': trial 1 is another point there than "
                                  "this search would try");
}

// Whose journal ---------------------------------------------------------------

TEST_F(JournalTest, TheFirstDifferenceIsNamed) {
  Problem problem = conditionalProblem();
  runJournalled(problem, "random", 3, path);
  std::string before = contents(path);
  std::string other = "'" + path + "' is the journal of another search: ";

  auto identity = [&](size_t i, std::string value) {
    JournalOptions options = resuming(path);
    options.identity[i].second = std::move(value);
    return openError(options, problem);
  };
  EXPECT_EQ(identity(0, "net-b"),
            other + "network is 'net-a' there, but 'net-b' here");
  EXPECT_EQ(identity(1, "100 jets"),
            other + "data is '50 jets' there, but '100 jets' here");
  EXPECT_EQ(identity(2, "4"), other + "seed is '0' there, but '4' here");
  JournalOptions options = resuming(path);
  options.identity.emplace_back("sampler", "tpe");
  EXPECT_EQ(openError(options, problem),
            other + "sampler is 'tpe' here, but is not given there");
  options = resuming(path);
  options.studyName = "other";
  EXPECT_EQ(openError(options, problem),
            other + "its name is 'test' there, but 'other' here");

  auto with = [&](auto change) {
    Problem changed = problem;
    std::vector<Knob> knobs = problem.space.knobs().vec();
    change(changed, knobs);
    changed.space = *Space::create(std::move(knobs));
    return openError(resuming(path), changed);
  };
  using Knobs = std::vector<Knob>;
  EXPECT_EQ(with([](Problem &p, Knobs &) {
              p.objectives[0].direction = Direction::Minimize;
            }),
            other + "objective 1 is 'accuracy, maximize, scale 1.0' there, but "
                    "'accuracy, minimize, scale 1.0' here");
  EXPECT_EQ(with([](Problem &p, Knobs &) { p.objectives[1].scale = 0.5; }),
            other + "objective 2 is 'bits, minimize, scale 0.2' there, but "
                    "'bits, minimize, scale 0.5' here");
  EXPECT_EQ(with([](Problem &p, Knobs &) { p.objectives.pop_back(); }),
            other + "objective 2 is 'bits, minimize, scale 0.2' there, but "
                    "there is none here");
  EXPECT_EQ(with([](Problem &p, Knobs &) {
              p.constraints.push_back({"bits", Constraint::Kind::AtMost, 9});
            }),
            other + "constraint 2 is 'bits <= 9.0' here, but there is none "
                    "there");
  EXPECT_EQ(with([](Problem &, Knobs &k) {
              k[3].choices = {int64_t(2), int64_t(4)};
            }),
            other + "knob 'b/config/weight_width' has the choices [2, 4, 8] "
                    "there, but [2, 4] here");
  EXPECT_EQ(with([](Problem &, Knobs &k) { k[1].condition->choices = {0}; }),
            other + "knob 'a/config/weight_width' has the choices [2, 4, 8] "
                    "where 'a/config/name' is one of [\"integer\", true] "
                    "there, but [2, 4, 8] where 'a/config/name' is one of "
                    "[null] here");
  EXPECT_EQ(with([](Problem &, Knobs &k) { k.pop_back(); }),
            other + "it has a knob 'b/config/weight_width', which is not here");
  EXPECT_EQ(with([](Problem &, Knobs &k) {
              k.push_back({"c", {int64_t(1), int64_t(2)}, {}});
            }),
            other + "it has no knob 'c', which is here");
  EXPECT_EQ(with([](Problem &, Knobs &k) { std::swap(k[2], k[3]); }),
            other + "knob 3 is 'a/config/scale' there, but "
                    "'b/config/weight_width' here");
  EXPECT_EQ(contents(path), before) << "left as it was";
}

// Files -----------------------------------------------------------------------

TEST_F(JournalTest, ASecondProcessIsRefused) {
  Problem problem = conditionalProblem();
  auto journal = open(journalOptions(path), problem);
  ASSERT_TRUE(journal);
  ASSERT_TRUE(journal->started(makeTrials(problem, 4, 1)).ok());
  std::string expected =
      "'" + path + "' is in use: another process is writing this journal";
  for (auto mode : {JournalOptions::Mode::New, JournalOptions::Mode::Resume}) {
    pid_t child = ::fork();
    if (child == 0) {
      JournalOptions options = journalOptions(path);
      options.mode = mode;
      ::_exit(openError(options, problem) == expected ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  ASSERT_TRUE(journal->close().ok());
  EXPECT_EQ(openError(resuming(path), problem), "");
}

static std::vector<const Trial *> pointersTo(llvm::ArrayRef<Trial> trials) {
  std::vector<const Trial *> pointers;
  for (const Trial &trial : trials)
    pointers.push_back(&trial);
  return pointers;
}

TEST_F(JournalTest, ANewSearchKeepsAnUnfinishedOne) {
  Problem problem = conditionalProblem();
  std::vector<Trial> trials = makeTrials(problem, 4, 1);
  JournalOptions options = journalOptions(path);
  auto journal = open(options, problem);
  ASSERT_TRUE(journal && journal->started(trials).ok() &&
              journal->finished(pointersTo(trials)).ok());
  journal.reset();
  std::string unfinished = contents(path);
  journal = open(options, problem);
  ASSERT_TRUE(journal);
  ASSERT_EQ(journal->warnings().size(), 1u);
  EXPECT_EQ(journal->warnings()[0],
            "'" + path +
                "' was the journal of a search that did not come to "
                "its end; it is now '" +
                path + ".bak'");
  EXPECT_EQ(contents(path + ".bak"), unfinished);
  EXPECT_TRUE(journal->takeResumed().empty());
  // One that came to its end stays, too, beside the first.
  ASSERT_TRUE(journal->started(trials).ok() &&
              journal->finished(pointersTo(trials)).ok() &&
              journal->close("trials").ok());
  std::string finished = contents(path);
  journal = open(options, problem);
  ASSERT_TRUE(journal);
  ASSERT_EQ(journal->warnings().size(), 1u);
  EXPECT_EQ(journal->warnings()[0], "'" + path +
                                        "' was the journal of an earlier "
                                        "search; it is now '" +
                                        path + ".bak2'");
  EXPECT_EQ(contents(path + ".bak"), unfinished);
  EXPECT_EQ(contents(path + ".bak2"), finished);
  // One without trials is nothing to keep; what is no journal of ours is.
  journal.reset();
  journal = open(options, problem);
  ASSERT_TRUE(journal);
  EXPECT_TRUE(journal->warnings().empty());
  journal.reset();
  write(path, "my notes\n");
  journal = open(options, problem);
  ASSERT_TRUE(journal);
  EXPECT_EQ(contents(path + ".bak3"), "my notes\n");
}

TEST_F(JournalTest, TheNewestFiveEarlierJournalsStay) {
  Problem problem = conditionalProblem();
  JournalOptions options = journalOptions(path);
  // Neither of these is one of ours.
  for (const char *name : {".bak1", ".bak02", ".bak7x"})
    write(path + name, "mine\n");
  auto replaced = [&](int n) {
    write(path, "study " + std::to_string(n) + "\n");
    auto journal = open(options, problem);
    EXPECT_TRUE(journal && journal->warnings().size() == 1u);
    return journal ? journal->warnings().front() : std::string();
  };
  auto nameOf = [&](int n) {
    return path + ".bak" + (n == 1 ? "" : std::to_string(n));
  };
  for (int n = 1; n <= 12; ++n) {
    std::string warning = replaced(n);
    EXPECT_NE(warning.find("it is now '" + nameOf(n) + "'"), std::string::npos)
        << warning;
    EXPECT_EQ(contents(nameOf(n)), "study " + std::to_string(n) + "\n");
    std::string removed =
        "; '" + nameOf(n - 5) + "' is removed, for the newest 5 are kept";
    EXPECT_EQ(llvm::StringRef(warning).ends_with(removed), n > 5) << warning;
    for (int k = 1; k <= n; ++k)
      EXPECT_EQ(llvm::sys::fs::exists(nameOf(k)), k > n - 5) << n << " " << k;
  }
  for (const char *name : {".bak1", ".bak02", ".bak7x"})
    EXPECT_EQ(contents(path + name), "mine\n");
  // More of them, as an earlier release left them, go at once; a folder stays.
  for (int n = 1; n <= 3; ++n)
    write(nameOf(n), "old\n");
  ASSERT_FALSE(llvm::sys::fs::create_directory(nameOf(4)));
  EXPECT_TRUE(llvm::StringRef(replaced(13))
                  .ends_with("; '" + nameOf(1) + "', '" + nameOf(2) + "', '" +
                             nameOf(3) + "', '" + nameOf(8) +
                             "' are removed, for the newest 5 are kept"));
  EXPECT_TRUE(llvm::sys::fs::is_directory(nameOf(4)));
}

TEST_F(JournalTest, ALongerSearchGoesOnFromAFinishedOne) {
  Problem problem = conditionalProblem();
  std::string journal = runJournalled(problem, "random", 10, path);
  StudyResult longer =
      resumeAt(problem, "random", 30, path, journal, journal.size());
  expectSame(longer.trials, runWhole(problem, "random", 30).trials,
             /*times=*/false);
}

TEST_F(JournalTest, NothingToResumeStartsAnew) {
  Problem problem = conditionalProblem();
  std::string deep = (folder + "/a/b/study.journal").str();
  auto journal = open(resuming(deep), problem);
  ASSERT_TRUE(journal);
  ASSERT_EQ(journal->warnings().size(), 1u);
  EXPECT_EQ(journal->warnings()[0], "nothing to resume: '" + deep +
                                        "' is missing or empty; starting anew");
  // Part of a header.
  journal.reset();
  std::string header = contents(deep);
  write(deep, header.substr(0, header.size() / 2));
  journal = open(resuming(deep), problem);
  ASSERT_TRUE(journal);
  EXPECT_EQ(contents(deep), header);
}

TEST_F(JournalTest, WhatCannotBeWrittenIsSaid) {
  Problem problem = conditionalProblem();
  EXPECT_EQ(openError(journalOptions(folder.str().str()), problem),
            "cannot write '" + folder.str().str() +
                "': expected a file, found a folder");
  EXPECT_EQ(openError(journalOptions("/dev/null"), problem),
            "cannot write '/dev/null': expected a regular file");
  EXPECT_EQ(openError(journalOptions(""), problem),
            "a journal takes the name of a file");
  write(path, "");
  EXPECT_EQ(openError(journalOptions(path + "/x"), problem),
            "cannot write '" + path + "/x': not a directory");
}

TEST_F(JournalTest, AFullDiskEndsTheStudyAndLeavesWholeLines) {
  Problem problem = conditionalProblem();
  pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {10000, 10000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto journal = open(journalOptions(path), problem);
    StudyOptions options = journalled(*journal, "random", 100);
    auto result = runStudy(problem, options);
    std::string expected = "cannot write '" + path + "': file too large";
    ::_exit(!result.ok() && result.status().message() == expected ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(contents(path).back(), '\n');
  auto journal = open(resuming(path), problem);
  ASSERT_TRUE(journal);
  EXPECT_TRUE(journal->warnings().empty());
}

/// No recursion of the depth of what stands there.
TEST_F(JournalTest, DeeplyNestedLines) {
  Problem problem = conditionalProblem();
  ASSERT_TRUE(open(journalOptions(path), problem));
  std::string header = contents(path), deep(2000000, '[');
  write(path, header + deep + "\n{}\n");
  std::string line = std::to_string(llvm::count(header, '\n') + 1);
  EXPECT_EQ(openError(resuming(path), problem),
            path + ":" + line + ": expected a JSON object, found '" +
                deep.substr(0, 40) + "…'");
}

TEST_F(JournalTest, TrialsComeInOrder) {
  Problem problem = conditionalProblem();
  std::vector<Trial> trials = makeTrials(problem, 3, 1);
  auto journal = open(journalOptions(path), problem);
  ASSERT_TRUE(journal);
  EXPECT_EQ(journal->started(trials[1]).message(),
            "'" + path + "': trial 1 was started out of order");
  EXPECT_EQ(journal->finished(&trials[0]).message(),
            "'" + path + "': trial 0 was finished out of order");
}

} // namespace
