// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scaling, adding up, comparing with bounds.
#include "Scoring.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace mase;

Losses mase::lossesOf(const Problem &problem, llvm::ArrayRef<double> values) {
  Losses losses;
  for (size_t i = 0; i < values.size(); ++i) {
    double loss =
        problem.direction(i) == Direction::Maximize ? -values[i] : values[i];
    // Volumes of infinite boxes mean nothing.
    losses.push_back(std::clamp(loss, -1e300, 1e300));
  }
  return losses;
}

Scoring::Scoring(const Problem &problem) : problem(problem) {
  for (const Objective &objective : problem.objectives)
    objectiveMetric.push_back(problem.evaluator->metricIndex(objective.name));
  for (const Constraint &constraint : problem.constraints)
    constraintMetric.push_back(
        problem.evaluator->metricIndex(constraint.metric));
}

double Scoring::violation(llvm::ArrayRef<double> metrics) const {
  double sum = 0;
  for (size_t i = 0; i < constraintMetric.size(); ++i)
    if (size_t m = constraintMetric[i]; m < metrics.size())
      sum += problem.constraints[i].violation(metrics[m]);
  return sum;
}

std::vector<double>
Scoring::constraintValues(llvm::ArrayRef<double> metrics) const {
  std::vector<double> values;
  for (auto [constraint, m] :
       llvm::zip_equal(problem.constraints, constraintMetric)) {
    if (m >= metrics.size() || std::isnan(metrics[m]))
      return {};
    values.push_back(constraint.excess(metrics[m]));
  }
  return values;
}

Foreknowledge Scoring::foreknowledge(llvm::ArrayRef<double> metrics) const {
  std::vector<double> values;
  for (auto [objective, m] :
       llvm::zip_equal(problem.objectives, objectiveMetric))
    values.push_back(m < metrics.size() ? objective.scale * metrics[m]
                                        : std::nan(""));
  if (problem.sumScaledMetrics)
    values = {std::accumulate(values.begin(), values.end(), 0.0)};
  Foreknowledge known{lossesOf(problem, values), {}};
  for (auto [constraint, m] :
       llvm::zip_equal(problem.constraints, constraintMetric))
    known.excess.push_back(m < metrics.size() ? constraint.excess(metrics[m])
                                              : std::nan(""));
  return known;
}

bool Scoring::isHopeless(llvm::ArrayRef<double> low,
                         llvm::ArrayRef<double> high,
                         llvm::ArrayRef<Losses> front) const {
  for (size_t i = 0; i < constraintMetric.size(); ++i) {
    const Constraint &constraint = problem.constraints[i];
    bool atMost = constraint.kind == Constraint::Kind::AtMost;
    if (constraint.violation((atMost ? low : high)[constraintMetric[i]]) > 0)
      return true;
  }
  std::vector<double> values;
  for (size_t i = 0; i < objectiveMetric.size(); ++i) {
    double scale = problem.objectives[i].scale;
    Direction direction = problem.sumScaledMetrics
                              ? problem.sumDirection
                              : problem.objectives[i].direction;
    bool wantsHigh = (direction == Direction::Maximize) == (scale > 0);
    values.push_back(scale * (wantsHigh ? high : low)[objectiveMetric[i]]);
  }
  if (problem.sumScaledMetrics) {
    double sum = 0;
    for (double value : values)
      sum += value;
    values = {sum};
  }
  if (llvm::any_of(values, [](double v) { return std::isnan(v); }))
    return false;
  Losses best = lossesOf(problem, values);
  return llvm::any_of(front, [&](const Losses &member) {
    return member == best || dominates(member, best);
  });
}

static void fail(Trial &trial, std::string reason) {
  trial.state = TrialState::Fail;
  trial.reason = std::move(reason);
  trial.values.clear();
}

void Scoring::score(Trial &trial) const {
  trial.values.clear();
  if (trial.state != TrialState::Complete) {
    if (trial.reason.empty())
      trial.reason = "no reason given";
    return;
  }
  auto isMissing = [&](size_t m) {
    return m >= trial.metrics.size() || std::isnan(trial.metrics[m]);
  };
  for (size_t i = 0; i < objectiveMetric.size(); ++i) {
    size_t m = objectiveMetric[i];
    if (isMissing(m))
      return fail(trial, "metric '" + problem.objectives[i].name +
                             "' is missing or not a number");
    trial.values.push_back(problem.objectives[i].scale * trial.metrics[m]);
  }
  for (size_t i = 0; i < constraintMetric.size(); ++i)
    if (isMissing(constraintMetric[i]))
      return fail(trial, "metric '" + problem.constraints[i].metric +
                             "' is missing or not a number, but a "
                             "constraint needs it");
  trial.violation = violation(trial.metrics);
  if (problem.sumScaledMetrics) {
    double sum = 0;
    for (double value : trial.values)
      sum += value;
    trial.values = {sum};
    if (std::isnan(sum))
      fail(trial, "the sum of the scaled metrics is not a number");
  }
}

void mase::score(const Problem &problem, Trial &trial) {
  Scoring(problem).score(trial);
}
