// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a search leaves behind: the chosen network, the front, the files.
#ifndef MASE_LIB_TUNING_SEARCHRESULTS_H
#define MASE_LIB_TUNING_SEARCHRESULTS_H

#include "SearchSetup.h"

namespace mase {

/// Verifies the front, leaves the chosen trial's precision and the front as
/// `mase.configuration` ops in `module`, compares the lowered network with
/// what the search measured, and writes the files; `result` gets the standard
/// errors that it lacks. Errors are reported.
mlir::LogicalResult finishSearch(mlir::ModuleOp module,
                                 const SearchSetup &setup, StudyResult &result);

} // namespace mase

#endif // MASE_LIB_TUNING_SEARCHRESULTS_H
