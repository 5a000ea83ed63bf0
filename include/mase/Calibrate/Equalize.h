// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Features rescaled by powers of two, so that one scale suits all of them.
#ifndef MASE_CALIBRATE_EQUALIZE_H
#define MASE_CALIBRATE_EQUALIZE_H

#include "mase/Calibrate/Calibrate.h"

namespace mase {

struct Equalization {
  /// The float network after it: the same results, bit for bit, unless a
  /// parameter becomes subnormal or infinite.
  Network network;
  /// For each step by how many powers of two its features (its results, or
  /// those of each particle) were multiplied; empty where nothing was. What
  /// reads them divides.
  std::vector<std::vector<int>> exponents;
  /// `network` calibrated.
  Calibration calibration;
};

/// Multiplies features of a Linear's input by powers of two, in the Affine or
/// Linear that they come from (ReLUs may stand between, which commute), and
/// divides the Linear's columns by them, where that brings the calibrated
/// network nearer to the float one: each feature halved and doubled, over all
/// layers so many times as options.exponentPasses says (at least once). Only
/// values that nothing else reads, and that are rounded nowhere before the
/// Linear, are rescaled; of particles those of a Linear, all particles alike.
/// Arguments and errors are those of `calibrate`.
absl::StatusOr<Equalization>
equalize(const Network &network, absl::Span<const LayerPrecision> precisions,
         absl::Span<const float> x, const CalibrationOptions &options = {});

} // namespace mase

#endif // MASE_CALIBRATE_EQUALIZE_H
