// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nodes that are functions of each element.
#include "OnnxLayers.h"

#include <limits>

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

namespace {

/// The layers that one node becomes, one after the other.
class Chain {
public:
  static FailureOr<Chain> begin(const OnnxNode &node, int index = 0) {
    FailureOr<OnnxValue> input = node.getElements(index, "X");
    if (failed(input))
      return failure();
    return Chain(node, *input);
  }

  Value getValue() const { return value; }

  /// A layer of an operand and attributes, from the value so far.
  template <typename LayerOp, typename... Args> void add(Args &&...args) {
    takeResult(LayerOp::create(node.importer.getBuilder(), node.getLoc(),
                               value.getType(), node.importer.getNoName(),
                               value, std::forward<Args>(args)...));
  }

  void clip(float lower, float upper) {
    OpBuilder &builder = node.importer.getBuilder();
    add<ClipOp>(builder.getF32FloatAttr(lower), builder.getF32FloatAttr(upper),
                PrecisionAttr());
  }

  /// An op of the value so far and a constant, which repeats.
  template <typename LayerOp> LogicalResult combine(const OnnxValue &constant) {
    FailureOr<Value> repeated = repeatConstant(
        node, constant, cast<RankedTensorType>(value.getType()), shape);
    if (failed(repeated))
      return failure();
    add<LayerOp>(*repeated, PrecisionAttr());
    return success();
  }

  /// The value so far plus `other`.
  void plus(Value other) { add<AddOp>(other, PrecisionAttr()); }

  /// Goes on from another value.
  void setValue(Value other) { value = other; }

private:
  Chain(const OnnxNode &node, const OnnxValue &input)
      : node(node), value(input.activation), shape(input.getShape()) {}

  void takeResult(Operation *layer) {
    node.importer.addLayer(node, layer, node.proto.output(0), {},
                           ArrayRef<int64_t>(shape));
    value = layer->getResult(0);
  }

  const OnnxNode &node;
  Value value;
  SmallVector<int64_t> shape; ///< in the file
};

/// A number that is an operand.
FailureOr<float> getScalar(const OnnxNode &node, int index, StringRef role,
                           float otherwise) {
  if (!node.hasInput(index))
    return otherwise;
  FailureOr<OnnxValue> bound = node.getConstant(index, role);
  if (failed(bound))
    return failure();
  if (bound->constant->size() != 1)
    return node.emitError() << "expected one number as '" << role << "', found "
                            << quoted(bound->name) << " of shape "
                            << shapeText(bound->constant->shape);
  return bound->constant->values().front();
}

void remarkOfParts(const OnnxNode &node, const Twine &text) {
  node.importer.remarkOfNextLayer(node.describe(), text);
}

} // namespace

template <typename LayerOp>
LogicalResult importActivation(const OnnxNode &node) {
  FailureOr<Chain> chain = Chain::begin(node);
  if (failed(chain))
    return failure();
  if constexpr (std::is_same_v<LayerOp, ReluOp>)
    chain->add<LayerOp>(PrecisionAttr());
  else
    chain->add<LayerOp>();
  return success();
}

template LogicalResult importActivation<ReluOp>(const OnnxNode &);
template LogicalResult importActivation<SigmoidOp>(const OnnxNode &);
template LogicalResult importActivation<TanhOp>(const OnnxNode &);

LogicalResult importLeakyRelu(const OnnxNode &node) {
  constexpr float kAlpha = 0.01f; // ONNX's default
  FailureOr<float> alpha = node.getFloat("alpha", kAlpha);
  FailureOr<Chain> chain = Chain::begin(node);
  if (failed(alpha) || failed(chain))
    return failure();
  chain->add<LeakyReluOp>(node.importer.getBuilder().getF32FloatAttr(*alpha),
                          PrecisionAttr());
  return success();
}

LogicalResult importPRelu(const OnnxNode &node) {
  FailureOr<Chain> chain = Chain::begin(node);
  FailureOr<OnnxValue> slope = node.getConstant(1, "slope");
  if (failed(chain) || failed(slope))
    return failure();
  OpBuilder &builder = node.importer.getBuilder();
  if (slope->constant->size() == 1) {
    chain->add<LeakyReluOp>(
        builder.getF32FloatAttr(slope->constant->values().front()),
        PrecisionAttr());
    return success();
  }
  // One of the two is 0.
  remarkOfParts(node, "is a ReLU plus the products of the slopes and what is "
                      "below 0");
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Value input = chain->getValue();
  chain->clip(-kInfinity, 0);
  if (failed(chain->combine<MulOp>(*slope)))
    return failure();
  Value below = chain->getValue();
  chain->setValue(input);
  chain->add<ReluOp>(PrecisionAttr());
  chain->plus(below);
  return success();
}

LogicalResult importClip(const OnnxNode &node) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  // Attributes before opset 11, operands since.
  FailureOr<float> lower = node.getFloat("min", -kInfinity),
                   upper = node.getFloat("max", kInfinity);
  if (failed(lower) || failed(upper))
    return failure();
  lower = getScalar(node, 1, "min", *lower);
  if (failed(lower))
    return failure();
  upper = getScalar(node, 2, "max", *upper);
  if (failed(upper))
    return failure();
  FailureOr<Chain> chain = Chain::begin(node);
  if (failed(chain))
    return failure();
  if (!(*lower <= *upper))
    return node.emitError()
           << "expected a 'min' that is not above 'max', found " << *lower
           << " and " << *upper;
  chain->clip(*lower, *upper);
  return success();
}

LogicalResult importMinMax(const OnnxNode &node) {
  // Keras has a clip as these.
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  bool isMax = node.getOpType() == "Max";
  float bound = isMax ? -kInfinity : kInfinity;
  std::optional<int> activation;
  for (int i = 0; i < node.proto.input_size(); ++i) {
    FailureOr<OnnxValue> operand = node.getInput(i, "data_0");
    if (failed(operand))
      return failure();
    if (operand->activation) {
      if (activation)
        return node.emitError()
               << "expected one activation and numbers, found the activations "
               << quoted(node.getInputName(*activation)) << " and "
               << quoted(node.getInputName(i));
      activation = i;
      continue;
    }
    FailureOr<float> number = getScalar(node, i, "data_0", bound);
    if (failed(number))
      return failure();
    bound = isMax ? std::max(bound, *number) : std::min(bound, *number);
  }
  if (!activation)
    return node.emitError() << "expected an activation, found constants of "
                               "other types than float32";
  FailureOr<Chain> chain = Chain::begin(node, *activation);
  if (failed(chain))
    return failure();
  remarkOfParts(node, "is a clip");
  chain->clip(isMax ? bound : -kInfinity, isMax ? kInfinity : bound);
  return success();
}

LogicalResult importHardSigmoid(const OnnxNode &node) {
  FailureOr<float> alpha = node.getFloat("alpha", 0.2f),
                   beta = node.getFloat("beta", 0.5f);
  FailureOr<Chain> chain = Chain::begin(node);
  if (failed(alpha) || failed(beta) || failed(chain))
    return failure();
  remarkOfParts(node, "is a product with 'alpha', a sum with 'beta' and a clip "
                      "from 0 to 1");
  if (failed(chain->combine<MulOp>(
          {Value(), makeTensor({}, {*alpha}), "alpha"})) ||
      failed(chain->combine<AddOp>({Value(), makeTensor({}, {*beta}), "beta"})))
    return failure();
  chain->clip(0, 1);
  return success();
}

LogicalResult importNeg(const OnnxNode &node) {
  FailureOr<Chain> chain = Chain::begin(node);
  if (failed(chain))
    return failure();
  remarkOfParts(node, "is a product with -1");
  return chain->combine<MulOp>({Value(), makeTensor({}, {-1.0f}), "minus_one"});
}

} // namespace mase::onnx_import
