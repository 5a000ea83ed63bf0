// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a function of the integer level to the stages of a kernel.
#include "NetworkGraph.h"

#include "mase/Support/Quoting.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

//===----------------------------------------------------------------------===//
// Reading the integer level
//===----------------------------------------------------------------------===//

Value NetworkGraph::resolve(Value value) {
  while (auto flatten = value.getDefiningOp<FlattenOp>())
    value = flatten.getInput();
  return value;
}

int64_t NetworkGraph::sizeOf(Value value) {
  int64_t size = 1;
  for (int64_t dim :
       cast<RankedTensorType>(value.getType()).getShape().drop_front())
    size *= dim;
  return size;
}

SmallVector<float> mase::kernel::expandFeatures(ArrayRef<float> features,
                                                Value like) {
  SmallVector<float> all;
  int64_t inner = NetworkGraph::sizeOf(like) / int64_t(features.size());
  for (float feature : features)
    all.append(inner, feature);
  return all;
}

std::optional<AffineParameters> mase::kernel::affineParameters(Operation *op) {
  if (auto norm = dyn_cast<BatchNormOp>(op))
    return getAffineParameters(norm);
  auto affine = cast<mase::AffineOp>(op);
  auto scale = getConstantF32(affine.getScale()),
       shift = getConstantF32(affine.getShift());
  if (!scale || !shift)
    return std::nullopt;
  AffineParameters parameters;
  parameters.scale = std::move(*scale);
  parameters.shift = std::move(*shift);
  return parameters;
}

std::string mase::kernel::layerNameOf(Operation *op) {
  if (auto layer = dyn_cast<LayerOpInterface>(op))
    return layer.getLayerName().str();
  if (auto linear = dyn_cast<IntLinearOp>(op))
    return linear.getLayer().str();
  if (auto affine = dyn_cast<mase::AffineOp>(op))
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
  return isa<mase::SoftmaxOp, mase::LogSoftmaxOp>(op);
}

/// Ops that mix features come first in a stage.
static bool isHead(Operation *op) {
  return isa<IntLinearOp, mase::LinearOp, MatmulOp>(op) || isSoftmax(op);
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

LogicalResult NetworkGraph::check() {
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
  Value result = resolve(func.getBody().front().getTerminator()->getOperand(0));
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
      .Case<mase::QuantizeOp, RequantizeOp>([&](auto quantize) {
        return inSample(axisOf(quantize.getFormat()), quantize.getInput());
      })
      .Case([&](mase::DequantizeOp dequantize) {
        return inSample(dequantize.getCodeScale().axis, dequantize.getInput());
      })
      .Case([&](mase::RoundOp round) -> LogicalResult {
        if (round.getFormat().getNumberFormat()->deviceFunction())
          return success();
        return noKernel(op) << "expected a number format with integer codes or "
                               "a C++ function that rounds, found "
                            << round.getFormat();
      })
      .Default([](Operation *) { return success(); });
}

LogicalResult NetworkGraph::checkOp(Operation *op) {
  if (op->getNumResults() == 1 && isConstant(op->getResult(0)))
    return success();
  if (failed(checkFormats(op)))
    return failure();
  if (auto layer = dyn_cast<QuantizableOpInterface>(op))
    if (layer.getLayerPrecision())
      return noKernel(op) << "it still has a precision; expected the integer "
                             "level, which --mase-lower-to-integer makes";
  if (!isa<mase::QuantizeOp, mase::DequantizeOp, IntLinearOp, RequantizeOp,
           mase::RoundOp, mase::AffineOp, BatchNormOp, mase::LinearOp, MatmulOp,
           mase::ReluOp, mase::LeakyReluOp, mase::SigmoidOp, mase::AddOp,
           mase::SubOp, mase::MulOp, mase::SoftmaxOp, mase::LogSoftmaxOp,
           FlattenOp>(op)) {
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
          .Case<IntLinearOp, mase::LinearOp>([&](auto linear) {
            return success(succeeded(parameter(linear.getWeight(), "weight")) &&
                           succeeded(parameter(linear.getBias(), "bias")));
          })
          .Case([&](MatmulOp matmul) {
            return parameter(matmul.getWeight(), "right operand");
          })
          .Case<mase::AffineOp, RequantizeOp>([&](auto affine) {
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

  if (!isa<mase::AddOp, mase::SubOp, mase::MulOp>(op))
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

/// The one user of the value, looking through flatten; null where there are
/// several, or where it is the function's result.
static Operation *onlyUser(Value value) {
  Operation *user = nullptr;
  SmallVector<Value> worklist = {value};
  while (!worklist.empty()) {
    Value v = worklist.pop_back_val();
    for (Operation *u : v.getUsers()) {
      if (auto flatten = dyn_cast<FlattenOp>(u)) {
        worklist.push_back(flatten.getResult());
        continue;
      }
      if (user && user != u)
        return nullptr;
      user = u;
    }
  }
  return isa_and_nonnull<func::ReturnOp>(user) ? nullptr : user;
}

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
    Operation *user = onlyUser(op.getResult(0));
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
    StagePlan stage;
    stage.ops.assign(group->ops.rbegin(), group->ops.rend());
    // At most one mixes features: it comes first, the others keep their order.
    auto head = llvm::find_if(stage.ops, isHead);
    if (head != stage.ops.end())
      std::rotate(stage.ops.begin(), head, std::next(head));
    stages.push_back(std::move(stage));
  }
}

//===----------------------------------------------------------------------===//
// Names and costs
//===----------------------------------------------------------------------===//

void NetworkGraph::nameStages() {
  IdentifierScope names;
  for (StagePlan &stage : stages) {
    std::string name;
    for (Operation *op : stage.ops)
      if (name.empty())
        name = layerNameOf(op);
    stage.name = names.unique(name.empty() ? "quantize" : name, "layer_");
    if (isHead(stage.ops.front()) && rereads.contains(stage.ops.front()))
      stage.inputName = names.unique(stage.name + "_input", "layer_");
  }
}

void NetworkGraph::estimate() {
  auto wordsOf = [&](Value value) -> int64_t {
    value = resolve(value);
    if (packed.contains(value))
      return llvm::divideCeil(sizeOf(value), 4);
    return sizeOf(value) * (isWide(value) ? 2 : 1);
  };
  // The last stage that reads a value.
  llvm::DenseMap<Value, size_t> lastUse;
  for (auto [i, stage] : llvm::enumerate(stages))
    for (Operation *op : stage.ops)
      for (Value operand : op->getOperands())
        if (!isConstant(operand))
          lastUse[resolve(operand)] = i;
  Value input = func.getArgument(0);
  int64_t alive = 0;
  for (auto [i, stage] : llvm::enumerate(stages)) {
    for (Operation *op : stage.ops) {
      int64_t elements = sizeOf(op->getResult(0));
      if (auto dot = dots.find(op); dot != dots.end())
        costs.instructions += elements * wordsOf(op->getOperand(0)) *
                              (dot->second.kind == DotKind::Mad64 ? 2 : 1);
      else if (isa<mase::LinearOp, MatmulOp>(op))
        costs.instructions += elements * sizeOf(op->getOperand(0));
      else if (isSoftmax(op) || isa<mase::SigmoidOp>(op))
        costs.instructions += elements * 32;
      else if (!absorbed.contains(op))
        costs.instructions += elements * (quantizations.contains(op) ? 5 : 2);
    }
    Value result = stage.ops.back()->getResult(0);
    alive += wordsOf(result);
    // The network's input streams through an element-wise first stage.
    bool readsInput = isHead(stage.ops.front()) &&
                      resolve(stage.ops.front()->getOperand(0)) == input;
    costs.liveWords =
        std::max(costs.liveWords, alive + (readsInput ? sizeOf(input) : 0));
    for (auto [value, last] : lastUse)
      if (last == i && value != input &&
          llvm::any_of(stages, [&](const StagePlan &s) {
            return s.ops.back()->getResult(0) == value;
          }))
        alive -= wordsOf(value);
  }
}

FailureOr<NetworkGraph> NetworkGraph::build(func::FuncOp func,
                                            std::optional<Strategy> strategy) {
  NetworkGraph graph;
  graph.func = func;
  if (failed(graph.check()))
    return failure();
  graph.formStages();
  if (failed(graph.planIntegers(strategy)))
    return failure();
  graph.nameStages();
  graph.estimate();
  return graph;
}
