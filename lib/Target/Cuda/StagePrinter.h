// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints one stage: a namespace with its tables and a function `run`.
#ifndef MASE_LIB_TARGET_CUDA_STAGEPRINTER_H
#define MASE_LIB_TARGET_CUDA_STAGEPRINTER_H

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mlir/Support/IndentedOstream.h"
#include "llvm/ADT/StringMap.h"

namespace mase {

/// What the functions that ops bring are called, by their source.
using DeviceFunctions = llvm::StringMap<std::string>;

/// Tables and function. `unrolled`: loops over features are unrolled.
void printStage(kernel::StageOp stage, bool unrolled,
                const DeviceFunctions &deviceFunctions,
                mlir::raw_indented_ostream &os);

/// One line for each layer in the stage: name and what it does.
llvm::SmallVector<std::pair<std::string, std::string>>
describeStage(kernel::StageOp stage);

/// The C++ type of a value's elements.
llvm::StringRef elementTypeName(mlir::Value value);

} // namespace mase

#endif // MASE_LIB_TARGET_CUDA_STAGEPRINTER_H
