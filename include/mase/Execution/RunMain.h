// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-run as a library.
#ifndef MASE_EXECUTION_RUNMAIN_H
#define MASE_EXECUTION_RUNMAIN_H

#include "mlir/IR/DialectRegistry.h"

namespace mase {

/// mase-run's main: parses the command line and returns the exit code, 0 or 1.
/// Errors go to standard error. The output file is written whole or not at all.
///
///     mase-run q.mlir --input x.npy --output logits.npy [--labels y.npy]
///     mase-run --quantize='{name="integer", width=8}' --input x.npy
///              --output y.npy
///
/// Networks may have ops of the dialects in `dialects`, beside ours.
int runMain(int argc, char **argv,
            const mlir::DialectRegistry &dialects = mlir::DialectRegistry());

} // namespace mase

#endif // MASE_EXECUTION_RUNMAIN_H
