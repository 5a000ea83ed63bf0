// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the command line tools share.
#ifndef MASE_DRIVER_DRIVER_H
#define MASE_DRIVER_DRIVER_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/Support/LLVM.h"

namespace mase {

/// Makes --version print "TOOL VERSION", then LLVM's and MLIR's version. To be
/// called before the command line is parsed.
void setVersionPrinter(llvm::StringRef tool);

/// Prints diagnostics that have no line of a file as "TOOL: error: …" (an
/// option's, which has no location) or "FILE: error: …" (a binary file's, at
/// line 0); LLVM's printer would say "<unknown>:0:" or print raw bytes. Others
/// fail, and so are left to the handler that was registered before this one.
llvm::LogicalResult printWithoutLine(llvm::StringRef tool,
                                     mlir::Diagnostic &diagnostic);

} // namespace mase

#endif // MASE_DRIVER_DRIVER_H
