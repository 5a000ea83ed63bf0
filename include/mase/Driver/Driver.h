// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the command line tools share.
#ifndef MASE_DRIVER_DRIVER_H
#define MASE_DRIVER_DRIVER_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/Support/LLVM.h"
#include "llvm/Support/InitLLVM.h"

#include <vector>

namespace mase {

/// What a main begins with: llvm::InitLLVM, with these two additions. --version
/// prints "TOOL VERSION", then LLVM's and MLIR's version. Signals that the
/// process was started to ignore (by nohup, or in a script's background) are
/// still ignored: on one, LLVM's handlers would remove the files that are being
/// written, and the work would go on without them.
class InitTool {
public:
  InitTool(int &argc, char **&argv, llvm::StringRef tool);

private:
  std::vector<int> ignored; ///< before `init`, which replaces their handlers
  llvm::InitLLVM init;
};

/// Prints diagnostics that have no line of a file as "TOOL: error: …" (an
/// option's, which has no location) or "FILE: error: …" (a binary file's, at
/// line 0); LLVM's printer would say "<unknown>:0:" or print raw bytes. Others
/// fail, and so are left to the handler that was registered before this one.
llvm::LogicalResult printWithoutLine(llvm::StringRef tool,
                                     mlir::Diagnostic &diagnostic);

} // namespace mase

#endif // MASE_DRIVER_DRIVER_H
