// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For engines that compile in an MLIR context of their own: the caller's may
// be running a pass, when no dialect may be loaded, and need not have
// registered what a pipeline uses.
#ifndef MASE_LIB_EXECUTION_OWNCONTEXT_H
#define MASE_LIB_EXECUTION_OWNCONTEXT_H

#include "mase/Execution/EntryPoint.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>
#include <vector>

namespace mase {

/// A module whose networks are `names`, as bytecode.
struct ExtractedNetworks {
  std::string bytecode;
  std::vector<std::string> names;
};

/// A copy of `module` where `entries`, which are in it, are the only networks:
/// other functions are private, other kernels are gone. Networks above the LLVM
/// dialect get names that no library has.
ExtractedNetworks extractNetworks(mlir::ModuleOp module,
                                  llvm::ArrayRef<EntryPoint> entries);

/// The name of the function by which C calls the function `name` of the LLVM
/// dialect, with pointers to memref descriptors.
std::string getCInterfaceName(llvm::StringRef name);

/// Reports the errors of another context at the operations of the user's.
class ForwardErrors : public mlir::ScopedDiagnosticHandler {
public:
  ForwardErrors(mlir::MLIRContext *from, mlir::ModuleOp to);
};

/// Networks of a module in a context that has the dialects of all levels, those
/// of the module, and what LLVM's JIT needs.
struct OwnContext {
  OwnContext(mlir::ModuleOp from, llvm::ArrayRef<EntryPoint> entries);

  mlir::MLIRContext context;
  ForwardErrors forward;                    ///< to `from`
  std::vector<std::string> names;           ///< of `entries`, in their order
  mlir::OwningOpRef<mlir::ModuleOp> module; ///< null where it is not to be read

private:
  static mlir::DialectRegistry dialectsFor(mlir::ModuleOp from);
};

} // namespace mase

#endif // MASE_LIB_EXECUTION_OWNCONTEXT_H
