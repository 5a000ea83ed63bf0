// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A search without a feasible trial, in words.
#include "NoFront.h"

#include "mase/Search/Console.h"

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

/// No trial was made.
static std::string noTrialText(const SearchSetup &setup,
                               const StudyResult &result) {
  if (result.numRejected == 0)
    return result.stop == StopReason::Interrupted
               ? "interrupted before the first trial came to its end"
               : "the search's time was up before its first trial";
  std::string nearest;
  if (result.nearestRejected)
    nearest = "; the nearest" +
              missText(setup.problem, setup.problem.evaluator->staticMetrics(
                                          *result.nearestRejected));
  return "no configuration keeps the constraints: " +
         std::to_string(result.numRejected) +
         (result.numRejected == 1 ? " was" : " were") +
         " turned down before evaluation, " + constraintsText(setup.problem) +
         nearest;
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
