// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A float network over calibration samples, and steps of it rounded one after
// the other.
#ifndef MASE_LIB_CALIBRATE_CALIBRATOR_H
#define MASE_LIB_CALIBRATE_CALIBRATOR_H

#include "LeastSquares.h"
#include "StepRunner.h"
#include "mase/Calibrate/Calibrate.h"

#include "absl/status/status.h"

#include <memory>
#include <vector>

namespace mase {

/// A step under a closed precision, with what it gives for all samples. What
/// stands before a change is shared between the networks before and after.
struct RoundedStep {
  Step step;
  LayerPrecision precision;
  Blocks values;
};
using RoundedSteps = std::vector<std::shared_ptr<const RoundedStep>>;

/// How many steps read each value; values are numbered from 1, 0 is the input.
/// The result counts as read.
std::vector<int> countReaders(const Network &network);
/// What the last step gives.
inline const Blocks &resultOf(const RoundedSteps &steps, const Blocks &x) {
  return valueOf(&x, steps, int(steps.size()) - 1);
}
/// The values of a float network; steps and precisions are left empty.
RoundedSteps runFloat(const Network &network, const StepRunner &runner,
                      const Blocks &x);

/// By how many powers of two the scales of data_in and data_out are moved.
struct Moves {
  int dataIn = 0, dataOut = 0;
};

/// Whether the network, what is open in `precisions`, and the options can be
/// calibrated.
absl::Status checkCalibration(const Network &network,
                              absl::Span<const LayerPrecision> precisions,
                              const CalibrationOptions &options);

/// Samples without a value that is not finite.
struct FiniteSamples {
  std::vector<float> x;
  size_t given = 0, leftOut = 0; ///< samples

  /// Puts in front of `warnings` that some were left out.
  void warn(std::vector<std::string> &warnings) const;
};

/// Errors: sizes that disagree, no finite sample.
absl::StatusOr<FiniteSamples> finiteSamples(const Network &network,
                                            absl::Span<const float> x);

/// The same, once `checkCalibration` is passed.
absl::StatusOr<FiniteSamples>
checkedSamples(const Network &network,
               absl::Span<const LayerPrecision> precisions,
               absl::Span<const float> x, const CalibrationOptions &options);

/// The answers of a float network, against which others are judged.
class SoftTargets {
public:
  SoftTargets(const Blocks &values, ClassifierOutput output,
              const CalibrationKernels &kernels,
              Distance distance = Distance::Divergence);
  /// The mean distance of what a network gives.
  double loss(const Blocks &values) const;
  /// The sum of it over the samples of a block, `values` being that block's;
  /// and that of each of the 64 in `each`, unless that is null.
  double blockLoss(const float *values, int64_t block,
                   float *each = nullptr) const;
  /// The least that it can be: the entropy of probabilities.
  double least() const { return leastLoss; }

private:
  void sumLosses(const float *values, int64_t block, int64_t samples,
                 double *sums, float *each) const;

  ClassifierOutput output;
  const CalibrationKernels &kernels;
  Distance distance;
  Blocks targets;             ///< probabilities, or the results themselves
  std::vector<float> weights; ///< SquaredError: of each result
  double leastLoss = 0;
};

class Calibrator {
public:
  /// `x` is [samples, inFeatures], finite. Everything was checked. Networks are
  /// judged by `targets`; null: by the network's own answers.
  Calibrator(const Network &network, absl::Span<const float> x,
             const CalibrationOptions &options,
             std::shared_ptr<const SoftTargets> targets = nullptr);

  const Network &network() const { return net; }
  const SoftTargets &targets() const { return *soft; }
  const std::shared_ptr<const SoftTargets> &sharedTargets() const {
    return soft;
  }
  const Blocks &input() const { return x; }

  /// Rounds step `k`, those before it being rounded: as `choice` says, data
  /// moved by `moves`.
  std::shared_ptr<const RoundedStep> round(size_t k, const RoundedSteps &before,
                                           const LayerPrecision &choice,
                                           Moves moves) const;
  /// A Linear step's parameters, those before it being rounded and `fit` its
  /// fit for the given format of data_in. Its values are for the caller.
  RoundedStep roundParameters(size_t k, const LeastSquares &fit,
                              const std::optional<NumberFormat> &dataIn,
                              const LayerPrecision &choice) const;
  /// The fit of a Linear step with the given format of its input.
  LeastSquares fit(size_t k, const RoundedSteps &before,
                   const std::optional<NumberFormat> &dataIn) const;
  const FloatSums &floatSums(size_t k) const { return *sums[k]; }
  /// The format of data that `choice` leaves open, or gives.
  std::optional<NumberFormat> dataIn(size_t k, const RoundedSteps &before,
                                     const std::optional<NumberFormat> &choice,
                                     int moved) const;
  double loss(const RoundedSteps &steps) const;
  /// Multiplies feature `feature` of what `producer`, an Affine or a Linear,
  /// gives by `factor`, a power of two, and divides the column of `reader`, a
  /// Linear, by it.
  void rescale(size_t producer, size_t reader, int64_t feature, float factor);
  /// What rounding does to step `k`, and what there is to warn of.
  LayerCalibration report(size_t k, const RoundedSteps &steps,
                          std::vector<std::string> &warnings) const;

private:
  Network net;
  const CalibrationOptions &options;
  const CalibrationKernels &kernels;
  StepRunner runner;
  Blocks x;
  std::vector<std::unique_ptr<FloatSums>> sums; ///< of Linear steps
  std::shared_ptr<const SoftTargets> soft;
};

} // namespace mase

#endif // MASE_LIB_CALIBRATE_CALIBRATOR_H
