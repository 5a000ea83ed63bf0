// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The search's view of the evaluator: points in, metrics out.
#ifndef MASE_LIB_SEARCHPASS_NETWORKEVALUATOR_H
#define MASE_LIB_SEARCHPASS_NETWORKEVALUATOR_H

#include "PrecisionSpace.h"

#include "mase/Evaluate/Evaluator.h"
#include "mase/Evaluate/FromIR.h"
#include "mase/Search/Problem.h"

namespace mase {

/// Metrics of a trial, in this order.
enum class NetworkMetric {
  Loss,
  Accuracy,
  AccuracyMicro,
  AverageBitwidth,
  MemoryDensity,
  AverageBitwidthAll,
  ModelBytes
};

class NetworkEvaluator : public TrialEvaluator {
public:
  /// `space` must outlive the evaluator. `compareTo` is MASE's `compare_to`:
  /// the bits a weight that memory_density is relative to.
  static absl::StatusOr<std::shared_ptr<NetworkEvaluator>>
  create(const PrecisionSpace &space, NetworkFromIR network,
         absl::Span<const float> x, absl::Span<const int32_t> labels,
         double compareTo);

  llvm::ArrayRef<MetricInfo> metrics() const override;
  void evaluateBatch(const EvaluationContext &context,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override;

private:
  NetworkEvaluator() = default;
  /// The hardware metrics into `values`.
  void addCosts(const Point &point, std::vector<double> &values) const;

  const PrecisionSpace *space = nullptr;
  std::unique_ptr<Evaluator> evaluator;
  /// For each layer of the space its step, -1 for one that the output does not
  /// depend on.
  std::vector<int> stepOf;
  size_t numSteps = 0;
  NetworkCost fixedCost; ///< of the layers that cannot be quantised
  double compareTo = 32;
};

} // namespace mase

#endif // MASE_LIB_SEARCHPASS_NETWORKEVALUATOR_H
