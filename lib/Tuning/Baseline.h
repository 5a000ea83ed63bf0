// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What stands beside the trials: the network in binary32, and how far chance
// goes.
#ifndef MASE_LIB_TUNING_BASELINE_H
#define MASE_LIB_TUNING_BASELINE_H

#include "SearchSetup.h"

namespace mase {

/// Measures `function` in binary32 as the trials of `setup`'s problem are
/// measured, with standard errors, and with its latency where trials have
/// theirs from a clock of ours; nothing without a dataset. `compareTo` as for
/// CostEvaluator. Errors are reported.
mlir::LogicalResult measureBaseline(mlir::func::FuncOp function,
                                    double compareTo, SearchSetup &setup);

/// Fills in the standard errors that `result` lacks, of trials that a journal
/// had: those of the front, or of all where `ofAll`.
void completeErrors(const SearchSetup &setup, bool ofAll, StudyResult &result);

} // namespace mase

#endif // MASE_LIB_TUNING_BASELINE_H
