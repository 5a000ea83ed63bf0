// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mlir-opt's driver with an output file that is whole or untouched.
#ifndef MASE_TOOLS_MASE_OPT_OPTMAIN_H
#define MASE_TOOLS_MASE_OPT_OPTMAIN_H

#include "mlir/Support/LLVM.h"

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mase {

/// The whole program but for registration: command line, input, passes, output.
/// Upstream's empties the output file before it knows that there is a result,
/// and dies where the disk is full.
mlir::LogicalResult optMain(int argc, char **argv, llvm::StringRef toolName,
                            mlir::DialectRegistry &registry);

} // namespace mase

#endif // MASE_TOOLS_MASE_OPT_OPTMAIN_H
