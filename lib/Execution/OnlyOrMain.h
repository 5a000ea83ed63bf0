// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rule for the network of a module that has several.
#ifndef MASE_LIB_EXECUTION_ONLYORMAIN_H
#define MASE_LIB_EXECUTION_ONLYORMAIN_H

#include "mlir/IR/BuiltinOps.h"

namespace mase {

/// The only one of `found`, which are symbols of `module`, or `@main` where
/// there are several; errors with a note for each where there is no @main.
/// `found` is not empty.
mlir::FailureOr<mlir::Operation *>
onlyOrMain(mlir::ModuleOp module, llvm::ArrayRef<mlir::Operation *> found);

} // namespace mase

#endif // MASE_LIB_EXECUTION_ONLYORMAIN_H
