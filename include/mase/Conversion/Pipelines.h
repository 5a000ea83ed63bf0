// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a network, at either level, to the LLVM dialect.
#ifndef MASE_CONVERSION_PIPELINES_H
#define MASE_CONVERSION_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mase {

struct MaseToLLVMPipelineOptions
    : mlir::PassPipelineOptions<MaseToLLVMPipelineOptions> {
  Option<bool> fuse{*this, "fuse",
                    llvm::cl::desc("fuse chains of element-wise operations"),
                    llvm::cl::init(true)};
  Option<bool> fuseRequantize{
      *this, "fuse-requantize",
      llvm::cl::desc("fuse the chain from sums to codes into mase.requantize"),
      llvm::cl::init(true)};
};

/// A network becomes `func(input memref, output memref)`, callable as
/// `_mlir_ciface_<name>(MemRef *input, MemRef *output)`; the caller allocates
/// the output. Softmax, log-softmax, sigmoid and tanh need
/// symbols of the library MaseRuntimeSymbols, formats without integer codes a
/// function each (`kFormatAttrName`).
void buildMaseToLLVMPipeline(mlir::OpPassManager &pm,
                             const MaseToLLVMPipelineOptions &options);

/// The same for a module whose functions take and give memrefs, those that C
/// shall call marked with `llvm.emit_c_interface`; one that gives
/// its result has the output as an argument afterwards. `freeBuffers` for code
/// that frees none of the buffers it allocates.
void buildBuffersToLLVMPipeline(mlir::OpPassManager &pm, bool freeBuffers);

/// --mase-to-llvm-pipeline.
void registerMaseToLLVMPipeline();

struct MaseToCpuPipelineOptions
    : mlir::PassPipelineOptions<MaseToCpuPipelineOptions> {
  Option<std::string> isa{
      *this, "isa",
      llvm::cl::desc("instruction set: generic, avx2, avx512 or avx512vnni"),
      llvm::cl::init("generic")};
};

/// Networks, at either level, become kernels in the lanes of vectors, and these
/// functions `name(const float *x, float *y, int64_t n)` of the LLVM dialect.
/// Some need symbols of the library MaseLaneFunctions.
void buildMaseToCpuPipeline(mlir::OpPassManager &pm,
                            const MaseToCpuPipelineOptions &options);

/// The same for kernels of the layout `lanes`.
void buildKernelToLLVMPipeline(mlir::OpPassManager &pm,
                               const MaseToCpuPipelineOptions &options);

/// --mase-to-cpu-pipeline.
void registerMaseToCpuPipeline();

/// The dialects and extensions that the pipeline needs in a context of its own.
void registerMaseToLLVMDialects(mlir::DialectRegistry &registry);

} // namespace mase

#endif // MASE_CONVERSION_PIPELINES_H
