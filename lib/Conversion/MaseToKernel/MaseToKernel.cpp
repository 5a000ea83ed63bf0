// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --convert-mase-to-kernel: a function of the integer level becomes a kernel.
#include "KernelFamily.h"

#include "mase/Analysis/OutputKind.h"
#include "mase/Conversion/Passes.h"
#include "mase/Dialect/Mase/IR/ClassNames.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"

namespace mase {
#define GEN_PASS_DEF_CONVERTMASETOKERNELPASS
#include "mase/Conversion/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

namespace {

struct ConvertMaseToKernel
    : mase::impl::ConvertMaseToKernelPassBase<ConvertMaseToKernel> {
  using ConvertMaseToKernelPassBase::ConvertMaseToKernelPassBase;

  /// Contexts of a translation or an engine need no more than the pass.
  void getDependentDialects(DialectRegistry &registry) const override {
    ConvertMaseToKernelPassBase::getDependentDialects(registry);
    registerKernelOpInterfaceExternalModels(registry);
  }

  void runOnOperation() override {
    KernelRequest request;
    if (failed(readOptions(request)))
      return signalPassFailure();
    SmallVector<func::FuncOp> functions;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (!func.isDeclaration())
        functions.push_back(func);
    if (functions.empty())
      warnNothingToDo(getOperation(), getArgument(),
                      "functions that are networks");
    for (func::FuncOp func : functions)
      if (failed(convert(func, request)))
        return signalPassFailure();
  }

  static LogicalResult convert(func::FuncOp func,
                               const KernelRequest &request) {
    FailureOr<NetworkGraph> graph = NetworkGraph::build(func);
    if (failed(graph))
      return failure();
    FailureOr<std::unique_ptr<KernelPlan>> plan = planKernel(*graph, request);
    if (failed(plan))
      return failure();
    OpBuilder builder(func);
    KernelOp kernel = (*plan)->build(builder);
    for (StringRef name :
         {StringRef(kOutputKindAttrName), StringRef(kClassesAttrName)})
      if (Attribute attribute = func->getAttr(name))
        kernel->setAttr(name, attribute);
    func.erase();
    return success();
  }

  LogicalResult readOptions(KernelRequest &request) {
    if (std::optional<std::string> text = wrongKernelText(kernel))
      return emitError(getOperation().getLoc()) << *text;
    if (samplesPerThread < 0 || samplesPerThread > 8)
      return emitError(getOperation().getLoc())
             << "expected samples-per-thread from 1 to 8, or 0 to have it "
                "chosen, found "
             << int64_t(samplesPerThread);
    if (threadsPerBlock < 32 || threadsPerBlock > 1024 ||
        threadsPerBlock % 32 != 0)
      return emitError(getOperation().getLoc())
             << "expected threads-per-block to be a multiple of 32 from 32 to "
                "1024, found "
             << int64_t(threadsPerBlock);
    request.kernel = kernel;
    request.samplesPerThread = samplesPerThread;
    request.threadsPerBlock = threadsPerBlock;
    return success();
  }
};

} // namespace
