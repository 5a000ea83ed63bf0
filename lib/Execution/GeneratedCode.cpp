// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From networks to the text of their kernels.
#include "GeneratedCode.h"

#include "OwnContext.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace mase;

FailureOr<GeneratedCode> mase::generateCode(
    ModuleOp module, ArrayRef<EntryPoint> entries,
    const MaseToCudaPipelineOptions &options,
    llvm::function_ref<FailureOr<GeneratedCode>(ModuleOp,
                                                ArrayRef<std::string>)>
        print) {
  DialectRegistry registry;
  registerNetworkDialects(registry);
  // The network may have ops of others.
  module->getContext()->getDialectRegistry().appendTo(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  ForwardErrors forward(&context, module);
  ExtractedNetworks networks = extractNetworks(module, entries);
  OwningOpRef<ModuleOp> copy =
      parseSourceString<ModuleOp>(networks.bytecode, ParserConfig(&context));
  if (!copy)
    return failure();
  if (entries.front().level == Level::Layers) {
    PassManager pm(&context);
    buildMaseToCudaPipeline(pm, options);
    if (failed(pm.run(*copy)))
      return failure();
  }
  return print(*copy, networks.names);
}
