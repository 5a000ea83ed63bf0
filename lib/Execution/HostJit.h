// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Modules of the LLVM dialect, compiled for this process.
#ifndef MASE_LIB_EXECUTION_HOSTJIT_H
#define MASE_LIB_EXECUTION_HOSTJIT_H

#include "mase/Numerics/InstructionSet.h"
#include "mase/Numerics/NumberFormat.h"

#include "mlir/IR/BuiltinOps.h"

#include <memory>
#include <vector>

namespace mlir {
class ExecutionEngine;
} // namespace mlir

namespace mase {

/// Compiled code with what it points to.
struct JitCode {
  JitCode();
  ~JitCode();

  std::vector<NumberFormat> formats;
  std::unique_ptr<mlir::ExecutionEngine> jit;
};

/// Compiles `module` for the processor or, of its instruction sets, for a lower
/// one. Functions that round to a number format get bodies first. Errors are
/// reported at the module.
mlir::FailureOr<std::shared_ptr<const JitCode>>
compileInProcess(mlir::ModuleOp module, InstructionSet set);

/// The address of a function; null where it has none, which is reported at
/// `module`.
void *lookUp(const JitCode &code, llvm::StringRef name, mlir::ModuleOp module);

} // namespace mase

#endif // MASE_LIB_EXECUTION_HOSTJIT_H
