// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The search's view of the evaluator: points in, metrics out.
#ifndef MASE_LIB_TUNING_NETWORKEVALUATOR_H
#define MASE_LIB_TUNING_NETWORKEVALUATOR_H

#include "NetworkMetrics.h"
#include "PrecisionSpace.h"

#include "mase/Calibrate/TrialCalibrator.h"
#include "mase/Data/Dataset.h"
#include "mase/Evaluate/Evaluator.h"
#include "mase/Evaluate/FromIR.h"
#include "mase/Search/Problem.h"

#include <atomic>

namespace mase {

/// What a point's precisions cost, by analysis alone.
class CostEvaluator : public TrialEvaluator {
public:
  /// `space`, of layers of `function`, must outlive it. `compareTo` is MASE's
  /// `compare_to`: the bits a weight that memory_density is relative to.
  CostEvaluator(const PrecisionSpace &space, mlir::func::FuncOp function,
                double compareTo);

  llvm::ArrayRef<MetricInfo> metrics() const override { return list.infos(); }
  std::vector<double> staticMetrics(const Point &point) const override;
  double expectedSeconds() const override { return 1e-7; }
  void evaluateBatch(const EvaluationContext &context,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override;

  /// What is known of `point` without an evaluation.
  Measured measure(const Point &point) const;
  /// Why `point` cannot be evaluated; ok where it can.
  absl::Status checkLegal(const Point &point) const;

private:
  const PrecisionSpace &space;
  Cost fixed; ///< of the layers that cannot be quantised
  std::optional<Activations> activations;
  /// For each of its layers the one of the space, -1 for those that have no
  /// formats.
  std::vector<int> activationLayers;
  double compareTo;
  MetricList list;
};

/// What trials are calibrated with.
struct CalibrationSource {
  absl::Span<const float> x; ///< [samples, features]
  int64_t maxBytes = 0;      ///< TrialCalibrator::Options
};

/// Accuracy and loss on a dataset, and the costs.
class NetworkEvaluator : public TrialEvaluator {
public:
  /// As for CostEvaluator; `network` is the function's. `target` are its
  /// probabilities in binary32, or empty. Of data without labels the metrics
  /// that take some are left out. With a `calibration` each trial's formats
  /// and weights are chosen by it, and `target` is not looked at.
  static absl::StatusOr<std::shared_ptr<NetworkEvaluator>>
  create(const PrecisionSpace &space, mlir::func::FuncOp function,
         NetworkFromIR network, const Dataset &dataset,
         absl::Span<const float> target, double compareTo,
         std::optional<CalibrationSource> calibration = std::nullopt);

  llvm::ArrayRef<MetricInfo> metrics() const override { return list.infos(); }
  std::vector<double> staticMetrics(const Point &point) const override;
  double expectedSeconds() const override { return seconds; }
  /// Those of two seconds, if nothing were shared.
  size_t sharedBatch() const override {
    constexpr size_t kMost = 1 << 17;
    return calibrator ? kMost : size_t(std::min(2 / seconds, double(kMost)));
  }
  void evaluateBatch(const EvaluationContext &context,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override;

  /// Whether trials are calibrated.
  bool calibrates() const { return bool(calibrator); }
  /// The network that was measured at `point`, if so.
  Calibration calibrated(const Point &point) const {
    return calibrator->calibrated(assignmentOf(point));
  }

  /// The share of all trials' samples that were evaluated; 1 without early
  /// stopping.
  double evaluatedShare() const {
    return samplesWanted ? double(samplesSeen) / double(samplesWanted) : 1;
  }

private:
  Assignment assignmentOf(const Point &point) const;
  void evaluateUnlessHopeless(IsHopeless isHopeless,
                              llvm::ArrayRef<TrialRequest> trials,
                              llvm::ArrayRef<Assignment> assignments,
                              llvm::ArrayRef<size_t> evaluated,
                              llvm::MutableArrayRef<TrialResult> results);
  NetworkEvaluator(const PrecisionSpace &space, mlir::func::FuncOp function,
                   MetricList list, double compareTo);

  MetricList list; ///< of results, then costs
  const PrecisionSpace &space;
  CostEvaluator costs;
  std::unique_ptr<Evaluator> evaluator; ///< or:
  std::unique_ptr<TrialCalibrator> calibrator;
  /// For each layer of the space its step, -1 for one that the output does not
  /// depend on.
  std::vector<int> stepOf;
  /// For each layer and choice what its parameters take before calibration.
  std::vector<std::vector<ParameterBits>> openBits;
  size_t numSteps = 0;
  int64_t samples = 0;
  double seconds = 0;
  std::atomic<uint64_t> samplesSeen{0}, samplesWanted{0};
};

} // namespace mase

#endif // MASE_LIB_TUNING_NETWORKEVALUATOR_H
