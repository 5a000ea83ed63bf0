// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From metrics to values, violations and losses.
#ifndef MASE_LIB_SEARCH_SCORING_H
#define MASE_LIB_SEARCH_SCORING_H

#include "mase/Search/Study.h"

namespace mase {

/// What a problem's objectives and constraints make of metrics.
class Scoring {
public:
  explicit Scoring(const Problem &problem);

  /// Sets a complete trial's values and violation; one that misses a metric
  /// that is needed has failed.
  void score(Trial &trial) const;

  /// The sum of the constraints' violations; those whose metric is not there
  /// are kept.
  double violation(llvm::ArrayRef<double> metrics) const;

  /// What metrics that may be missing, or NaN, say of a point.
  Foreknowledge foreknowledge(llvm::ArrayRef<double> metrics) const;

  /// Constraint::excess for each constraint; empty where one of their metrics
  /// was not measured.
  std::vector<double> constraintValues(llvm::ArrayRef<double> metrics) const;

  /// See IsHopeless; `front` holds the losses of the front. Bounds are scaled
  /// and added up as metrics are, and rounding keeps their order, so that no
  /// trial is given up wrongly.
  bool isHopeless(llvm::ArrayRef<double> low, llvm::ArrayRef<double> high,
                  llvm::ArrayRef<Losses> front) const;

private:
  const Problem &problem;
  /// Positions of their metrics among the evaluator's.
  std::vector<size_t> objectiveMetric, constraintMetric;
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SCORING_H
