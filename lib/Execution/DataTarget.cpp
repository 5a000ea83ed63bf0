// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What data must fit to be run through a network.
#include "mase/Execution/DataTarget.h"

#include "mase/Dialect/Mase/IR/ClassNames.h"

using namespace mlir;
using namespace mase;

static FailureOr<DataTarget>
makeTarget(Operation *network, ArrayRef<int64_t> input, int64_t results) {
  FailureOr<std::vector<std::string>> names = getClassNames(network, results);
  if (failed(names))
    return failure();
  return DataTarget{{input.begin(), input.end()}, *std::move(names)};
}

FailureOr<DataTarget> mase::getDataTarget(const EntryPoint &entry) {
  return makeTarget(entry.op, entry.inputShape, entry.outputSize());
}

FailureOr<DataTarget> mase::getDataTarget(func::FuncOp network) {
  FunctionType type = network.getFunctionType();
  auto sample = [](Type tensor) {
    return cast<ShapedType>(tensor).getShape().drop_front();
  };
  return makeTarget(network, sample(type.getInput(0)),
                    ShapedType::getNumElements(sample(type.getResult(0))));
}
