// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a function of the integer level to the graph of its stages.
#include "NetworkGraph.h"

#include "mase/Dialect/Mase/IR/Samples.h"
#include "mase/Support/Quoting.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

std::string mase::kernel::layerNameOf(Operation *op) {
  if (auto layer = dyn_cast<LayerOpInterface>(op))
    return layer.getLayerName().str();
  if (auto linear = dyn_cast<IntLinearOp>(op))
    return linear.getLayer().str();
  if (auto affine = dyn_cast<AffineOp>(op))
    return affine.getLayer().str();
  if (auto requantize = dyn_cast<RequantizeOp>(op))
    if (!requantize.getLayers().empty())
      return cast<StringAttr>(requantize.getLayers()[0]).getValue().str();
  return {};
}

bool mase::kernel::isConstant(Value value) {
  DenseElementsAttr attr;
  return matchPattern(value, m_Constant(&attr));
}

bool mase::kernel::isSoftmax(Operation *op) {
  return isa<SoftmaxOp, LogSoftmaxOp>(op);
}

bool mase::kernel::isHead(Operation *op) {
  return isa<IntLinearOp, LinearOp, MatmulOp>(op) || isSoftmax(op);
}

//===----------------------------------------------------------------------===//
// What has a kernel
//===----------------------------------------------------------------------===//

InFlightDiagnostic mase::kernel::noKernel(Operation *op) {
  std::string layer = layerNameOf(op);
  InFlightDiagnostic diagnostic = op->emitError();
  if (layer.empty())
    diagnostic << "'" << op->getName() << "'";
  else
    diagnostic << "layer " << quoted(layer);
  diagnostic << " has no CUDA kernel: ";
  return diagnostic;
}

static InFlightDiagnostic noKernelOf(func::FuncOp func) {
  return func.emitError() << "function " << quoted(func.getName())
                          << " has no CUDA kernel: ";
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

static LogicalResult checkOp(Operation *op);

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

/// Slices that are of a sample, and formats that kernels can compute with.
static LogicalResult checkFormats(Operation *op) {
  auto inSample = [&](std::optional<int> axis, Value value) -> LogicalResult {
    int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
    if (!axis || (*axis < 0 ? *axis + rank : *axis) != 0)
      return success();
    return noKernel(op) << "expected slices of a number format along an axis "
                           "of a sample, found the batch's";
  };
  auto axisOf = [](NumberFormatAttrInterface format) -> std::optional<int> {
    std::optional<UniformTensorFormat> uniform = format.getUniform();
    return uniform && uniform->slices() > 0 ? uniform->axis : std::nullopt;
  };
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](IntLinearOp linear) {
        return inSample(axisOf(linear.getData()), linear.getInput());
      })
      .Case<QuantizeOp, RequantizeOp>([&](auto quantize) {
        return inSample(axisOf(quantize.getFormat()), quantize.getInput());
      })
      .Case([&](DequantizeOp dequantize) {
        return inSample(dequantize.getCodeScale().axis, dequantize.getInput());
      })
      .Case([&](RoundOp round) -> LogicalResult {
        if (round.getFormat().getNumberFormat()->deviceFunction())
          return success();
        return noKernel(op) << "expected a number format with integer codes or "
                               "a C++ function that rounds, found "
                            << round.getFormat();
      })
      .Default([](Operation *) { return success(); });
}

static LogicalResult checkOp(Operation *op) {
  if (op->getNumResults() == 1 && isConstant(op->getResult(0)))
    return success();
  if (failed(checkFormats(op)))
    return failure();
  if (auto layer = dyn_cast<QuantizableOpInterface>(op))
    if (layer.getLayerPrecision())
      return noKernel(op) << "it still has a precision; expected the integer "
                             "level, which --mase-lower-to-integer makes";
  if (!isa<QuantizeOp, DequantizeOp, IntLinearOp, RequantizeOp, RoundOp,
           AffineOp, BatchNormOp, LinearOp, MatmulOp, ReluOp, LeakyReluOp,
           SigmoidOp, AddOp, SubOp, MulOp, SoftmaxOp, LogSoftmaxOp, FlattenOp>(
          op)) {
    if (isa<LayerOpInterface>(op))
      return noKernel(op) << "expected layers of the mase dialect, found '"
                          << op->getName() << "'";
    return noKernel(op)
           << "expected ops of the integer level or layers without precision";
  }

  auto parameter = [&](Value value, StringRef what) -> LogicalResult {
    if (!value || isConstant(value))
      return success();
    return noKernel(op) << "expected a constant " << what
                        << ", found an argument or a computed value";
  };
  // Operands that are activations must be of a sample each.
  auto activation = [&](Value value) -> LogicalResult {
    auto type = cast<RankedTensorType>(value.getType());
    if (isConstant(value))
      return noKernel(op) << "expected an input that depends on the network's, "
                             "found a constant";
    for (int64_t dim : type.getShape().drop_front())
      if (ShapedType::isDynamic(dim) || dim == 0)
        return noKernel(op) << "expected static sizes of at least 1 but for "
                               "the batch, found "
                            << type;
    if (type.getRank() < 2)
      return noKernel(op) << "expected a leading batch dimension, found "
                          << type;
    return success();
  };

  auto result =
      TypeSwitch<Operation *, LogicalResult>(op)
          .Case<IntLinearOp, LinearOp>([&](auto linear) {
            return success(succeeded(parameter(linear.getWeight(), "weight")) &&
                           succeeded(parameter(linear.getBias(), "bias")));
          })
          .Case([&](MatmulOp matmul) {
            return parameter(matmul.getWeight(), "right operand");
          })
          .Case<AffineOp, RequantizeOp>([&](auto affine) {
            return success(succeeded(parameter(affine.getScale(), "scale")) &&
                           succeeded(parameter(affine.getShift(), "shift")));
          })
          .Case([&](BatchNormOp norm) {
            for (Value value : {norm.getGamma(), norm.getBeta(), norm.getMean(),
                                norm.getVariance()})
              if (failed(parameter(value, "parameter")))
                return failure();
            return success();
          })
          .Default([](Operation *) { return success(); });
  if (failed(result))
    return failure();

  if (!isa<AddOp, SubOp, MulOp>(op))
    return activation(op->getOperand(0));
  Value lhs = op->getOperand(0), rhs = op->getOperand(1);
  if (isConstant(lhs) && isConstant(rhs))
    return noKernel(op) << "expected an operand that depends on the network's "
                           "input, found two constants";
  for (Value operand : {lhs, rhs}) {
    auto type = cast<RankedTensorType>(operand.getType());
    if (!isConstant(operand)) {
      if (failed(activation(operand)))
        return failure();
      if (type != op->getResult(0).getType())
        return noKernel(op) << "a computed operand is broadcast over the batch";
    } else if (type.getShape()[0] != 1) {
      return noKernel(op)
             << "expected a constant with a batch size of 1, found " << type;
    }
  }
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
    if (isa<FlattenOp>(op) || isConstant(op.getResult(0)))
      continue;
    if (op.use_empty())
      continue; // computes nothing that is asked for
    Operation *user = getOnlyReader(op.getResult(0));
    Group *group = nullptr;
    // Softmax needs all of its results before it has the first.
    if (user && !isHead(user) && !isSoftmax(&op))
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
