// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels of a module: what they are called in generated code.
#ifndef MASE_LIB_TARGET_TEXT_KERNELNAMES_H
#define MASE_LIB_TARGET_TEXT_KERNELNAMES_H

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mlir/IR/BuiltinOps.h"

#include <optional>

namespace mase {

/// A hash of everything that a kernel computes with: not of its name.
uint64_t hashOf(kernel::KernelOp kernel);

/// Calls the module's network `name`, which the option gives; without one, as
/// its function is called, or as its file where that is what exporters call
/// every graph.
mlir::LogicalResult nameKernels(mlir::ModuleOp module,
                                std::optional<llvm::StringRef> name,
                                llvm::StringRef option);

} // namespace mase

#endif // MASE_LIB_TARGET_TEXT_KERNELNAMES_H
