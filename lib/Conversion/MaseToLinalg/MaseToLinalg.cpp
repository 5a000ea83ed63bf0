// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --convert-mase-to-linalg: the integer level and binary32 layers as
// linalg.generic on tensors.
#include "LinalgBuilder.h"
#include "mase/Analysis/OutputKind.h"
#include "mase/Conversion/ConvertToLinalgInterface.h"
#include "mase/Conversion/Passes.h"
#include "mase/Dialect/Mase/IR/ModuleLevel.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"
#include "mase/Support/Quoting.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

namespace mase {
#define GEN_PASS_DEF_CONVERTMASETOLINALGPASS
#include "mase/Conversion/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;

namespace {

/// Whether the pass is about `op`.
bool isLowered(Operation *op) {
  return isa_and_nonnull<MaseDialect>(op->getDialect()) ||
         isa<LayerOpInterface>(op);
}

/// Reports what the patterns, which begin at the ops `lowered`, cannot lower.
LogicalResult check(ModuleOp module,
                    const llvm::DenseSet<OperationName> &lowered) {
  bool ok = true;
  module.walk([&](Operation *op) {
    if (!isLowered(op))
      return;
    if (isa<LayerOpInterface>(op) && !lowered.contains(op->getName())) {
      op->emitError() << "no lowering of '" << op->getName()
                      << "' to linalg; expected a pattern from the "
                         "'ConvertToLinalgPatternInterface' of its dialect";
      ok = false;
    }
    auto layer = dyn_cast<QuantizableOpInterface>(op);
    PrecisionAttr precision = layer ? layer.getLayerPrecision() : nullptr;
    if (precision && !precision.isEmpty()) {
      op->emitError() << "expected layers without precision, found layer "
                      << quoted(cast<LayerOpInterface>(op).getLayerName())
                      << " with " << precision
                      << "; run --mase-lower-to-integer first";
      ok = false;
    }
    auto norm = dyn_cast<BatchNormOp>(op);
    if (norm && !norm.getAffineParameters()) {
      op->emitError() << "expected constant parameters of layer "
                      << quoted(norm.getLayer()) << ", found others";
      ok = false;
    }
    auto round = dyn_cast<RoundOp>(op);
    if (round && !round.getFormat().getNumberFormat()->deviceFunction()) {
      op->emitError() << "expected a number format with integer codes or a C++ "
                         "function that rounds, found "
                      << round.getFormat();
      ok = false;
    }
    for (Type type : op->getResultTypes()) {
      Type element = getElementTypeOrSelf(type);
      if (element.isInteger() && element.getIntOrFloatBitWidth() > 64) {
        op->emitError() << "expected integers of at most 64 bits, found "
                        << type;
        ok = false;
      }
    }
  });
  return success(ok);
}

bool hasMaseOps(ModuleOp module) {
  return module
      .walk([](Operation *op) {
        return isLowered(op) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Declares `name`, where one of the `Ops` is there to call it. `what` says
/// what it is, for people.
template <typename... Ops>
LogicalResult declare(ModuleOp module, StringRef name, StringRef what) {
  Operation *caller = nullptr;
  module.walk([&](Operation *op) {
    if (!isa<Ops...>(op))
      return WalkResult::advance();
    caller = op;
    return WalkResult::interrupt();
  });
  if (!caller)
    return success();
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  Type f32 = builder.getF32Type();
  auto type = builder.getFunctionType(f32, f32);
  if (Operation *found = module.lookupSymbol(name)) {
    auto function = dyn_cast<func::FuncOp>(found);
    if (function && function.getFunctionType() == type)
      return success();
    return found->emitError()
           << "expected '" << name << "' to be " << type << ", the " << what
           << " that " << caller->getName().stripDialect() << " calls";
  }
  func::FuncOp::create(builder, module.getLoc(), name, type).setPrivate();
  return success();
}

/// The functions that layers call.
LogicalResult declareFunctions(ModuleOp module) {
  return success(
      succeeded(declare<SoftmaxOp, LogSoftmaxOp>(module, kExpFunction,
                                                 "exponential")) &&
      succeeded(declare<LogSoftmaxOp>(module, kLogFunction, "logarithm")) &&
      succeeded(declare<SigmoidOp>(module, kSigmoidFunction, "function")) &&
      succeeded(declare<TanhOp>(module, kTanhFunction, "function")));
}

/// Declares a function for each format of a mase.round. Its name says nothing:
/// the format is in an attribute, by which engines define the function.
RoundingFunctions declareRoundings(ModuleOp module) {
  RoundingFunctions roundings;
  for (auto function : module.getOps<func::FuncOp>())
    if (Attribute format = function->getAttr(kFormatAttrName))
      roundings.try_emplace(format, function.getSymNameAttr());
  SymbolTable symbols(module);
  OpBuilder builder(module.getContext());
  Type f32 = builder.getF32Type();
  Block::iterator front = module.getBody()->begin();
  int declared = 0;
  module.walk([&](RoundOp op) {
    auto [entry, isNew] = roundings.try_emplace(op.getFormat());
    if (!isNew)
      return;
    auto function = func::FuncOp::create(
        module.getLoc(), "mase_round_" + std::to_string(declared++),
        builder.getFunctionType(f32, f32));
    function.setPrivate();
    function->setAttr(kFormatAttrName, op.getFormat());
    entry->second = symbols.insert(function, front);
  });
  return roundings;
}

struct ConvertMaseToLinalg
    : mase::impl::ConvertMaseToLinalgPassBase<ConvertMaseToLinalg> {
  using ConvertMaseToLinalgPassBase::ConvertMaseToLinalgPassBase;

  void runOnOperation() final {
    ModuleOp module = getOperation();
    if (!hasMaseOps(module))
      warnNothingToDo(module, getArgument(), "ops of the mase dialect");
    MLIRContext *context = &getContext();
    CodeTypeConverter converter;
    RoundingFunctions roundings;
    RewritePatternSet patterns(context);
    populateIntegerOpPatterns(converter, roundings, patterns);
    populateLayerPatterns(converter, patterns);
    for (Dialect *dialect : context->getLoadedDialects())
      if (auto *others =
              dialect
                  ->getRegisteredInterface<ConvertToLinalgPatternInterface>())
        others->populateConvertToLinalgPatterns(converter, patterns);
    llvm::DenseSet<OperationName> lowered;
    for (const auto &pattern : patterns.getNativePatterns())
      if (std::optional<OperationName> root = pattern->getRootKind())
        lowered.insert(*root);
    if (failed(check(module, lowered)) || failed(declareFunctions(module)))
      return signalPassFailure();
    roundings = declareRoundings(module);
    // Types below say less and less of what goes in and comes out, and C can
    // call only what has an interface for it.
    for (auto function : module.getOps<func::FuncOp>())
      if (function.isPublic() && isNetworkType(function.getFunctionType())) {
        function->setAttr(kNetworkAttrName,
                          TypeAttr::get(function.getFunctionType()));
        function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                          UnitAttr::get(&getContext()));
      }
    // What a network's results are must be known of what becomes of it, too.
    for (auto function : module.getOps<func::FuncOp>()) {
      FailureOr<OutputKind> kind = getOutputKind(function);
      if (failed(kind))
        return signalPassFailure();
      if (*kind != OutputKind::Logits)
        function->setAttr(
            kOutputKindAttrName,
            StringAttr::get(&getContext(), stringifyOutputKind(*kind)));
    }
    for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
      if (isAnnotation(&op))
        op.erase();

    ConversionTarget target(*context);
    target.addIllegalDialect<MaseDialect>();
    target.markUnknownOpDynamicallyLegal(
        [](Operation *op) { return !isLowered(op); });
    target.addLegalDialect<linalg::LinalgDialect, math::MathDialect,
                           tensor::TensorDialect>();
    target.addDynamicallyLegalDialect<arith::ArithDialect>(
        [&](Operation *op) { return converter.isLegal(op); });
    target.addDynamicallyLegalOp<func::FuncOp>([&](func::FuncOp op) {
      return converter.isSignatureLegal(op.getFunctionType());
    });
    target.addDynamicallyLegalOp<func::ReturnOp, func::CallOp>(
        [&](Operation *op) { return converter.isLegal(op); });

    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns,
                                                                   converter);
    populateReturnOpTypeConversionPattern(patterns, converter);
    populateCallOpTypeConversionPattern(patterns, converter);
    if (failed(applyPartialConversion(module, target, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
