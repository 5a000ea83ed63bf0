// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Networks and schedules as MLIR's text or bytecode, before MLIR reads them.
#ifndef MASE_DRIVER_MLIRINPUT_H
#define MASE_DRIVER_MLIRINPUT_H

#include "mlir/Support/LLVM.h"

#include "absl/status/status.h"

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mase {

/// An error unless `bytes` may be given to MLIR's parser: text, or bytecode
/// that the reader takes. Of another kind of file the message says what it is
/// (expectFileKind's). MLIR's reader of bytecode believes what a damaged file
/// states, and may write anywhere (docs/known-issues.md), so bytecode is read
/// in a child process first: its errors are those of this function, and what it
/// takes with `dialects` and without a crash can be read here. Costs a copy of
/// the process and one more reading, of bytecode only. `name` is inputName's;
/// `what` is expected ("a network in MLIR").
absl::Status expectMlir(llvm::StringRef bytes, llvm::StringRef name,
                        llvm::StringRef what,
                        const mlir::DialectRegistry &dialects,
                        bool allowsUnregisteredDialects = false);

} // namespace mase

#endif // MASE_DRIVER_MLIRINPUT_H
