// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a function of the integer level to the graph of its stages.
#include "NetworkGraph.h"

#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

FeatureUse mase::kernel::featureUseOf(Operation *op) {
  auto part = dyn_cast<KernelOpInterface>(op);
  return part ? part.getFeatureUse() : FeatureUse::ElementByElement;
}

//===----------------------------------------------------------------------===//
// What has a kernel
//===----------------------------------------------------------------------===//

static InFlightDiagnostic noKernelOf(func::FuncOp func) {
  return func.emitError() << "function " << quoted(func.getName())
                          << " has no kernel: ";
}

static LogicalResult checkBoundary(func::FuncOp func, Type type,
                                   StringRef what) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.getElementType().isF32())
    return noKernelOf(func)
           << "expected " << what << " that is a ranked tensor of f32, found "
           << type;
  if (tensor.getRank() < 2)
    return noKernelOf(func)
           << "expected " << what << " with a leading batch dimension, found "
           << type;
  for (int64_t dim : tensor.getShape().drop_front())
    if (ShapedType::isDynamic(dim) || dim == 0)
      return noKernelOf(func) << "expected " << what
                              << " with static sizes of at least 1 but for the "
                                 "batch, found "
                              << type;
  return success();
}

static LogicalResult checkOp(Operation *op) {
  if (op->getNumResults() == 1 && isConstant(op->getResult(0)))
    return success();
  if (op->hasTrait<ReshapesInput>())
    return requireActivation(op, op->getOperand(0));
  if (auto layer = dyn_cast<QuantizableOpInterface>(op))
    if (layer.getLayerPrecision())
      return noKernel(op) << "it still has a precision; expected the integer "
                             "level, which --mase-lower-to-integer makes";
  if (auto part = dyn_cast<KernelOpInterface>(op))
    return part.checkKernel();
  return noKernel(op) << "expected ops that implement 'KernelOpInterface', as "
                         "those of the integer level and layers without "
                         "precision do, found '"
                      << op->getName() << "'";
}

static LogicalResult check(func::FuncOp func) {
  FunctionType type = func.getFunctionType();
  if (type.getNumInputs() != 1 || type.getNumResults() != 1)
    return noKernelOf(func)
           << "expected one input and one result, found " << type.getNumInputs()
           << " and " << type.getNumResults();
  if (failed(checkBoundary(func, type.getInput(0), "an input")) ||
      failed(checkBoundary(func, type.getResult(0), "a result")))
    return failure();
  if (!func.getBody().hasOneBlock())
    return noKernelOf(func) << "expected a body without control flow";
  for (Operation &op : func.getBody().front().without_terminator())
    if (failed(checkOp(&op)))
      return failure();
  Value result =
      skipFlatten(func.getBody().front().getTerminator()->getOperand(0));
  if (isConstant(result))
    return noKernelOf(func) << "its result does not depend on its input";
  return success();
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

void NetworkGraph::formStages() {
  struct Group {
    std::vector<Operation *> ops; // in reverse
    bool hasHead = false;
  };
  std::vector<std::unique_ptr<Group>> groups;
  llvm::DenseMap<Operation *, Group *> groupOf;
  llvm::DenseMap<Operation *, Group *> groupOfLast;
  for (Operation &op :
       llvm::reverse(func.getBody().front().without_terminator())) {
    if (op.hasTrait<ReshapesInput>() || isConstant(op.getResult(0)))
      continue;
    if (op.use_empty())
      continue; // computes nothing that is asked for
    Operation *user = getOnlyReader(op.getResult(0));
    Group *group = nullptr;
    const FeatureUse use = featureUseOf(&op);
    if (user && !isHead(user) && use != FeatureUse::AllOnAll)
      group = groupOf.lookup(user);
    if (group && isHead(&op) && group->hasHead)
      group = nullptr;
    if (!group) {
      groups.push_back(std::make_unique<Group>());
      group = groups.back().get();
      groupOfLast[&op] = group;
    }
    group->ops.push_back(&op);
    group->hasHead |= isHead(&op);
    groupOf[&op] = group;
  }
  for (Operation &op : func.getBody().front().without_terminator()) {
    Group *group = groupOfLast.lookup(&op);
    if (!group)
      continue;
    StageOps stage(group->ops.rbegin(), group->ops.rend());
    // At most one mixes features: it comes first, the others keep their order.
    auto head = llvm::find_if(stage, isHead);
    if (head != stage.end())
      std::rotate(stage.begin(), head, std::next(head));
    stages.push_back(std::move(stage));
  }
}

NetworkGraph::NetworkGraph(func::FuncOp func) : func(func), ranges(func) {
  formStages();
}

FailureOr<NetworkGraph> NetworkGraph::build(func::FuncOp func) {
  if (failed(check(func)))
    return failure();
  return NetworkGraph(func);
}
