// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A translate tool whose output file is whole or untouched.
#ifndef MASE_TOOLS_TRANSLATEMAIN_H
#define MASE_TOOLS_TRANSLATEMAIN_H

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

namespace mase {

/// mlir::mlirTranslateMain with the same command line, but for two things: the
/// output file appears only once the translation has succeeded (the upstream
/// function empties it first, and ends the process on a full disk), and
/// diagnostics about a binary file have no line. Bytecode is tried with
/// what `registerDialects` registers (expectMlir).
mlir::LogicalResult translateMain(
    int argc, char **argv, llvm::StringRef toolName,
    llvm::function_ref<void(mlir::DialectRegistry &)> registerDialects);

} // namespace mase

#endif // MASE_TOOLS_TRANSLATEMAIN_H
