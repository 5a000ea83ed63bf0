// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From networks to the text of their kernels.
#include "GeneratedCode.h"

#include "OwnContext.h"

#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace mase;

FailureOr<GeneratedCode> mase::generateCode(
    ModuleOp module, ArrayRef<EntryPoint> entries,
    const MaseToCudaPipelineOptions &options,
    llvm::function_ref<FailureOr<GeneratedCode>(ModuleOp,
                                                ArrayRef<std::string>)>
        print) {
  OwnContext own(module, entries);
  if (!own.module)
    return failure();
  if (entries.front().level == Level::Layers) {
    PassManager pm(&own.context);
    buildMaseToCudaPipeline(pm, options);
    if (failed(pm.run(*own.module)))
      return failure();
  }
  return print(*own.module, own.names);
}
