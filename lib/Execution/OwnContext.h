// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For engines that compile in an MLIR context of their own: the caller's may
// be running a pass, when no dialect may be loaded, and need not have
// registered what a pipeline uses.
#ifndef MASE_LIB_EXECUTION_OWNCONTEXT_H
#define MASE_LIB_EXECUTION_OWNCONTEXT_H

#include "mase/Execution/EntryFunction.h"

#include "mlir/IR/Diagnostics.h"

#include <string>

namespace mase {

/// The name of the i-th function in a module made by extractNetworks.
std::string extractedName(size_t i);

/// The functions alone, by their extracted names, in a module as bytecode.
std::string extractNetworks(llvm::ArrayRef<EntryFunction> entries,
                            mlir::Location loc);

/// Reports the errors of another context at the operations of the user's.
class ForwardErrors : public mlir::ScopedDiagnosticHandler {
public:
  ForwardErrors(mlir::MLIRContext *from, mlir::ModuleOp to);
};

} // namespace mase

#endif // MASE_LIB_EXECUTION_OWNCONTEXT_H
