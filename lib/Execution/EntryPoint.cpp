// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finding the network of a module, whatever it has become.
#include "mase/Execution/EntryPoint.h"

#include "OnlyOrMain.h"
#include "OwnContext.h"

#include "mase/Conversion/Pipelines.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"
#include "mase/Execution/EntryFunction.h"
#include "mase/Execution/Interpreter.h"

#include "mlir/Dialect/Func/Extensions/InlinerExtension.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mase;

StringRef mase::describe(Level level) {
  switch (level) {
  case Level::Layers:
    return "layers";
  case Level::Tensors:
    return "ops of other dialects on tensors";
  case Level::Buffers:
    return "functions on memrefs";
  case Level::Llvm:
    return "the LLVM dialect";
  case Level::Kernel:
    return "kernels";
  case Level::Lanes:
    return "kernels in lanes";
  }
  return {};
}

int64_t EntryPoint::inputSize() const {
  return ShapedType::getNumElements(inputShape);
}

int64_t EntryPoint::outputSize() const {
  return ShapedType::getNumElements(outputShape);
}

/// Takes the shapes of `in` and `out`, [batch, ...].
static void setShapes(EntryPoint &entry, ShapedType in, ShapedType out) {
  llvm::append_range(entry.inputShape, in.getShape().drop_front());
  llvm::append_range(entry.outputShape, out.getShape().drop_front());
  if (!in.isDynamicDim(0))
    entry.batch = in.getDimSize(0);
}

static FailureOr<EntryPoint> getEntryPoint(kernel::KernelOp kernel) {
  Block &body = kernel.getBody().front();
  Level level = kernel.getLayout() == kernel::Layout::Lanes ? Level::Lanes
                                                            : Level::Kernel;
  EntryPoint entry{kernel, level, {}, {}, std::nullopt};
  entry.inputShape = {kernel::sizeOf(body.getArgument(0))};
  entry.outputShape = {kernel::sizeOf(body.back().getOperand(0))};
  return entry;
}

/// `type` with its memrefs as tensors, the result first among the results:
/// what a function on buffers computes. Null where it is no such function.
static FunctionType onTensors(FunctionType type) {
  auto inputs = llvm::to_vector(type.getInputs()),
       results = llvm::to_vector(type.getResults());
  if (inputs.size() == 2 && results.empty())
    results.push_back(inputs.pop_back_val());
  for (SmallVector<Type> *types : {&inputs, &results})
    for (Type &each : *types) {
      auto memref = dyn_cast<MemRefType>(each);
      if (!memref)
        return {};
      each = RankedTensorType::get(memref.getShape(), memref.getElementType());
    }
  return FunctionType::get(type.getContext(), inputs, results);
}

/// Whether the interpreter and the generators of code can take the function:
/// layers of any dialect are layers.
static bool isOfLayers(func::FuncOp function) {
  auto canTake = [&](Operation *op) {
    return op == function ||
           isa<MaseDialect, func::FuncDialect>(op->getDialect()) ||
           isa<arith::ConstantOp, LayerOpInterface, InterpretableOpInterface>(
               op);
  };
  return !function
              ->walk([&](Operation *op) {
                return canTake(op) ? WalkResult::advance()
                                   : WalkResult::interrupt();
              })
              .wasInterrupted();
}

static FailureOr<EntryPoint> getEntryPoint(func::FuncOp function) {
  FunctionType type = function.getFunctionType(), buffers = onTensors(type);
  EntryPoint entry{function, Level::Buffers, {}, {}, std::nullopt};
  if (!function.isExternal() && buffers && isNetworkType(buffers)) {
    setShapes(entry, cast<ShapedType>(buffers.getInput(0)),
              cast<ShapedType>(buffers.getResult(0)));
    return entry;
  }
  if (failed(getEntryFunction(function)))
    return failure();
  entry.level = isOfLayers(function) ? Level::Layers : Level::Tensors;
  if (failed(requireClosedFormats(function)))
    return failure();
  setShapes(entry, cast<ShapedType>(type.getInput(0)),
            cast<ShapedType>(type.getResult(0)));
  return entry;
}

static FailureOr<EntryPoint> getEntryPoint(LLVM::LLVMFuncOp function) {
  auto type = cast<FunctionType>(
      function->getAttrOfType<TypeAttr>(kNetworkAttrName).getValue());
  auto module = function->getParentOfType<ModuleOp>();
  std::string name = getCInterfaceName(function.getSymName());
  auto wrapper = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
  bool returnsNothing =
      isa<LLVM::LLVMVoidType>(function.getFunctionType().getReturnType());
  if (!wrapper || !returnsNothing)
    return function.emitError()
           << "expected a network with the C interface of "
              "--mase-to-llvm-pipeline, a function '"
           << name << "' that takes descriptors of the input and the output; "
           << (wrapper ? "found one that returns its result"
                       : "found none of that name");
  EntryPoint entry{function, Level::Llvm, {}, {}, std::nullopt};
  setShapes(entry, cast<ShapedType>(type.getInput(0)),
            cast<ShapedType>(type.getResult(0)));
  return entry;
}

/// The ops that are networks, all of one kind.
static FailureOr<SmallVector<Operation *>> findNetworks(ModuleOp module) {
  SmallVector<Operation *> kernels, functions, lowered;
  bool hasLlvm = false;
  for (Operation &op : *module.getBody()) {
    if (isa<kernel::KernelOp>(op))
      kernels.push_back(&op);
    else if (auto function = dyn_cast<func::FuncOp>(op))
      function.isPublic() ? functions.push_back(&op) : void();
    else if (auto function = dyn_cast<LLVM::LLVMFuncOp>(op)) {
      hasLlvm = true;
      // The wrapper has the attributes of what it wraps.
      if (op.hasAttr(kNetworkAttrName) &&
          !function.getSymName().starts_with(getCInterfaceName("")))
        lowered.push_back(&op);
    }
  }
  for (auto *found : {&kernels, &functions, &lowered})
    if (!found->empty())
      return *found;
  if (hasLlvm)
    return module.emitError()
           << "expected a function of the LLVM dialect with '"
           << kNetworkAttrName
           << "', its type as a network, which --convert-mase-to-linalg and "
              "--mase-to-llvm-pipeline leave; found none";
  return module.emitError()
         << "expected a public function that is the network, found none";
}

static FailureOr<EntryPoint> getEntryPoint(Operation *op) {
  if (auto kernel = dyn_cast<kernel::KernelOp>(op))
    return getEntryPoint(kernel);
  if (auto function = dyn_cast<func::FuncOp>(op))
    return getEntryPoint(function);
  return getEntryPoint(cast<LLVM::LLVMFuncOp>(op));
}

FailureOr<EntryPoint> mase::findEntryPoint(ModuleOp module) {
  FailureOr<SmallVector<Operation *>> found = findNetworks(module);
  if (failed(found))
    return failure();
  FailureOr<Operation *> op = onlyOrMain(module, *found);
  if (failed(op))
    return failure();
  return getEntryPoint(*op);
}

FailureOr<SmallVector<EntryPoint>> mase::findEntryPoints(ModuleOp module) {
  FailureOr<SmallVector<Operation *>> found = findNetworks(module);
  if (failed(found))
    return failure();
  SmallVector<EntryPoint> entries;
  for (Operation *op : *found) {
    FailureOr<EntryPoint> entry = getEntryPoint(op);
    if (failed(entry))
      return failure();
    entries.push_back(std::move(*entry));
  }
  return entries;
}

void mase::registerNetworkDialects(DialectRegistry &registry) {
  registerMaseToLLVMDialects(registry);
  registry.insert<kernel::MaseKernelDialect>();
  func::registerInlinerExtension(registry);
  registerInterpretableOpInterfaceExternalModels(registry);
}
