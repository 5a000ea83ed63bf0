// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints one stage: a namespace with its tables and a function `run`.
#ifndef MASE_LIB_TARGET_CUDA_STAGEPRINTER_H
#define MASE_LIB_TARGET_CUDA_STAGEPRINTER_H

#include "../Text/ElementText.h"

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mlir/Support/IndentedOstream.h"

namespace mase {

/// Tables and function. `unrolled`: loops over features are unrolled.
void printStage(kernel::StageOp stage, bool unrolled,
                const DeviceFunctions &deviceFunctions,
                mlir::raw_indented_ostream &os);

} // namespace mase

#endif // MASE_LIB_TARGET_CUDA_STAGEPRINTER_H
