// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Checking a problem before a search and its answer after it.
#include "mase/Search/Problem.h"

#include "mase/Search/Report/Report.h"
#include "mase/Search/Study.h"
#include "mase/Support/NearestNames.h"

#include <cmath>
#include <cstring>

using namespace mase;

TrialEvaluator::~TrialEvaluator() = default;

TrialResult TrialEvaluator::evaluateFromScratch(const TrialRequest &trial) {
  TrialResult result;
  evaluateBatch({}, trial, result);
  return result;
}

size_t TrialEvaluator::metricIndex(llvm::StringRef name) const {
  llvm::ArrayRef<MetricInfo> infos = metrics();
  return size_t(
      llvm::find_if(infos,
                    [&](const MetricInfo &m) { return m.name == name; }) -
      infos.begin());
}

std::vector<double> TrialEvaluator::staticMetrics(const Point &) const {
  return {};
}

double Constraint::excess(double value) const {
  double beyond = kind == Kind::AtMost ? value - bound : bound - value;
  return beyond / std::max(1.0, std::abs(bound));
}

double Constraint::violation(double value) const {
  double beyond = excess(value);
  return beyond > 0 ? beyond : 0;
}

std::string Constraint::text() const {
  return metric + (kind == Kind::AtMost ? " <= " : " >= ") + pythonFloat(bound);
}

absl::Status Problem::checkMetric(llvm::StringRef wanted) const {
  std::vector<std::string> names;
  for (const MetricInfo &metric : evaluator->metrics())
    names.push_back(metric.name);
  if (llvm::is_contained(names, wanted))
    return absl::OkStatus();
  return absl::InvalidArgumentError("unknown metric '" + wanted.str() + "'" +
                                    nearestNamesText(wanted, names));
}

absl::Status Problem::check() const {
  if (!evaluator)
    return absl::InvalidArgumentError("the problem has no evaluator");
  if (space.numKnobs() == 0)
    return absl::InvalidArgumentError(
        "the search space is empty: there is nothing to choose");
  if (objectives.empty())
    return absl::InvalidArgumentError(
        "nothing to search for: expected at least one metric, found none");
  for (size_t i = 0; i < objectives.size(); ++i) {
    const Objective &objective = objectives[i];
    if (!std::isfinite(objective.scale) || objective.scale == 0)
      return absl::InvalidArgumentError(
          "metric '" + objective.name +
          "': expected a finite scale other than 0, found " +
          pythonFloat(objective.scale));
    for (size_t j = 0; j < i; ++j)
      if (objectives[j].name == objective.name)
        return absl::InvalidArgumentError("metric '" + objective.name +
                                          "' is given twice");
    if (absl::Status status = checkMetric(objective.name); !status.ok())
      return status;
  }
  for (const Constraint &constraint : constraints) {
    if (std::isnan(constraint.bound))
      return absl::InvalidArgumentError("constraint on metric '" +
                                        constraint.metric +
                                        "': expected a number, found nan");
    if (absl::Status status = checkMetric(constraint.metric); !status.ok())
      return status;
  }
  return absl::OkStatus();
}

/// Equal bits, or both not measured.
static bool sameMetric(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::memcmp(&a, &b, sizeof(a)) == 0;
}

absl::Status Problem::verify(llvm::ArrayRef<Trial> trials) const {
  if (!evaluator->isRepeatable())
    return absl::OkStatus();
  for (const Trial &trial : trials) {
    TrialResult again =
        evaluator->evaluateFromScratch({trial.number, &trial.point});
    std::string prefix =
        "verifying trial " + std::to_string(trial.number) + ": ";
    if (again.state != trial.state)
      return absl::InternalError(
          prefix + "it ended otherwise when it was evaluated again" +
          (again.reason.empty() ? "" : " (" + again.reason + ")"));
    llvm::ArrayRef<MetricInfo> metrics = evaluator->metrics();
    for (size_t i = 0; i < metrics.size(); ++i) {
      double first = i < trial.metrics.size() ? trial.metrics[i] : std::nan("");
      double second =
          i < again.metrics.size() ? again.metrics[i] : std::nan("");
      if (!metrics[i].isTiming && !sameMetric(first, second))
        return absl::InternalError(prefix + "metric '" + metrics[i].name +
                                   "' is " + pythonFloat(first) +
                                   " in the search but " + pythonFloat(second) +
                                   " when evaluated again");
    }
  }
  return absl::OkStatus();
}
