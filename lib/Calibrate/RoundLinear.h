// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A Linear's weights and bias on their grids (Calibrate.h, steps 3 and 4).
#ifndef MASE_LIB_CALIBRATE_ROUNDLINEAR_H
#define MASE_LIB_CALIBRATE_ROUNDLINEAR_H

#include "CodeGrid.h"
#include "LeastSquares.h"
#include "mase/Calibrate/Calibrate.h"

#include <optional>
#include <vector>

namespace mase {

/// Weights as codes.
struct RoundedWeights {
  std::vector<double> codes;   ///< [out, in]
  std::vector<CodeGrid> grids; ///< [out]
};

/// The grids that a row whose largest weight is `largest` may have.
std::vector<CodeGrid> candidateGrids(const OpenFormat &format, bool isSigned,
                                     double largest,
                                     CalibrationOptions::Range range);

/// Rounds the rows of `step` on given or open grids. None where the format is
/// neither: it has other rules, or there is no format.
std::optional<RoundedWeights>
roundWeights(const Step &step, const LeastSquares &fit,
             const std::optional<NumberFormat> &format,
             const CalibrationOptions &options,
             const CalibrationKernels &kernels);

/// Replaces weight and bias of `step` by rounded ones and sets their formats;
/// that of data_in is set.
void roundLinear(Step &step, LayerPrecision &precision,
                 const LayerPrecision &choice, const FloatSums &sums,
                 const LeastSquares &fit, const CalibrationOptions &options,
                 const CalibrationKernels &kernels);

} // namespace mase

#endif // MASE_LIB_CALIBRATE_ROUNDLINEAR_H
