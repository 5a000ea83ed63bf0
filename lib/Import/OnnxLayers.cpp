// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One function for each ONNX operation that becomes a layer.
#include "OnnxLayers.h"

#include "Quantizers.h"

#include "llvm/ADT/STLExtras.h"

#include <charconv>
#include <cmath>

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

static RankedTensorType withShape(ArrayRef<int64_t> shape, MLIRContext *ctx) {
  return RankedTensorType::get(shape, Float32Type::get(ctx));
}

/// The integer attribute has its default, the only value that is supported.
static LogicalResult expectInt(const OnnxNode &node, StringRef name,
                               int64_t expected) {
  FailureOr<int64_t> value = node.getInt(name, expected);
  if (failed(value))
    return failure();
  if (*value == expected)
    return success();
  return node.emitError() << "expected '" << name << "' = " << expected
                          << ", found " << *value;
}

//===----------------------------------------------------------------------===//
// Linear, matmul
//===----------------------------------------------------------------------===//

/// The precision of a layer whose parameters have these formats; null where
/// there is none.
static PrecisionAttr parameterPrecision(MLIRContext *context,
                                        NumberFormatAttrInterface weight,
                                        NumberFormatAttrInterface bias = {}) {
  return weight || bias ? PrecisionAttr::get(context, {}, weight, bias, {})
                        : PrecisionAttr();
}

/// mase.linear for `weight` [out, in].
static LogicalResult addLinear(const OnnxNode &node, const OnnxValue &input,
                               OnnxValue weight, std::optional<OnnxValue> bias,
                               StringRef output) {
  OnnxImporter &importer = node.importer;
  int64_t in = weight.constant->shape[1], out = weight.constant->shape[0];
  if (input.getType().getDimSize(1) != in)
    return node.emitError()
           << "the input is " << shapeText(input.getType().getShape())
           << ", but the weight " << quoted(weight.name) << " takes " << in
           << " features ([out, in] = " << shapeText(weight.constant->shape)
           << ")";
  OpBuilder &builder = importer.getBuilder();
  NumberFormatAttrInterface weightFormat = takeFormat(importer, weight,
                                                      OperandRole::Weight),
                            biasFormat;
  if (bias)
    biasFormat = takeFormat(importer, *bias, OperandRole::Bias);
  PrecisionAttr precision =
      parameterPrecision(builder.getContext(), weightFormat, biasFormat);
  Value weightValue = importer.materialize(weight);
  Value biasValue = bias ? importer.materialize(*bias) : Value();
  auto layer = LinearOp::create(
      builder, node.getLoc(),
      withShape({input.getType().getDimSize(0), out}, builder.getContext()),
      importer.getNoName(), input.activation, weightValue, biasValue,
      precision);
  importer.addLayer(node, layer, output,
                    {weight.name, bias ? StringRef(bias->name) : ""});
  return success();
}

/// `weight` [in, out] as [out, in].
static LogicalResult turn(const OnnxNode &node, OnnxValue &weight) {
  if (failed(node.importer.spend(node, weight.constant->values.size())))
    return failure();
  weight.constant = transpose(*weight.constant);
  node.importer.remarkOfNextLayer(
      node.describe(), quoted(weight.name) + ", transposed, is the weight");
  return success();
}

LogicalResult importGemm(const OnnxNode &node) {
  FailureOr<float> alpha = node.getFloat("alpha", 1),
                   beta = node.getFloat("beta", 1);
  FailureOr<int64_t> transB = node.getInt("transB", 0);
  if (failed(alpha) || failed(beta) || failed(transB) ||
      failed(expectInt(node, "transA", 0)))
    return failure();
  // Multiplying them in would round the parameters once more.
  if (*alpha != 1)
    return node.emitError() << "expected 'alpha' = 1, found " << *alpha;
  if (*beta != 1 && node.hasInput(2))
    return node.emitError() << "expected 'beta' = 1, found " << *beta;
  FailureOr<OnnxValue> input = node.getActivation(0, "A", /*rank=*/2);
  if (failed(input))
    return failure();
  FailureOr<OnnxValue> weight = node.getConstant(1, "B", /*rank=*/2);
  if (failed(weight))
    return failure();
  if (!*transB && failed(turn(node, *weight)))
    return failure();
  if (!node.hasInput(2))
    return addLinear(node, *input, *weight, std::nullopt, node.proto.output(0));
  FailureOr<OnnxValue> bias = node.getConstant(2, "C");
  if (failed(bias))
    return failure();
  int64_t out = weight->constant->shape[0];
  auto row = broadcast(*bias->constant, {1, out});
  if (!row)
    return node.emitError()
           << "expected a bias of " << out << " elements for the weight "
           << quoted(weight->name) << ", found " << quoted(bias->name)
           << " of shape " << shapeText(bias->constant->shape);
  bias->constant = reshape(*row, {out});
  return addLinear(node, *input, *weight, bias, node.proto.output(0));
}

/// The Add of a constant vector of `out` elements that alone takes the node's
/// result, and that constant.
static std::pair<const onnx::NodeProto *, OnnxValue>
findBias(const OnnxNode &node, int64_t out) {
  StringRef result = node.proto.output(0);
  const onnx::NodeProto *add = node.importer.getOnlyUser(result);
  if (!add || add->op_type() != "Add" || add->attribute_size() > 0)
    return {};
  StringRef other =
      StringRef(add->input(0)) == result ? add->input(1) : add->input(0);
  const OnnxValue *constant = node.importer.lookup(other);
  if (!constant || !constant->constant || !constant->constant->isFloat())
    return {};
  ArrayRef<int64_t> shape = constant->constant->shape;
  if (shape != ArrayRef<int64_t>{out} && shape != ArrayRef<int64_t>{1, out})
    return {};
  OnnxValue bias = *constant;
  bias.constant = reshape(*bias.constant, {out});
  return {add, bias};
}

/// torch writes Linear without Gemm as MatMul with the transposed weight, under
/// a name of its own making or the weight's. A matrix product with a bare
/// parameter is a matmul.
static bool isLinearWeight(StringRef name) {
  return name.ends_with(".weight") || name.starts_with("onnx::MatMul");
}

LogicalResult importMatMul(const OnnxNode &node) {
  FailureOr<OnnxValue> input = node.getActivation(0, "A", /*rank=*/2);
  if (failed(input))
    return failure();
  FailureOr<OnnxValue> weight = node.getConstant(1, "B", /*rank=*/2);
  if (failed(weight))
    return failure();
  OnnxImporter &importer = node.importer;
  int64_t in = weight->constant->shape[0], out = weight->constant->shape[1];
  if (input->getType().getDimSize(1) != in)
    return node.emitError()
           << "the input is " << shapeText(input->getType().getShape())
           << ", but the matrix " << quoted(weight->name) << " is "
           << shapeText(weight->constant->shape);
  auto [add, bias] = findBias(node, out);
  if (add || isLinearWeight(weight->name)) {
    if (failed(turn(node, *weight)))
      return failure();
    if (!add)
      return addLinear(node, *input, *weight, std::nullopt,
                       node.proto.output(0));
    importer.markDone(*add);
    importer.remarkOfNextLayer(OnnxNode(importer, *add).describe(),
                               "is the bias");
    return addLinear(node, *input, *weight, bias, add->output(0));
  }
  OpBuilder &builder = importer.getBuilder();
  PrecisionAttr precision = parameterPrecision(
      builder.getContext(), takeFormat(importer, *weight, OperandRole::Weight));
  Value matrix = importer.materialize(*weight);
  auto layer = MatmulOp::create(
      builder, node.getLoc(),
      withShape({input->getType().getDimSize(0), out}, builder.getContext()),
      importer.getNoName(), input->activation, matrix, precision);
  importer.addLayer(node, layer, node.proto.output(0), {weight->name});
  return success();
}

//===----------------------------------------------------------------------===//
// BatchNormalization
//===----------------------------------------------------------------------===//

/// The decimal number that the user wrote: ONNX keeps epsilon in binary32, but
/// torch's 1e-5 is meant to be the binary64 nearest to 1e-5.
static double asWritten(float value) {
  char text[32];
  auto [end, error] = std::to_chars(text, text + sizeof(text), value);
  double result = value;
  if (error == std::errc())
    std::from_chars(text, end, result);
  return result;
}

LogicalResult importBatchNorm(const OnnxNode &node) {
  FailureOr<float> epsilon = node.getFloat("epsilon", 1e-5f);
  if (failed(epsilon) || failed(expectInt(node, "training_mode", 0)) ||
      failed(expectInt(node, "spatial", 1)) || failed(expectInference(node)))
    return failure();
  if (!(*epsilon >= 0) || std::isinf(*epsilon))
    return node.emitError()
           << "expected a finite 'epsilon' of at least 0, found " << *epsilon;
  FailureOr<OnnxValue> input = node.getActivation(0, "X");
  if (failed(input))
    return failure();
  int64_t features = input->getType().getDimSize(1);
  static constexpr StringRef kRoles[] = {"scale", "B", "input_mean",
                                         "input_var"};
  SmallVector<OnnxValue> parameters;
  for (auto [i, role] : enumerate(kRoles)) {
    FailureOr<OnnxValue> parameter = node.getConstant(i + 1, role, /*rank=*/1);
    if (failed(parameter))
      return failure();
    if (parameter->constant->shape[0] != features)
      return node.emitError()
             << "the input is " << shapeText(input->getType().getShape())
             << ", but '" << role << "', " << quoted(parameter->name) << ", is "
             << shapeText(parameter->constant->shape) << "; expected ["
             << features << "]";
    parameters.push_back(*parameter);
  }
  double eps = asWritten(*epsilon);
  for (auto [c, variance] : enumerate(parameters[3].constant->values))
    if (!(variance >= 0) || !(double(variance) + eps > 0))
      return node.emitError()
             << "expected a variance that is not negative and, with epsilon, "
                "above 0; found "
             << variance << " for feature " << c << " in "
             << quoted(parameters[3].name);
  OnnxImporter &importer = node.importer;
  SmallVector<Value> values;
  SmallVector<StringRef> names;
  for (const OnnxValue &parameter : parameters) {
    values.push_back(importer.materialize(parameter));
    names.push_back(parameter.name);
  }
  OpBuilder &builder = importer.getBuilder();
  auto layer = BatchNormOp::create(builder, node.getLoc(), input->getType(),
                                   importer.getNoName(), input->activation,
                                   values[0], values[1], values[2], values[3],
                                   builder.getF64FloatAttr(eps));
  importer.addLayer(node, layer, node.proto.output(0), names);
  return success();
}

//===----------------------------------------------------------------------===//
// Element-wise
//===----------------------------------------------------------------------===//

template <typename LayerOp>
LogicalResult importElementwise(const OnnxNode &node) {
  FailureOr<OnnxValue> operands[] = {node.getInput(0, "A"),
                                     node.getInput(1, "B")};
  if (failed(operands[0]) || failed(operands[1]))
    return failure();
  if (!operands[0]->activation && !operands[1]->activation)
    return node.emitError()
           << "expected at least one activation, found two constants, "
           << quoted(operands[0]->name) << " and " << quoted(operands[1]->name);
  RankedTensorType type = operands[operands[0]->activation ? 0 : 1]->getType();
  OnnxImporter &importer = node.importer;
  Value values[2];
  StringRef name;
  for (int i : {0, 1}) {
    OnnxValue &operand = *operands[i];
    if (operand.activation) {
      if (operand.getType() != type)
        return node.emitError() << "expected operands of one shape, found "
                                << shapeText(type.getShape()) << " and "
                                << shapeText(operand.getType().getShape());
      values[i] = operand.activation;
      continue;
    }
    if (failed(node.getConstant(i, i ? "B" : "A")))
      return failure();
    name = operand.name;
    // A constant has no batch: it stands for every sample.
    SmallVector<int64_t> shape(type.getShape());
    shape[0] = 1;
    if (failed(importer.spend(node, ShapedType::getNumElements(shape))))
      return failure();
    auto repeated = broadcast(*operand.constant, shape);
    if (!repeated)
      return node.emitError()
             << "expected a constant that repeats to " << shapeText(shape)
             << " beside the activation " << shapeText(type.getShape())
             << ", found " << quoted(operand.name) << " of shape "
             << shapeText(operand.constant->shape);
    values[i] = importer.materialize({Value(), repeated, operand.name});
  }
  auto layer = LayerOp::create(importer.getBuilder(), node.getLoc(), type,
                               importer.getNoName(), values[0], values[1],
                               PrecisionAttr());
  importer.addLayer(node, layer, node.proto.output(0), {name});
  return success();
}

template LogicalResult importElementwise<AddOp>(const OnnxNode &);
template LogicalResult importElementwise<SubOp>(const OnnxNode &);
template LogicalResult importElementwise<MulOp>(const OnnxNode &);
template LogicalResult importElementwise<DivOp>(const OnnxNode &);

//===----------------------------------------------------------------------===//
// Shapes, softmax
//===----------------------------------------------------------------------===//

/// The attribute `axis`, counted from the front, must be 1.
static LogicalResult expectAxis1(const OnnxNode &node, int64_t defaultValue,
                                 ArrayRef<int64_t> shape) {
  FailureOr<int64_t> axis = node.getInt("axis", defaultValue);
  if (failed(axis))
    return failure();
  int64_t rank = shape.size();
  if (*axis == 1 || *axis == 1 - rank)
    return success();
  return node.emitError() << "expected 'axis' = 1 (or " << 1 - rank
                          << ") for the input " << shapeText(shape)
                          << ", found " << *axis;
}

LogicalResult importFlatten(const OnnxNode &node) {
  FailureOr<OnnxValue> input = node.getActivation(0, "input");
  if (failed(input) ||
      failed(expectAxis1(node, 1, input->getType().getShape())))
    return failure();
  OnnxImporter &importer = node.importer;
  OpBuilder &builder = importer.getBuilder();
  ArrayRef<int64_t> shape = input->getType().getShape();
  auto layer = FlattenOp::create(
      builder, node.getLoc(),
      withShape({shape[0], ShapedType::getNumElements(shape.drop_front())},
                builder.getContext()),
      importer.getNoName(), input->activation);
  importer.addLayer(node, layer, node.proto.output(0), {});
  return success();
}

template <typename LayerOp> LogicalResult importSoftmax(const OnnxNode &node) {
  FailureOr<OnnxValue> input = node.getActivation(0, "input", /*rank=*/2);
  // The default was 1 before opset 13 and is -1 now: one thing at rank 2.
  if (failed(input) ||
      failed(expectAxis1(node, 1, input->getType().getShape())))
    return failure();
  OnnxImporter &importer = node.importer;
  auto layer =
      LayerOp::create(importer.getBuilder(), node.getLoc(), input->getType(),
                      importer.getNoName(), input->activation);
  importer.addLayer(node, layer, node.proto.output(0), {});
  return success();
}

template LogicalResult importSoftmax<SoftmaxOp>(const OnnxNode &);
template LogicalResult importSoftmax<LogSoftmaxOp>(const OnnxNode &);

} // namespace mase::onnx_import
