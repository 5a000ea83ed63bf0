// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Text of modules that share constants.
#ifndef MASE_LIB_TUNING_MODULEPRINTER_H
#define MASE_LIB_TUNING_MODULEPRINTER_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"

#include <string>

namespace mase {

/// Prints modules of one context. LLVM takes microseconds to format a number,
/// and a front's networks have the same parameters: each tensor of them is
/// formatted once.
class ModulePrinter {
public:
  /// The text as files have it: what `module` prints, and a line's end.
  std::string print(mlir::ModuleOp module);

private:
  llvm::DenseMap<mlir::Attribute, std::string> texts;
};

} // namespace mase

#endif // MASE_LIB_TUNING_MODULEPRINTER_H
