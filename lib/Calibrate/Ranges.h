// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From values to scales.
#ifndef MASE_LIB_CALIBRATE_RANGES_H
#define MASE_LIB_CALIBRATE_RANGES_H

#include "Blocks.h"
#include "CalibrationKernels.h"
#include "mase/Calibrate/Calibrate.h"

#include <vector>

namespace mase {

/// The magnitude that is to fit: the largest, or a percentile.
double rangeOf(std::vector<double> magnitudes,
               const CalibrationOptions &options);

/// The scales to try for values of which `largest` is to fit, coarsest first:
/// one at which it fits, and under SquaredError also finer ones down to a
/// sixteenth of it.
std::vector<float> candidateScales(const OpenFormat &format, double largest,
                                   double highestCode,
                                   CalibrationOptions::Range range);

/// The format of data with `values` (those of one operand or of two), its scale
/// then multiplied by 2^moved. `rectified`: negative values count as 0.
NumberFormat dataFormat(const OpenFormat &format,
                        const std::vector<const Blocks *> &values,
                        bool rectified, int moved,
                        const CalibrationOptions &options,
                        const CalibrationKernels &kernels);

} // namespace mase

#endif // MASE_LIB_CALIBRATE_RANGES_H
