// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints one stage as C++: a namespace with its tables and a function `run`.
#ifndef MASE_LIB_TARGET_CPP_CPPSTAGE_H
#define MASE_LIB_TARGET_CPP_CPPSTAGE_H

#include "../Text/ElementText.h"

#include "mase/Dialect/MaseKernel/IR/StageCode.h"

#include "mlir/Support/IndentedOstream.h"

#include <string>

namespace mase::cpp {

/// The type of the array that holds a value, in layout `layout`: a sample's
/// numbers, integers, or codes four to a word.
std::string arrayType(mlir::Value value, llvm::StringRef layout);

/// The same with a declaration of `name`, whose elements beyond the value's are
/// zeros where code may read them.
std::string arrayDeclaration(mlir::Value value, llvm::StringRef layout,
                             llvm::StringRef name);

void printStage(kernel::StageOp stage, const DeviceFunctions &functions,
                mlir::raw_indented_ostream &os);

} // namespace mase::cpp

#endif // MASE_LIB_TARGET_CPP_CPPSTAGE_H
