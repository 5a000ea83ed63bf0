// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes the reports of several studies, for a browser to look at:
//
//   mase-sample-reports -o FOLDER
//
// makes FOLDER/<name>/report.html and front.svg of each study below.
#include "TestProblems.h"

#include "mase/Search/Report/Report.h"
#include "mase/Support/AtomicFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mase;
using namespace mase::test;

namespace {

/// Markup, script and quotes wherever a name may come from.
constexpr const char *kHostile =
    "</script><img src=x onerror=\"document.title='owned'\">\\u003c'@run@&amp;"
    "\xff<!--";

struct Sample {
  std::string name, title;
  Problem problem;
  StudyResult result;
};

StudyResult search(const Problem &problem, const char *sampler,
                   uint64_t trials) {
  StudyOptions options;
  options.sampler = sampler;
  options.seed = 3;
  options.numTrials = trials;
  absl::StatusOr<StudyResult> result = runStudy(problem, options);
  if (!result.ok()) {
    llvm::errs() << std::string(result.status().message()) << "\n";
    std::exit(1);
  }
  return *std::move(result);
}

/// A metric that trades against both others.
class ThreeMetrics : public MpqEvaluator {
public:
  using MpqEvaluator::MpqEvaluator;
  void evaluateBatch(const EvaluationContext &context,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override {
    MpqEvaluator::evaluateBatch(context, trials, results);
    for (size_t i = 0; i < trials.size(); ++i) {
      double steps = 0;
      for (size_t k = 0; k < trials[i].point->size(); ++k)
        steps += (k % 3 == 0 ? 5.0 : 1.0) * (*trials[i].point)[k];
      results[i].metrics[0] = 40 + 3 * steps;
    }
  }
};

/// Every tenth trial fails, every fifteenth is dropped; what is left has a
/// metric that nobody declared.
void spoil(StudyResult &result, const std::string &reason) {
  for (Trial &trial : result.trials) {
    if (llvm::is_contained(result.front, trial.number)) {
      trial.extraMetrics = {{"registers", 24 + double(trial.number % 9)}};
      continue;
    }
    if (trial.number % 10 == 3)
      trial.state = TrialState::Fail;
    else if (trial.number % 15 == 7)
      trial.state = TrialState::Pruned;
    else
      continue;
    trial.values.clear();
    trial.metrics.clear();
    trial.reason = trial.state == TrialState::Fail
                       ? reason
                       : "cannot reach the front any more";
  }
}

std::vector<Sample> samples() {
  std::vector<Sample> all;
  auto add = [&](const char *name, Problem problem, const char *sampler,
                 uint64_t trials) -> Sample & {
    StudyResult result;
    if (trials)
      result = search(problem, sampler, trials);
    all.push_back({name, "three layers", std::move(problem), result});
    return all.back();
  };
  add("plain", mpqProblem(), "random", 300);
  add("all", mpqProblem(), "brute", 5832);
  add("layers", mpqProblem(Mpq::random(5, 12)), "nsgaii", 2000);
  add("big", mpqProblem(Mpq::random(6, 5)), "random", 60000);
  add("empty", mpqProblem(), "tpe", 0);

  Problem single = mpqProblem();
  single.objectives.resize(1);
  add("single", single, "tpe", 120);
  Problem sum = mpqProblem();
  sum.sumScaledMetrics = true;
  sum.objectives[1].scale = -0.05;
  add("sum", sum, "random", 200);

  Sample &paths = add("paths", mpqProblem(), "random", 300);
  shrinkFront(paths.problem, paths.result);

  // The largest numbers that there are.
  Sample &huge = add("huge", mpqProblem(), "random", 60);
  huge.result.trials[3].metrics = {1, -1.79e308, 1.79e308, 1};
  huge.result.trials[4].metrics = {1, 1.79e308, -1.79e308, 1};
  huge.result.front = {3, 4};

  Problem three = mpqProblem();
  three.evaluator = std::make_shared<ThreeMetrics>(Mpq());
  three.objectives.push_back({"loss", 1.0, Direction::Minimize});
  add("three", three, "random", 500);

  Problem bounded = mpqProblem();
  bounded.constraints = {{"accuracy", Constraint::Kind::AtLeast, 0.45}};
  spoil(add("failures", bounded, "random", 400).result,
        "the program exited with code 1");

  // Names that would break out of wherever they are put.
  Problem hostile = mpqProblem();
  std::vector<Knob> knobs(hostile.space.knobs().begin(),
                          hostile.space.knobs().end());
  for (Knob &knob : knobs) {
    knob.name = kHostile + knob.name;
    knob.choices[0] = std::string(kHostile);
  }
  hostile.space = *Space::create(knobs);
  Sample &last = add("hostile", hostile, "random", 200);
  spoil(last.result, kHostile);
  for (Trial &trial : last.result.trials)
    for (auto &[name, value] : trial.extraMetrics)
      name = kHostile;
  last.title = kHostile;
  last.result.samplerNote = kHostile;
  return all;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3 || llvm::StringRef(argv[1]) != "-o") {
    llvm::errs() << "usage: mase-sample-reports -o FOLDER\n";
    return 1;
  }
  for (const Sample &sample : samples()) {
    SampledConfig config(sample.problem.space);
    ReportInput input{&sample.problem, &sample.result, &config, {}};
    input.title = sample.title;
    input.facts = {{"Seed", "3"}};
    if (sample.name == "all") {
      input.baseline = {0.13, 0.87, 32, 1};
      input.baselineErrors = {NAN, 0.004, NAN, NAN};
    }
    input.runFacts = {{"Jobs", "1"}};
    input.reproduceCommand = [&](const Trial &trial) {
      return "mase-opt net.mlir --mase-quantize=by-name=trial_" +
             std::to_string(trial.number) + " -o quantized.mlir # " +
             sample.title;
    };
    std::string folder = std::string(argv[2]) + "/" + sample.name;
    absl::Status status = writeFile(folder + "/front.svg", frontSvg(input),
                                    {.createDirectories = true});
    if (status.ok())
      status = writeFile(folder + "/report.html", reportHtml(input));
    if (!status.ok()) {
      llvm::errs() << std::string(status.message()) << "\n";
      return 1;
    }
  }
  return 0;
}
