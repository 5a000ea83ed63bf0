// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A network under calibration: its steps as they are rounded now, and by how
// much scales of data are moved.
#ifndef MASE_LIB_CALIBRATE_CALIBRATING_H
#define MASE_LIB_CALIBRATE_CALIBRATING_H

#include "Calibrator.h"

namespace mase {

class Calibrating {
public:
  /// Rounds every step.
  Calibrating(const Calibrator &calibrator,
              absl::Span<const LayerPrecision> precisions);

  double loss() const { return currentLoss; }
  const LayerPrecision &precision(size_t step) const {
    return steps[step]->precision;
  }
  /// Tries every open scale of data halved and doubled; or that of one step's
  /// data.
  void moveScales();
  void moveScale(size_t step, OperandRole role);
  /// Rounds again from a step on, after what it depends on has changed; keeps
  /// that, and says so, if the loss falls.
  bool tryFrom(size_t step);
  Calibration result() const;

private:
  RoundedSteps roundedFrom(size_t first) const;

  const Calibrator &calibrator;
  absl::Span<const LayerPrecision> precisions;
  std::vector<Moves> moves;
  RoundedSteps steps;
  double currentLoss = 0;
};

} // namespace mase

#endif // MASE_LIB_CALIBRATE_CALIBRATING_H
