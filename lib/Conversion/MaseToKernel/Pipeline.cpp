// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-to-cuda-pipeline, and modules that go through it.
#include "mase/Conversion/MaseToKernel/Pipeline.h"

#include "mase/Conversion/Passes.h"
#include "mase/Dialect/Mase/Transforms/LowerToInteger.h"
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

void mase::buildMaseToCudaPipeline(mlir::OpPassManager &pm,
                                   const MaseToCudaPipelineOptions &options) {
  pm.addPass(mlir::createInlinerPass());
  pm.addPass(mlir::createSymbolDCEPass());
  pm.addPass(createLowerToIntegerStep());
  pm.addPass(mlir::createCanonicalizerPass());
  pm.addPass(mlir::createCSEPass());
  ConvertMaseToKernelPassOptions convert;
  convert.kernel = options.kernel;
  convert.samplesPerThread = options.samplesPerThread;
  convert.threadsPerBlock = options.threadsPerBlock;
  pm.addPass(createConvertMaseToKernelPass(convert));
}

bool mase::hasOnlyKernels(mlir::ModuleOp module) {
  return module.getOps<mlir::func::FuncOp>().empty() &&
         !module.getOps<kernel::KernelOp>().empty();
}

mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
mase::lowerToKernels(mlir::ModuleOp module,
                     const MaseToCudaPipelineOptions &options) {
  mlir::OwningOpRef<mlir::ModuleOp> copy = module.clone();
  if (hasOnlyKernels(module))
    return copy;
  mlir::PassManager pm(module.getContext());
  buildMaseToCudaPipeline(pm, options);
  if (mlir::failed(pm.run(*copy)))
    return mlir::failure();
  return copy;
}

mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
mase::lowerToLanes(mlir::ModuleOp module) {
  MaseToCudaPipelineOptions options;
  options.kernel = kernel::stringifyLayout(kernel::Layout::Lanes).str();
  return lowerToKernels(module, options);
}

void mase::registerMaseToCudaPipeline() {
  mlir::PassPipelineRegistration<MaseToCudaPipelineOptions>(
      "mase-to-cuda-pipeline",
      "lower a network, at either level, to a CUDA kernel",
      buildMaseToCudaPipeline);
}
