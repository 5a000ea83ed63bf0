// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints one stage as C: a function with its tables.
#ifndef MASE_LIB_TARGET_CPP_CSTAGE_H
#define MASE_LIB_TARGET_CPP_CSTAGE_H

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mlir/Support/IndentedOstream.h"

#include <string>

namespace mase::cpp {

/// The type of a value's elements in C; values are [element][lane].
llvm::StringRef elementTypeInC(mlir::Value value);

/// Prints `net_stage_…(x, y, lanes)`, which computes a stage of `lanes` samples
/// at once, at most NET_BLOCK: C but for notation (see toC and withPrefix).
void printStageOfC(kernel::StageOp stage, mlir::raw_indented_ostream &os);

} // namespace mase::cpp

#endif // MASE_LIB_TARGET_CPP_CSTAGE_H
