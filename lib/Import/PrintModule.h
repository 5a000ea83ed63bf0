// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Modules as text, without copies of their constants.
#ifndef MASE_LIB_IMPORT_PRINTMODULE_H
#define MASE_LIB_IMPORT_PRINTMODULE_H

#include "mlir/IR/BuiltinOps.h"

namespace mase::onnx_import {

/// What `module.print` writes, in the memory that the module has. MLIR prints
/// the elements of a large constant as one string, of which it makes two: four
/// times their bytes.
mlir::LogicalResult printModule(mlir::ModuleOp module, llvm::raw_ostream &os);

} // namespace mase::onnx_import

#endif // MASE_LIB_IMPORT_PRINTMODULE_H
