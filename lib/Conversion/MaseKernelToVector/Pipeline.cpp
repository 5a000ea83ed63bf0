// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-to-cpu-pipeline: kernels in lanes, vectors, LLVM. No step has
// fast-math flags or may contract.
#include "mase/Conversion/MaseToKernel/Pipeline.h"
#include "mase/Conversion/Passes.h"
#include "mase/Conversion/Pipelines.h"
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mlir/Conversion/ConvertToLLVM/ToLLVMPass.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace mase;

void mase::buildKernelToLLVMPipeline(OpPassManager &pm,
                                     const MaseToCpuPipelineOptions &options) {
  ConvertMaseKernelToVectorPassOptions convert;
  convert.isa = options.isa;
  pm.addPass(createConvertMaseKernelToVectorPass(convert));
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}

void mase::buildMaseToCpuPipeline(OpPassManager &pm,
                                  const MaseToCpuPipelineOptions &options) {
  MaseToCudaPipelineOptions kernels;
  kernels.kernel = kernel::stringifyLayout(kernel::Layout::Lanes).str();
  buildMaseToCudaPipeline(pm, kernels);
  buildKernelToLLVMPipeline(pm, options);
}

void mase::registerMaseToCpuPipeline() {
  PassPipelineRegistration<MaseToCpuPipelineOptions>(
      "mase-to-cpu-pipeline",
      "lower a network, at either level, to the LLVM dialect, in the lanes of "
      "vectors",
      buildMaseToCpuPipeline);
}
