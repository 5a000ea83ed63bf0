// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Calibrate/Calibrate.h"

#include "Calibrating.h"

namespace mase {

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
