// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a search does with samples, and whether it can.
#ifndef MASE_LIB_TUNING_CALIBRATIONCHECKS_H
#define MASE_LIB_TUNING_CALIBRATIONCHECKS_H

#include "SearchSetup.h"

namespace mase {

/// Errors, with the place in the configuration: what is open, what calibrates,
/// refines or shrinks, and what trials are measured by contradict each other.
/// Warns where samples have nothing to do.
absl::Status checkCalibration(const SearchSetup &setup,
                              mlir::MLIRContext *context);

} // namespace mase

#endif // MASE_LIB_TUNING_CALIBRATIONCHECKS_H
