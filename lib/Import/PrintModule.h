// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Modules as text, their constants made on the way.
#ifndef MASE_LIB_IMPORT_PRINTMODULE_H
#define MASE_LIB_IMPORT_PRINTMODULE_H

#include "OnnxImporter.h"

namespace mase::onnx_import {

/// Prints `module` as MLIR does if its `large` constants are dense elements; of
/// them only a few are made at a time. An error where a constant has no place
/// in the text.
mlir::LogicalResult printModule(mlir::ModuleOp module,
                                const LargeConstants &large,
                                llvm::raw_ostream &os);

} // namespace mase::onnx_import

#endif // MASE_LIB_IMPORT_PRINTMODULE_H
