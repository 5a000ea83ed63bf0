// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything mase-opt has, for tools to register: link MaseInitAll and call
// these beside your own registrations.
#ifndef MASE_INITALL_H
#define MASE_INITALL_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <functional>

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mase {

/// The mase dialects, and upstream's with the extensions that the pipelines
/// need.
void registerAllDialects(mlir::DialectRegistry &registry);

/// The passes and pipelines of mase-opt (not upstream's).
void registerAllPasses();

/// Their arguments, in the order in which a network meets them.
llvm::ArrayRef<llvm::StringRef> passArguments();

/// --import-onnx, --export-onnx, --export-qonnx and --mase-to-cuda for a
/// translate tool; exports take layers of the dialects that `others` registers,
/// too.
void registerAllTranslations(
    const std::function<void(mlir::DialectRegistry &)> &others = {});

} // namespace mase

#endif // MASE_INITALL_H
