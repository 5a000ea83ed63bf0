// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels of a module: how it comes to have them, and what they are called in
// generated code.
#ifndef MASE_LIB_TARGET_TEXT_KERNELNAMES_H
#define MASE_LIB_TARGET_TEXT_KERNELNAMES_H

#include "mase/Conversion/MaseToKernel/Pipeline.h"
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <optional>

namespace mase {

/// Whether the module is lowered already.
bool hasOnlyKernels(mlir::ModuleOp module);

/// Lowers a copy of `module`, networks at either level, to kernels, which stay
/// as they are where it has them already.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
lowerToKernels(mlir::ModuleOp module, const MaseToCudaPipelineOptions &options);

/// The same to kernels for CPUs.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
lowerToLanes(mlir::ModuleOp module);

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
