// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The network that a configuration names, where the command line names none.
#ifndef MASE_TOOLS_MASEOPT_MODELINPUT_H
#define MASE_TOOLS_MASEOPT_MODELINPUT_H

#include "absl/status/statusor.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mase {

/// Whether no input was given: no file, not even "-", and standard input is a
/// terminal or /dev/null. (What a pipe or a file brings is the input, even if
/// it is nothing.)
bool lacksInput();

/// The module that `model` names in a configuration of one of our passes: an
/// ONNX or MLIR file beside the configuration, or else the network of that name
/// that ships with the project. A note says which file it is. Null if no
/// configuration names one. Errors: several that name different ones, no such
/// network, what importing says; an empty message where that was printed.
absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>>
readModelOfConfig(int argc, char **argv, mlir::DialectRegistry &registry);

} // namespace mase

#endif // MASE_TOOLS_MASEOPT_MODELINPUT_H
