// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Calibrate/Calibrate.h"

#include "Calibrating.h"

namespace mase {

NumberFormat openWidth(int width) {
  OpenFormat format;
  format.known.width = width;
  return format;
}

LayerPrecision openLinear(int dataWidth, int weightWidth) {
  LayerPrecision result;
  result[OperandRole::DataIn] = openWidth(dataWidth);
  result[OperandRole::Weight] = openWidth(weightWidth);
  result[OperandRole::Bias] = openWidth(16);
  return result;
}

absl::StatusOr<Calibration>
calibrate(const Network &network, absl::Span<const LayerPrecision> precisions,
          absl::Span<const float> x, const CalibrationOptions &options) {
  absl::StatusOr<FiniteSamples> samples =
      checkedSamples(network, precisions, x, options);
  if (!samples.ok())
    return samples.status();
  Calibrator calibrator(network, samples->x, options);
  Calibrating state(calibrator, precisions);
  for (int pass = 0; pass < options.exponentPasses; ++pass)
    state.moveScales();
  Calibration result = state.result();
  samples->warn(result.warnings);
  return result;
}

} // namespace mase
