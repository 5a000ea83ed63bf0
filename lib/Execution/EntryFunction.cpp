// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finding the network of a module.
#include "mase/Execution/EntryFunction.h"

#include "OnlyOrMain.h"

#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Dialect/Mase/IR/ModuleLevel.h"

#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mase;

FailureOr<EntryFunction> mase::getEntryFunction(func::FuncOp function) {
  FunctionType type = function.getFunctionType();
  if (function.isExternal() || !isNetworkType(type))
    return function.emitError()
           << "expected a network, from one f32 tensor [batch, ...] to one of "
              "the same batch, all other sizes static; found '"
           << function.getSymName() << "' of type " << type;
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitError()
           << "expected a network without control flow, found '"
           << function.getSymName() << "' of "
           << function.getBody().getBlocks().size() << " blocks";
  auto in = cast<RankedTensorType>(type.getInput(0)),
       out = cast<RankedTensorType>(type.getResult(0));
  EntryFunction entry;
  entry.function = function;
  entry.inputSize = ShapedType::getNumElements(in.getShape().drop_front());
  entry.outputSize = ShapedType::getNumElements(out.getShape().drop_front());
  if (!in.isDynamicDim(0))
    entry.batch = in.getDimSize(0);
  return entry;
}

FailureOr<Operation *> mase::onlyOrMain(ModuleOp module,
                                        ArrayRef<Operation *> found) {
  if (found.size() == 1)
    return found.front();
  auto main = llvm::find_if(found, [](Operation *op) {
    return SymbolTable::getSymbolName(op) == "main";
  });
  if (main != found.end())
    return *main;
  bool areFunctions = isa<FunctionOpInterface>(found.front());
  InFlightDiagnostic error =
      module.emitError()
      << "expected one "
      << (areFunctions
              ? "public function"
              : ("'" + found.front()->getName().getStringRef() + "'").str())
      << ", or one named 'main', to be the network; found " << found.size();
  for (Operation *op : found)
    error.attachNote(op->getLoc())
        << "'" << SymbolTable::getSymbolName(op).getValue() << "' defined here";
  return error;
}

FailureOr<EntryFunction> mase::findEntryFunction(ModuleOp module) {
  SmallVector<Operation *> found;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic())
      found.push_back(function);
  if (found.empty()) {
    ModuleLevel level = getModuleLevel(module);
    return module.emitError()
           << "expected a public function that is the network, found "
           << (level == ModuleLevel::Empty ? "none" : nameOf(level));
  }
  FailureOr<Operation *> entry = onlyOrMain(module, found);
  if (failed(entry))
    return failure();
  return getEntryFunction(cast<func::FuncOp>(*entry));
}
