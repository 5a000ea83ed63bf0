// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration of everything mase-opt has.
#include "mase/InitAll.h"

#include "mase/Analysis/Cost.h"
#include "mase/Conversion/KernelOpInterface.h"
#include "mase/Conversion/MaseToKernel/Pipeline.h"
#include "mase/Conversion/Passes.h"
#include "mase/Conversion/Pipelines.h"
#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Dialect/Mase/Transforms/Passes.h"
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"
#include "mase/Evaluate/FromIR.h"
#include "mase/Execution/Engine.h"
#include "mase/Execution/Interpreter.h"
#include "mase/Export/ExportableOpInterface.h"
#include "mase/Export/Onnx.h"
#include "mase/Import/Onnx.h"
#include "mase/Report/Passes.h"
#include "mase/Target/Cpp/CppTarget.h"
#include "mase/Target/Cuda/CudaTarget.h"
#include "mase/Target/Object/ObjectTarget.h"
#include "mase/Tuning/Passes.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"

void mase::registerAllDialects(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<mase::MaseDialect, mase::kernel::MaseKernelDialect>();
  registerCostOpInterfaceExternalModels(registry);
  registerEvaluableOpInterfaceExternalModels(registry);
  registerExportableOpInterfaceExternalModels(registry);
  registerInterpretableOpInterfaceExternalModels(registry);
  registerKernelOpInterfaceExternalModels(registry);
}

void mase::registerAllPasses() {
  mase::registerMasePasses();
  mase::registerMaseReportPasses();
  mase::registerMaseTuningPasses();
  mase::registerConvertMaseToLinalgPass();
  mase::registerMaseFuseElementwisePass();
  mase::registerMaseCopiesToLinalgPass();
  mase::registerMaseOutlineSegmentsPass();
  mase::registerMaseToLLVMPipeline();
  mase::registerConvertMaseToKernelPass();
  mase::registerMaseToCudaPipeline();
  mase::registerConvertMaseKernelToVectorPass();
  mase::registerMaseToCpuPipeline();
}

llvm::ArrayRef<llvm::StringRef> mase::passArguments() {
  static constexpr llvm::StringRef kArguments[] = {
      "mase-fold-batch-norm",
      "mase-quantize",
      "mase-equalize",
      "mase-calibrate",
      "mase-refine",
      "mase-remove-units",
      "mase-remove-dead-units",
      "mase-shrink",
      "mase-search",
      "mase-report",
      "mase-profile",
      "mase-lower-to-integer",
      "convert-mase-to-linalg",
      "mase-fuse-elementwise",
      "mase-copies-to-linalg",
      "mase-outline-segments",
      "mase-to-llvm-pipeline",
      "convert-mase-to-kernel",
      "mase-to-cuda-pipeline",
      "convert-mase-kernel-to-vector",
      "mase-to-cpu-pipeline"};
  return kArguments;
}

void mase::registerAllTranslations(
    const std::function<void(mlir::DialectRegistry &)> &others) {
  registerImportOnnxTranslation();
  registerExportOnnxTranslations(others);
  registerToCppTranslation(makeCppSelfTest, [others](auto &registry) {
    registerInterpretableOpInterfaceExternalModels(registry);
    if (others)
      others(registry);
  });
  registerToCudaTranslation();
  registerToObjectTranslation();
}
