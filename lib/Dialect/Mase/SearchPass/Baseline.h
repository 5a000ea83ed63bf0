// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What stands beside the trials: the network in binary32.
#ifndef MASE_LIB_SEARCHPASS_BASELINE_H
#define MASE_LIB_SEARCHPASS_BASELINE_H

#include "SearchSetup.h"

namespace mase {

/// Measures `function` in binary32 as the trials of `setup`'s problem are
/// measured, with standard errors; nothing without a dataset. `compareTo` as
/// for appendCosts. Errors are reported.
mlir::LogicalResult measureBaseline(mlir::func::FuncOp function,
                                    double compareTo, SearchSetup &setup);

} // namespace mase

#endif // MASE_LIB_SEARCHPASS_BASELINE_H
