// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A search without a feasible trial, in words.
#include "NoFront.h"

#include "mase/Data/InputFile.h"
#include "mase/Search/Console.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cmath>

using namespace mlir;
using namespace mase;

std::string mase::filesText(const SearchSetup &setup) {
  return std::string("; ") +
         (setup.options.log ? "log.json, trials.csv and report.html are"
                            : "report.html is") +
         " in '" + setup.outputDir + "'";
}

static std::string constraintsText(const Problem &problem) {
  std::string text;
  for (const Constraint &constraint : problem.constraints)
    text += (text.empty() ? "expected " : " and ") + constraint.text();
  return text;
}

/// ": accuracy 0.52 is 0.18 below its bound and …" of all that `metrics` miss.
static std::string missText(const Problem &problem, ArrayRef<double> metrics) {
  std::string text;
  for (const Constraint &constraint : problem.constraints) {
    size_t m = problem.evaluator->metricIndex(constraint.metric);
    if (m >= metrics.size() || !(constraint.violation(metrics[m]) > 0))
      continue;
    StringRef unit = problem.evaluator->metrics()[m].unit;
    text += (text.empty() ? ": " : " and ") + constraint.metric + " " +
            shownValue(metrics[m], unit) + " is " +
            shownValue(std::abs(metrics[m] - constraint.bound), unit) +
            (constraint.kind == Constraint::Kind::AtMost ? " above its bound"
                                                         : " below its bound");
  }
  return text;
}

/// " (seq_blocks_2/config/weight_width 2, …)": what `point` chooses.
static std::string pointText(const Space &space, const Point &point) {
  std::string text;
  for (auto [k, knob] : llvm::enumerate(space.knobs()))
    if (space.isActive(point, k))
      text += (text.empty() ? " (" : ", ") + knob.name + " " +
              toJson(knob.choices[point[k]]);
  return text.empty() ? text : text + ")";
}

/// `nearest` may be null.
static std::string rejectedText(const SearchSetup &setup,
                                const std::string &turnedDown,
                                const Point *nearest) {
  std::string text = "no configuration keeps the constraints: " + turnedDown +
                     ", " + constraintsText(setup.problem);
  if (nearest)
    text += "; the nearest" + pointText(setup.problem.space, *nearest) +
            missText(setup.problem,
                     setup.problem.evaluator->staticMetrics(*nearest));
  return text;
}

absl::Status mase::checkConstraints(const SearchSetup &setup) {
  const Problem &problem = setup.problem;
  // More than these would take longer than a look at a configuration may.
  constexpr uint64_t kMostPoints = 1 << 14;
  if (problem.constraints.empty() || !problem.space.isIndexable() ||
      problem.space.size() > kMostPoints)
    return absl::OkStatus();
  double least = HUGE_VAL;
  Point nearest;
  uint64_t size = uint64_t(problem.space.size());
  for (uint64_t i = 0; i < size; ++i) {
    Point point = problem.space.pointAt(i);
    std::vector<double> metrics = problem.evaluator->staticMetrics(point);
    double violation = 0;
    for (const Constraint &constraint : problem.constraints)
      if (size_t m = problem.evaluator->metricIndex(constraint.metric);
          m < metrics.size())
        violation += constraint.violation(metrics[m]);
    if (violation == 0)
      return absl::OkStatus();
    if (violation < least) {
      least = violation;
      nearest = std::move(point);
    }
  }
  return errorAt(
      setup.config.strategy.constraints.front().location,
      rejectedText(setup, "all " + std::to_string(size) + " points break one",
                   &nearest));
}

absl::Status mase::checkOutputDir(const SearchSetup &setup) {
  namespace fs = llvm::sys::fs;
  StringRef folder = setup.outputDir;
  while (!folder.empty() && !fs::exists(folder))
    folder = llvm::sys::path::parent_path(folder);
  if (folder.empty())
    folder = ".";
  std::error_code code;
  if (!fs::is_directory(folder))
    code = std::make_error_code(std::errc::not_a_directory);
  else
    code = fs::access(folder, fs::AccessMode::Write);
  if (!code)
    return absl::OkStatus();
  return absl::InvalidArgumentError("cannot create folder '" + setup.outputDir +
                                    "': '" + folder.str() +
                                    "': " + describeError(code));
}

/// No trial was made.
static std::string noTrialText(const SearchSetup &setup,
                               const StudyResult &result) {
  if (result.numRejected == 0)
    return result.stop == StopReason::Interrupted
               ? "interrupted before the first trial came to its end"
               : "the search's time was up before its first trial";
  return rejectedText(setup,
                      std::to_string(result.numRejected) +
                          (result.numRejected == 1 ? " was" : " were") +
                          " turned down before evaluation",
                      result.nearestRejected ? &*result.nearestRejected
                                             : nullptr);
}

std::string mase::noFrontText(const SearchSetup &setup,
                              const StudyResult &result) {
  std::string files = filesText(setup);
  if (result.trials.empty())
    return noTrialText(setup, result) + files;
  const Trial *nearest = nullptr;
  for (const Trial &trial : result.trials)
    if (trial.state == TrialState::Complete &&
        (!nearest || trial.violation < nearest->violation))
      nearest = &trial;
  std::string count = std::to_string(result.trials.size());
  if (!nearest)
    return "no trial of " + count + " succeeded; the first failed because: " +
           result.trials.front().reason + files;
  return "none of " + count +
         (result.trials.size() == 1 ? " trial" : " trials") +
         " keeps the constraints: " + constraintsText(setup.problem) +
         "; nearest is trial " + std::to_string(nearest->number) +
         missText(setup.problem, nearest->metrics) + files;
}
