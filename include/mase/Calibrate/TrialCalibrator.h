// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Many precisions of one network, each calibrated for itself and measured.
// Trials are visited in lexicographic order of formats along the network, so
// that what trials have in common is computed once: a layer's inputs and their
// covariance depend on the formats before it and on that of its input alone.
#ifndef MASE_CALIBRATE_TRIALCALIBRATOR_H
#define MASE_CALIBRATE_TRIALCALIBRATOR_H

#include "mase/Calibrate/Calibrate.h"
#include "mase/Evaluate/Evaluator.h"
#include "mase/Metrics/Metrics.h"

#include <memory>
#include <optional>
#include <vector>

namespace mase {

/// The bits that a step's weight and bias take when packed
/// (NumberFormat::Model::packedBits): 32 a number in binary32, 0 where there
/// are none.
struct ParameterBits {
  int64_t weight = 0, bias = 0;
  bool operator==(const ParameterBits &) const = default;
};
ParameterBits parameterBitsOf(const Step &step,
                              const LayerPrecision &precision);

class TrialCalibrator {
public:
  struct Options {
    /// For each step of the network, the precisions it may take, some of it
    /// open; empty: the step is always computed in binary32.
    std::vector<std::vector<LayerPrecision>> choices;
    /// An open scale of data is chosen once for each step and choice of its
    /// format, all other steps at their widest: `exponentPasses` is how often
    /// it is halved and doubled then.
    CalibrationOptions calibration;
    /// What evaluations may hold in memory: fewer run at a time where each
    /// takes much. One always runs.
    int64_t maxBytes = int64_t(1) << 30;
  };

  struct Result {
    /// On the evaluation samples; none without labels.
    std::optional<Metrics> metrics;
    /// Mean cross-entropy against the float network's probabilities on the
    /// evaluation samples.
    double lossToFloat = 0;
    /// Effective bit operations of the Linears: for each weight whose code is
    /// not 0 the bits from its magnitude's highest set bit to the lowest, times
    /// the bits of its input; 32 bits for what is in binary32.
    int64_t effectiveBitOperations = 0;
    std::vector<ParameterBits> parameterBits; ///< of each step
  };

  /// Calibrates on `x`, [samples, network.inFeatures]; measures on
  /// `evaluation`, as many features, with `labels` (one a sample, or none at
  /// all). Errors: those of `calibrate` for each choice, and of
  /// Evaluator::create for samples and labels.
  static absl::StatusOr<std::unique_ptr<TrialCalibrator>>
  create(Network network, Options options, absl::Span<const float> x,
         absl::Span<const float> evaluation, absl::Span<const int32_t> labels);

  /// Of each assignment (indices into Options::choices, 0 where there are
  /// none), in the order given; any subset, any order, repeats allowed. Results
  /// depend on the trial alone, not on the batch or on `jobs`. Thread safe.
  virtual std::vector<Result> evaluate(absl::Span<const Assignment> trials,
                                       int jobs = 1) const = 0;

  /// The network that `evaluate` measures.
  virtual Calibration calibrated(const Assignment &trial) const = 0;

  virtual ~TrialCalibrator();
};

} // namespace mase

#endif // MASE_CALIBRATE_TRIALCALIBRATOR_H
