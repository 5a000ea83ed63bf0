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
using namespace mase::cuda;

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

SmallVector<float> mase::cuda::expandFeatures(ArrayRef<float> features,
                                              Value like) {
  SmallVector<float> all;
  int64_t inner = NetworkGraph::sizeOf(like) / int64_t(features.size());
  for (float feature : features)
    all.append(inner, feature);
  return all;
}

std::optional<AffineParameters> mase::cuda::affineParameters(Operation *op) {
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

std::string mase::cuda::layerNameOf(Operation *op) {
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

/// Dense constants only: those kept as a resource have no values to read.
static bool isConstant(Value value) {
  DenseElementsAttr attr;
  return matchPattern(value, m_Constant(&attr));
}

bool mase::cuda::isSoftmax(Operation *op) {
  return isa<mase::SoftmaxOp, mase::LogSoftmaxOp>(op);
}

/// Ops that mix features come first in a stage.
static bool isHead(Operation *op) {
  return isa<IntLinearOp, mase::LinearOp, MatmulOp>(op) || isSoftmax(op);
}

//===----------------------------------------------------------------------===//
// What has a kernel
//===----------------------------------------------------------------------===//

static InFlightDiagnostic noKernel(Operation *op) {
  std::string layer = layerNameOf(op);
  InFlightDiagnostic diagnostic = op->emitError();
  if (layer.empty())
    diagnostic << "'" << op->getName() << "'";
  else
    diagnostic << "layer " << quoted(layer);
  diagnostic << " has no CUDA kernel: ";
  return diagnostic;
}

static InFlightDiagnostic noKernel(func::FuncOp func) {
  return func.emitError() << "function " << quoted(func.getName())
                          << " has no CUDA kernel: ";
}

static LogicalResult checkBoundary(func::FuncOp func, Type type,
                                   StringRef what) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.getElementType().isF32())
    return noKernel(func) << "expected " << what
                          << " that is a ranked tensor of f32, found " << type;
  if (tensor.getRank() < 2)
    return noKernel(func) << "expected " << what
                          << " with a leading batch dimension, found " << type;
  for (int64_t dim : tensor.getShape().drop_front())
    if (ShapedType::isDynamic(dim) || dim == 0)
      return noKernel(func) << "expected " << what
                            << " with static sizes of at least 1 but for the "
                               "batch, found "
                            << type;
  return success();
}

LogicalResult NetworkGraph::check() {
  FunctionType type = func.getFunctionType();
  if (type.getNumInputs() != 1 || type.getNumResults() != 1)
    return noKernel(func) << "expected one input and one result, found "
                          << type.getNumInputs() << " and "
                          << type.getNumResults();
  if (failed(checkBoundary(func, type.getInput(0), "an input")) ||
      failed(checkBoundary(func, type.getResult(0), "a result")))
    return failure();
  if (!func.getBody().hasOneBlock())
    return noKernel(func) << "expected a body without control flow";
  for (Operation &op : func.getBody().front().without_terminator())
    if (failed(checkOp(&op)))
      return failure();
  Value result = resolve(func.getBody().front().getTerminator()->getOperand(0));
  if (isConstant(result))
    return noKernel(func) << "its result does not depend on its input";
  return success();
}

LogicalResult NetworkGraph::checkOp(Operation *op) {
  if (op->getNumResults() == 1 && isConstant(op->getResult(0)))
    return success();
  if (auto layer = dyn_cast<QuantizableOpInterface>(op))
    if (layer.getLayerPrecision())
      return noKernel(op) << "it still has a precision; expected the integer "
                             "level, which --mase-lower-to-integer makes";
  if (!isa<mase::QuantizeOp, mase::DequantizeOp, IntLinearOp, RequantizeOp,
           mase::AffineOp, BatchNormOp, mase::LinearOp, MatmulOp, mase::ReluOp,
           mase::SigmoidOp, mase::AddOp, mase::SubOp, mase::MulOp,
           mase::SoftmaxOp, mase::LogSoftmaxOp, FlattenOp>(op))
    return noKernel(op)
           << "expected ops of the integer level or layers without precision";

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

SmallVector<Interval> NetworkGraph::read(Operation *reader, Value codes,
                                         Reading reading) {
  codes = resolve(codes);
  SmallVector<Interval> integers = ranges.lookup(codes);
  Interval range = reading.range();
  bool asWritten = llvm::all_of(integers, [&](Interval written) {
    return written.low >= range.low && written.high <= range.high;
  });
  if (!asWritten)
    integers.assign(integers.size(), range);
  // Packed bytes are read as the dot product says. A dot product of 32 bits
  // takes no codes of 64.
  bool narrows = isa<IntLinearOp>(reader) && isWide(codes) && !reading.isWide();
  if (!packed.contains(codes) && (!asWritten || narrows))
    rereads[reader] = reading;
  return integers;
}

static unsigned bitsOf(Value value) {
  return cast<RankedTensorType>(value.getType())
      .getElementType()
      .getIntOrFloatBitWidth();
}

/// Plans a quantisation, with the dequantize, affine and relu before it where
/// they are in the same stage.
void NetworkGraph::absorb(Operation *op, const StagePlan &stage) {
  QuantizeNode node;
  QuantizeSource source;
  SmallVector<float> scale, shift;
  SmallVector<Operation *> taken;
  SmallVector<Interval> sums;
  auto setAffine = [&](ArrayRef<float> s, ArrayRef<float> t, Value like) {
    node.features = int64_t(s.size());
    scale = expandFeatures(s, like);
    shift = expandFeatures(t, like);
  };
  if (auto requantize = dyn_cast<RequantizeOp>(op)) {
    node.input = resolve(requantize.getInput());
    sums = read(op, node.input, {bitsOf(requantize.getInput()), true});
    source.fracWidth = int(requantize.getFracWidth());
    source.relu = requantize.getRelu();
    source.format = *requantize.getFormat().getFixedPoint();
    if (requantize.getScale())
      setAffine(*getConstantF32(requantize.getScale()),
                *getConstantF32(requantize.getShift()), requantize.getInput());
  } else {
    auto quantize = cast<mase::QuantizeOp>(op);
    node.input = resolve(quantize.getInput());
    source.format = *quantize.getFormat().getFixedPoint();
    auto before = [&]() -> Operation * {
      Operation *def = node.input.getDefiningOp();
      return def && llvm::is_contained(stage.ops, def) ? def : nullptr;
    };
    auto take = [&](Operation *def) {
      taken.push_back(def);
      node.input = resolve(def->getOperand(0));
    };
    if (Operation *def = before(); isa_and_nonnull<mase::ReluOp>(def)) {
      source.relu = true;
      take(def);
    }
    if (Operation *def = before();
        isa_and_nonnull<mase::AffineOp, BatchNormOp>(def)) {
      AffineParameters parameters = *affineParameters(def);
      setAffine(parameters.scale, parameters.shift, def->getResult(0));
      take(def);
    }
    if (auto def = dyn_cast_if_present<mase::DequantizeOp>(before());
        def && ranges.contains(resolve(def.getInput()))) {
      source.fracWidth = int(def.getFracWidth());
      sums = read(op, def.getInput(),
                  {bitsOf(def.getInput()), !def.getIsUnsigned()});
      take(def);
    }
  }
  source.sums = sums;
  source.scale = scale;
  source.shift = shift;
  source.size = sizeOf(node.input);
  node.plan = planQuantize(source);
  node.relu = source.relu;
  node.layers.assign(taken.rbegin(), taken.rend());
  absorbed.insert(taken.begin(), taken.end());
  ranges[op->getResult(0)] = node.plan.codes;
  quantizations[op] = std::move(node);
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

/// The integers of a constant, as the format reads them.
static SmallVector<int64_t> constantCodes(Value value, bool isSigned) {
  DenseElementsAttr attr;
  matchPattern(value, m_Constant(&attr));
  SmallVector<int64_t> codes;
  for (const APInt &code : attr.getValues<APInt>())
    codes.push_back(isSigned ? code.getSExtValue()
                             : int64_t(code.getZExtValue()));
  return codes;
}

/// Whether `op` takes `codes` four to a word: the sign of a whole byte is the
/// reader's, that of a part of one the writer's.
bool NetworkGraph::fitsBytes(Operation *op,
                             const FixedPointFormat &codes) const {
  auto linear = dyn_cast<IntLinearOp>(op);
  if (!linear)
    return false;
  FixedPointFormat data = *linear.getData().getFixedPoint();
  return data.width <= 8 &&
         (data.width == 8 || data.isSigned == codes.isSigned) &&
         linear.getWeightFormat().getFixedPoint()->width <= 8 &&
         linear.getAccumulator().width <= 32;
}

bool NetworkGraph::isWide(Value value) const {
  auto it = ranges.find(resolve(value));
  if (it == ranges.end())
    return false;
  if (auto dot = dots.find(resolve(value).getDefiningOp()); dot != dots.end())
    return dot->second.kind == DotKind::Mad64;
  auto quantization = quantizations.find(resolve(value).getDefiningOp());
  return quantization != quantizations.end() &&
         TypeSwitch<Operation *, bool>(quantization->first)
             .Case<mase::QuantizeOp, RequantizeOp>([](auto op) {
               return op.getFormat().getFixedPoint()->maxCode() > INT32_MAX;
             })
             .Default(false);
}

void NetworkGraph::choosePacking(std::optional<Strategy> strategy) {
  if (strategy == Strategy::Scalar)
    return;
  for (StagePlan &stage : stages) {
    Operation *last = stage.ops.back();
    if (!isa<mase::QuantizeOp, RequantizeOp>(last))
      continue;
    Value codes = last->getResult(0);
    FixedPointFormat format =
        TypeSwitch<Operation *, FixedPointFormat>(last)
            .Case<mase::QuantizeOp, RequantizeOp>(
                [](auto op) { return *op.getFormat().getFixedPoint(); });
    if (llvm::all_of(codes.getUsers(),
                     [&](Operation *user) { return fitsBytes(user, format); }))
      packed.insert(codes);
  }
}

LogicalResult NetworkGraph::planDot(Operation *op,
                                    std::optional<Strategy> strategy) {
  auto linear = cast<IntLinearOp>(op);
  FixedPointFormat data = *linear.getData().getFixedPoint(),
                   weight = *linear.getWeightFormat().getFixedPoint();
  DotPlan plan;
  plan.accumulator = linear.getAccumulator();
  ++costs.integerLayers;
  bool bytes = packed.contains(resolve(linear.getInput()));
  if (strategy == Strategy::Dp4a && !bytes)
    return noKernel(op)
           << "the kernel 'dp4a' was asked for, which takes codes "
              "of at most 8 bits and sums of at most 32; found data of "
           << data.width << ", weights of " << weight.width << " and sums of "
           << plan.accumulator.width << " bits";
  SmallVector<int64_t> w = constantCodes(linear.getWeight(), weight.isSigned),
                       b;
  if (linear.getBias())
    b = constantCodes(linear.getBias(),
                      linear.getBiasFormat()->getFixedPoint()->isSigned);
  int64_t out = NetworkGraph::sizeOf(linear.getResult()),
          in = NetworkGraph::sizeOf(linear.getInput());
  SmallVector<Interval> inputs =
      read(op, linear.getInput(), {unsigned(data.width), data.isSigned});
  // A bias far finer than the products brings a large shift, and with weights
  // of zero nothing that it could overflow.
  if (llvm::all_of(w, [](int64_t code) { return code == 0; }))
    plan.accumulator.productShift = 0;
  // The verifier has checked that no sum of any codes exceeds 64 bits.
  int widest = 0;
  SmallVector<Interval> sums;
  for (int64_t o = 0; o < out; ++o) {
    unsigned __int128 magnitude = 0;
    __int128 low = 0, high = 0;
    for (int64_t i = 0; i < in; ++i) {
      __int128 code = w[o * in + i];
      magnitude += (unsigned __int128)(code < 0 ? -code : code) *
                   (unsigned __int128)(data.maxMagnitude());
      __int128 a = code * inputs[i].low, c = code * inputs[i].high;
      low += std::min(a, c);
      high += std::max(a, c);
    }
    magnitude <<= plan.accumulator.productShift;
    low *= (__int128)(1) << plan.accumulator.productShift;
    high *= (__int128)(1) << plan.accumulator.productShift;
    if (!b.empty()) {
      __int128 bias =
          (__int128)(b[o]) * ((__int128)(1) << plan.accumulator.biasShift);
      magnitude += (unsigned __int128)(bias < 0 ? -bias : bias);
      low += bias;
      high += bias;
    }
    widest = std::max(widest, signedBitsFor(magnitude));
    sums.push_back({int64_t(low), int64_t(high)});
  }
  bool narrowCodes =
      data.maxCode() <= INT32_MAX && weight.maxCode() <= INT32_MAX;
  plan.kind = widest > 32 || !narrowCodes ? DotKind::Mad64
              : bytes                     ? DotKind::Dp4a
                                          : DotKind::Mad32;
  costs.dp4aLayers += plan.kind == DotKind::Dp4a;
  ranges[linear.getResult()] = std::move(sums);
  dots[op] = plan;
  return success();
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
  graph.choosePacking(strategy);
  for (StagePlan &stage : graph.stages)
    for (Operation *op : stage.ops) {
      if (isa<IntLinearOp>(op) && failed(graph.planDot(op, strategy)))
        return failure();
      if (auto dequantize = dyn_cast<mase::DequantizeOp>(op))
        graph.read(
            op, dequantize.getInput(),
            {bitsOf(dequantize.getInput()), !dequantize.getIsUnsigned()});
      if (isa<mase::QuantizeOp, RequantizeOp>(op))
        graph.absorb(op, stage);
    }
  graph.nameStages();
  graph.estimate();
  return graph;
}
