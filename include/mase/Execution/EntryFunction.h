// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The function of a module that is the network, and its shape.
#ifndef MASE_EXECUTION_ENTRYFUNCTION_H
#define MASE_EXECUTION_ENTRYFUNCTION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace mase {

/// A network's function: one f32 tensor [batch, ...] in, one out. All other
/// sizes are static.
struct EntryFunction {
  mlir::func::FuncOp function;
  int64_t inputSize = 0;  ///< elements of a sample
  int64_t outputSize = 0; ///< elements of a sample's result
  /// The batch size that the function insists on, none where it takes any.
  std::optional<int64_t> batch;
};

/// The only public function of `module`, or `@main` where there are several.
/// Errors are reported at the module or at the function: no such function, a
/// signature that is no network's.
mlir::FailureOr<EntryFunction> findEntryFunction(mlir::ModuleOp module);

/// The same for a function that has been chosen.
mlir::FailureOr<EntryFunction> getEntryFunction(mlir::func::FuncOp function);

} // namespace mase

#endif // MASE_EXECUTION_ENTRYFUNCTION_H
