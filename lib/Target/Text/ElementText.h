// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Element-wise ops and the tables of ops as C++ text: what the targets share.
#ifndef MASE_LIB_TARGET_TEXT_ELEMENTTEXT_H
#define MASE_LIB_TARGET_TEXT_ELEMENTTEXT_H

#include "QuantizeText.h"

#include "mase/Dialect/MaseKernel/IR/StageCode.h"

#include "mlir/Support/IndentedOstream.h"
#include "llvm/ADT/StringMap.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mase {

/// What the printer of a stage calls things.
struct ElementContext {
  std::function<std::string(mlir::Value)> value;          ///< its element o
  std::function<std::string(llvm::StringRef role)> table; ///< the op's, at o
};

/// What a variable for the result is called, and its text; none for ops whose
/// text is a target's own.
std::optional<std::pair<std::string, std::string>>
elementText(mlir::Operation *op, const ElementContext &context);

/// The tables of an op that is no quantisation.
std::vector<TextTable> elementTablesOf(mlir::Operation *op);

/// What the functions that ops bring are called, by their source.
using DeviceFunctions = llvm::StringMap<std::string>;

/// Prints the functions that ops bring: one definition each, in a namespace of
/// its own in `space`, outside that in which stages are. `within` is the
/// namespace that this is printed in.
DeviceFunctions printDeviceFunctions(kernel::KernelOp kernel,
                                     llvm::StringRef space,
                                     llvm::StringRef within,
                                     mlir::raw_indented_ostream &os);

} // namespace mase

#endif // MASE_LIB_TARGET_TEXT_ELEMENTTEXT_H
