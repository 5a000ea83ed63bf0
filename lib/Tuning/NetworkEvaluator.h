// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The search's view of the evaluator: points in, metrics out.
#ifndef MASE_LIB_TUNING_NETWORKEVALUATOR_H
#define MASE_LIB_TUNING_NETWORKEVALUATOR_H

#include "PrecisionSpace.h"

#include "mase/Evaluate/Evaluator.h"
#include "mase/Evaluate/FromIR.h"
#include "mase/Search/Problem.h"

#include <atomic>

namespace mase {

/// What is measured of a network's results on data: the software metrics. Those
/// of a binary classifier have `auc` behind the others.
llvm::ArrayRef<MetricInfo> softwareMetrics(bool isBinary);
/// Their values, in that order; NaN for what the data does not determine.
std::vector<double> softwareValues(const Metrics &metrics, bool isBinary);
/// Their standard errors; NaN for a metric that has none.
std::vector<double> softwareErrors(const Metrics &metrics, bool isBinary);
/// What a network's precisions cost: the hardware metrics.
llvm::ArrayRef<MetricInfo> costMetrics();
/// "parameters", which schedules may change.
const MetricInfo &parametersMetric();

/// Appends the metrics from AverageBitwidth on. `compareTo` is MASE's
/// `compare_to`: the bits a weight that memory_density is relative to.
void appendCosts(const NetworkCost &cost, double compareTo,
                 std::vector<double> &metrics);

/// What a point's precisions cost, by analysis alone.
class CostEvaluator : public TrialEvaluator {
public:
  /// `space` must outlive it.
  CostEvaluator(const PrecisionSpace &space, double compareTo);

  llvm::ArrayRef<MetricInfo> metrics() const override;
  std::vector<double> staticMetrics(const Point &point) const override;
  double expectedSeconds() const override { return 1e-7; }
  void evaluateBatch(const EvaluationContext &context,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override;

  /// Appends the metrics of `point`.
  void append(const Point &point, std::vector<double> &metrics) const;
  /// Why `point` cannot be evaluated; null where it can.
  const std::string *illegalReason(const Point &point) const;

private:
  const PrecisionSpace &space;
  Cost fixed; ///< of the layers that cannot be quantised
  std::optional<Activations> activations;
  /// For each of its layers the one of the space, -1 for those that have no
  /// formats.
  std::vector<int> activationLayers;
  double compareTo;
};

/// Accuracy and loss on a dataset, and the costs.
class NetworkEvaluator : public TrialEvaluator {
public:
  /// `space` must outlive the evaluator.
  static absl::StatusOr<std::shared_ptr<NetworkEvaluator>>
  create(const PrecisionSpace &space, NetworkFromIR network,
         absl::Span<const float> x, absl::Span<const int32_t> labels,
         double compareTo);

  llvm::ArrayRef<MetricInfo> metrics() const override { return infos; }
  std::vector<double> staticMetrics(const Point &point) const override;
  double expectedSeconds() const override { return seconds; }
  void evaluateBatch(const EvaluationContext &context,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override;

  /// The share of all trials' samples that were evaluated; 1 without early
  /// stopping.
  double evaluatedShare() const {
    return samplesWanted ? double(samplesSeen) / double(samplesWanted) : 1;
  }

private:
  void evaluateUnlessHopeless(IsHopeless isHopeless,
                              llvm::ArrayRef<TrialRequest> trials,
                              llvm::ArrayRef<Assignment> assignments,
                              llvm::ArrayRef<size_t> evaluated,
                              llvm::MutableArrayRef<TrialResult> results);
  NetworkEvaluator(const PrecisionSpace &space, bool isBinary,
                   double compareTo);

  std::vector<MetricInfo> infos; ///< software, then costs
  bool isBinary;
  const PrecisionSpace &space;
  CostEvaluator costs;
  std::unique_ptr<Evaluator> evaluator;
  /// For each layer of the space its step, -1 for one that the output does not
  /// depend on.
  std::vector<int> stepOf;
  size_t numSteps = 0;
  int64_t samples = 0;
  double seconds = 0;
  std::atomic<uint64_t> samplesSeen{0}, samplesWanted{0};
};

} // namespace mase

#endif // MASE_LIB_TUNING_NETWORKEVALUATOR_H
