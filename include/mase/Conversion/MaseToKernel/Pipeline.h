// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a network, at either level, to a mase_kernel kernel.
#ifndef MASE_CONVERSION_MASETOKERNEL_PIPELINE_H
#define MASE_CONVERSION_MASETOKERNEL_PIPELINE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

#include <cstdint>
#include <string>

namespace mase {

struct MaseToCudaPipelineOptions
    : mlir::PassPipelineOptions<MaseToCudaPipelineOptions> {
  Option<std::string> kernel{*this, "kernel",
                             llvm::cl::desc("auto, a family (thread; lanes, "
                                            "for CPUs) or one of its kernels "
                                            "(dp4a, scalar)"),
                             llvm::cl::init("auto")};
  Option<int64_t> samplesPerThread{
      *this, "samples-per-thread",
      llvm::cl::desc("samples a thread works on at once; 0: chosen"),
      llvm::cl::init(0)};
  Option<int64_t> threadsPerBlock{*this, "threads-per-block",
                                  llvm::cl::desc("threads in a block"),
                                  llvm::cl::init(128)};
};

/// Inlines, lowers to the integer level, cleans up and converts: a module of
/// networks becomes one of kernels.
void buildMaseToCudaPipeline(mlir::OpPassManager &pm,
                             const MaseToCudaPipelineOptions &options);

/// Whether the module is lowered already.
bool hasOnlyKernels(mlir::ModuleOp module);

/// Lowers a copy of `module`, networks at either level, to kernels, which stay
/// as they are where it has them already, whatever the options.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> lowerToKernels(
    mlir::ModuleOp module,
    const MaseToCudaPipelineOptions &options = MaseToCudaPipelineOptions());

/// The same to kernels for CPUs.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
lowerToLanes(mlir::ModuleOp module);

/// --mase-to-cuda-pipeline.
void registerMaseToCudaPipeline();

} // namespace mase

#endif // MASE_CONVERSION_MASETOKERNEL_PIPELINE_H
