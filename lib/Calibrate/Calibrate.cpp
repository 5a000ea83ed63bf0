// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The order of calibration: layer by layer, then the scales of data again.
#include "mase/Calibrate/Calibrate.h"

#include "Calibrator.h"

#include "absl/strings/str_cat.h"

namespace mase {
namespace {

/// A network under calibration: its steps so far, and the scales moved.
class Calibrating {
public:
  Calibrating(const Calibrator &calibrator,
              absl::Span<const OpenPrecision> precisions)
      : calibrator(calibrator), precisions(precisions),
        moves(precisions.size()) {
    redoFrom(0, steps);
    loss = calibrator.loss(steps);
  }

  /// Tries every open scale of data halved and doubled.
  void moveScales() {
    for (size_t k = 0; k < precisions.size(); ++k)
      for (OperandRole role : {OperandRole::DataIn, OperandRole::DataOut}) {
        if (!std::holds_alternative<OpenFormat>(precisions[k][role]))
          continue;
        int &moved =
            role == OperandRole::DataIn ? moves[k].dataIn : moves[k].dataOut;
        int before = moved;
        for (int by : {1, -1}) {
          int kept = moved;
          moved = before + by;
          RoundedSteps trial = steps;
          redoFrom(k, trial);
          double changed = calibrator.loss(trial);
          if (changed < loss) {
            steps = std::move(trial);
            loss = changed;
          } else {
            moved = kept;
          }
        }
      }
  }

  const Calibrator &calibrator;
  absl::Span<const OpenPrecision> precisions;
  std::vector<Moves> moves;
  RoundedSteps steps;
  double loss = 0;

private:
  void redoFrom(size_t first, RoundedSteps &result) const {
    result.resize(first);
    for (size_t k = first; k < precisions.size(); ++k)
      result.push_back(calibrator.round(k, result, precisions[k], moves[k]));
  }
};

} // namespace

absl::StatusOr<Calibration>
calibrate(const Network &network, absl::Span<const OpenPrecision> precisions,
          absl::Span<const float> x, const CalibrationOptions &options) {
  if (absl::Status status = checkCalibration(network, precisions, options);
      !status.ok())
    return status;
  absl::StatusOr<std::vector<float>> finite = finiteSamples(network, x);
  if (!finite.ok())
    return finite.status();
  Calibrator calibrator(network, *finite, options);
  Calibrating state(calibrator, precisions);
  for (int pass = 0; pass < options.exponentPasses; ++pass)
    state.moveScales();

  Calibration result;
  if (size_t left = (x.size() - finite->size()) / size_t(network.inFeatures))
    result.warnings.push_back(absl::StrCat(
        left, " of ", x.size() / size_t(network.inFeatures),
        " calibration samples hold NaN or infinity and are left out"));
  result.network = network;
  result.lossToFloat = state.loss;
  result.leastLoss = calibrator.targets().entropy();
  for (size_t k = 0; k < network.steps.size(); ++k) {
    result.network.steps[k] = state.steps[k]->step;
    result.precisions.push_back(state.steps[k]->precision);
    result.layers.push_back(calibrator.report(k, state.steps, result.warnings));
    result.layers.back().movedDataIn = state.moves[k].dataIn;
    result.layers.back().movedDataOut = state.moves[k].dataOut;
  }
  return result;
}

} // namespace mase
