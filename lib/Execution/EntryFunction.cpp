// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finding the network of a module.
#include "mase/Execution/EntryFunction.h"

using namespace mlir;
using namespace mase;

FailureOr<EntryFunction> mase::getEntryFunction(func::FuncOp function) {
  FunctionType type = function.getFunctionType();
  auto fail = [&]() -> FailureOr<EntryFunction> {
    return function.emitError()
           << "expected a network, from one f32 tensor [batch, ...] to one of "
              "the same batch, all other sizes static; found '"
           << function.getSymName() << "' of type " << type;
  };
  if (function.isExternal() || !llvm::hasSingleElement(function.getBody()) ||
      type.getNumInputs() != 1 || type.getNumResults() != 1)
    return fail();
  auto in = dyn_cast<RankedTensorType>(type.getInput(0)),
       out = dyn_cast<RankedTensorType>(type.getResult(0));
  for (RankedTensorType tensor : {in, out})
    if (!tensor || !tensor.getElementType().isF32() || tensor.getRank() < 1 ||
        ShapedType::isDynamicShape(tensor.getShape().drop_front()))
      return fail();
  if (in.getDimSize(0) != out.getDimSize(0) ||
      llvm::is_contained(in.getShape(), 0) ||
      llvm::is_contained(out.getShape(), 0))
    return fail();
  EntryFunction entry;
  entry.function = function;
  entry.inputSize = ShapedType::getNumElements(in.getShape().drop_front());
  entry.outputSize = ShapedType::getNumElements(out.getShape().drop_front());
  if (!in.isDynamicDim(0))
    entry.batch = in.getDimSize(0);
  return entry;
}

FailureOr<SmallVector<EntryFunction>>
mase::getEntryFunctions(ArrayRef<func::FuncOp> functions) {
  SmallVector<EntryFunction> entries;
  for (func::FuncOp function : functions) {
    FailureOr<EntryFunction> entry = getEntryFunction(function);
    if (failed(entry))
      return failure();
    entries.push_back(*entry);
  }
  return entries;
}

FailureOr<EntryFunction> mase::findEntryFunction(ModuleOp module) {
  SmallVector<func::FuncOp> found;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic())
      found.push_back(function);
  if (found.empty())
    return module.emitError()
           << "expected a public function that is the network, found none";
  if (found.size() > 1) {
    auto main = llvm::find_if(found, [](func::FuncOp function) {
      return function.getSymName() == "main";
    });
    if (main == found.end()) {
      InFlightDiagnostic error =
          module.emitError() << "expected one public function, or one named "
                                "'main', to be the network; found "
                             << found.size();
      for (func::FuncOp function : found)
        error.attachNote(function.getLoc())
            << "'" << function.getSymName() << "' defined here";
      return error;
    }
    found = {*main};
  }
  return getEntryFunction(found.front());
}
