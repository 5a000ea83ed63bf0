// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a measurement says, as tables and warnings.
#ifndef MASE_LIB_REPORT_OPERANDTABLES_H
#define MASE_LIB_REPORT_OPERANDTABLES_H

#include "Measurement.h"

#include "mase/Analysis/Table.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"

namespace mase {

/// Range, saturation, zeros, noise and entropy of each operand that has a
/// closed format; without a measurement of parameters alone. What was clamped
/// of calibrated parameters is told by the float ones in `mase.calibration`.
Table operandTable(mlir::ModuleOp module,
                   const std::optional<Measurement> &measurement);

/// The range of each layer's integer sums against its accumulator.
Table sumTable(const Measurement &measurement);

/// Warns of layers and channels whose result does not depend on the data, and
/// of inputs and parameters that are clamped; not of parameters that were
/// `judged`, if that isn't null.
void diagnose(mlir::ModuleOp module, const Measurement &measurement,
              const JudgedPrecisions *judged);

} // namespace mase

#endif // MASE_LIB_REPORT_OPERANDTABLES_H
