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
  /// Rounds every step, open scales of data moved by `moves` if they are given.
  Calibrating(const Calibrator &calibrator,
              absl::Span<const LayerPrecision> precisions,
              std::vector<Moves> moves = {});

  double loss() const { return currentLoss; }
  /// What it would be with another precision of a step.
  double lossWith(size_t step, const LayerPrecision &precision) const;
  /// Takes that precision.
  void set(size_t step, const LayerPrecision &precision);
  const std::vector<Moves> &moved() const { return moves; }
  /// A step's precision as it was asked for, and what became of the step.
  const LayerPrecision &wanted(size_t step) const { return precisions[step]; }
  const RoundedStep &rounded(size_t step) const { return *steps[step]; }
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
  RoundedSteps roundedFrom(size_t first, const LayerPrecision &precision) const;

  const Calibrator &calibrator;
  std::vector<LayerPrecision> precisions;
  std::vector<Moves> moves;
  RoundedSteps steps;
  double currentLoss = 0;
};

} // namespace mase

#endif // MASE_LIB_CALIBRATE_CALIBRATING_H
