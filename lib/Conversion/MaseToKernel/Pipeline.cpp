// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-to-cuda-pipeline.
#include "mase/Conversion/MaseToKernel/Pipeline.h"

#include "mase/Conversion/Passes.h"
#include "mase/Dialect/Mase/Transforms/LowerToInteger.h"

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

void mase::registerMaseToCudaPipeline() {
  mlir::PassPipelineRegistration<MaseToCudaPipelineOptions>(
      "mase-to-cuda-pipeline",
      "lower a network, at either level, to a CUDA kernel",
      buildMaseToCudaPipeline);
}
