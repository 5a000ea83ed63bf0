// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What stages and kernels do, in words.
#ifndef MASE_LIB_TARGET_TEXT_STAGESUMMARY_H
#define MASE_LIB_TARGET_TEXT_STAGESUMMARY_H

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mlir/Support/IndentedOstream.h"

namespace mase {

/// One line for each layer in the stage: name and what it does.
llvm::SmallVector<std::pair<std::string, std::string>>
describeStage(kernel::StageOp stage);

/// Text, wrapped into comment lines.
void printComment(mlir::raw_indented_ostream &os, llvm::StringRef text);

/// A comment with a line for each layer, from the input to the output.
void printLayers(mlir::raw_indented_ostream &os, kernel::KernelOp kernel);

} // namespace mase

#endif // MASE_LIB_TARGET_TEXT_STAGESUMMARY_H
