// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Calibrating.h"

namespace mase {

Calibrating::Calibrating(const Calibrator &calibrator,
                         absl::Span<const LayerPrecision> precisions,
                         std::vector<Moves> given)
    : calibrator(calibrator), precisions(precisions.begin(), precisions.end()),
      moves(std::move(given)) {
  moves.resize(precisions.size());
  // A network may have no steps.
  if (!precisions.empty())
    steps = roundedFrom(0, precisions.front());
  currentLoss = calibrator.loss(steps);
}

/// Those before `first` as they are, that one in `precision`.
RoundedSteps Calibrating::roundedFrom(size_t first,
                                      const LayerPrecision &precision) const {
  RoundedSteps result(steps.begin(), steps.begin() + ptrdiff_t(first));
  for (size_t k = first; k < precisions.size(); ++k)
    result.push_back(calibrator.round(
        k, result, k == first ? precision : precisions[k], moves[k]));
  return result;
}

bool Calibrating::tryFrom(size_t step) {
  RoundedSteps trial = roundedFrom(step, precisions[step]);
  double loss = calibrator.loss(trial);
  if (!(loss < currentLoss))
    return false;
  steps = std::move(trial);
  currentLoss = loss;
  return true;
}

double Calibrating::lossWith(size_t step,
                             const LayerPrecision &precision) const {
  return calibrator.loss(roundedFrom(step, precision));
}

void Calibrating::set(size_t step, const LayerPrecision &precision) {
  precisions[step] = precision;
  steps = roundedFrom(step, precisions[step]);
  currentLoss = calibrator.loss(steps);
}

void Calibrating::moveScales() {
  for (size_t k = 0; k < precisions.size(); ++k)
    for (OperandRole role : {OperandRole::DataIn, OperandRole::DataOut})
      moveScale(k, role);
}

void Calibrating::moveScale(size_t k, OperandRole role) {
  if (!openFormat(precisions[k][role]))
    return;
  int &moved = role == OperandRole::DataIn ? moves[k].dataIn : moves[k].dataOut;
  int before = moved;
  for (int by : {1, -1}) {
    int kept = moved;
    moved = before + by;
    if (!tryFrom(k))
      moved = kept;
  }
}

Calibration Calibrating::result() const {
  Calibration result;
  result.network = calibrator.network();
  result.lossToFloat = currentLoss;
  result.leastLoss = calibrator.targets().least();
  for (size_t k = 0; k < steps.size(); ++k) {
    result.network.steps[k] = steps[k]->step;
    result.precisions.push_back(steps[k]->precision);
    result.layers.push_back(calibrator.report(k, steps, result.warnings));
    result.layers.back().movedDataIn = moves[k].dataIn;
    result.layers.back().movedDataOut = moves[k].dataOut;
  }
  return result;
}

} // namespace mase
