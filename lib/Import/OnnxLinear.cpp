// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gemm and MatMul: mase.linear with its bias, or mase.matmul.
#include "OnnxLayers.h"
#include "OnnxShapes.h"
#include "Quantizers.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

/// The type of `rows` with so many features.
static RankedTensorType withFeatures(Value rows, int64_t features) {
  auto type = cast<RankedTensorType>(rows.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = features;
  return type.clone(shape);
}

/// The precision of a layer whose parameters have these formats; null where
/// there is none.
static PrecisionAttr parameterPrecision(MLIRContext *context,
                                        NumberFormatAttrInterface weight,
                                        NumberFormatAttrInterface bias = {}) {
  return weight || bias ? PrecisionAttr::get(context, {}, weight, bias, {})
                        : PrecisionAttr();
}

LogicalResult addLinear(const OnnxNode &node, const OnnxRows &input,
                        OnnxValue weight, std::optional<OnnxValue> bias,
                        StringRef output) {
  OnnxImporter &importer = node.importer;
  int64_t in = weight.constant->shape[1], out = weight.constant->shape[0];
  if (input.getFeatures() != in)
    return node.emitError()
           << "the input is " << shapeText(input.shape) << ", but the weight "
           << quoted(weight.name) << " takes " << in
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
      builder, node.getLoc(), withFeatures(input.value, out),
      importer.getNoName(), input.value, weightValue, biasValue, precision);
  importer.addLayer(node, layer, output,
                    {weight.name, bias ? StringRef(bias->name) : ""},
                    ArrayRef<int64_t>(input.withFeatures(out)));
  return success();
}

/// `weight` [in, out] as [out, in].
static LogicalResult turn(const OnnxNode &node, OnnxValue &weight) {
  if (failed(node.importer.spend(node, weight.constant->size())))
    return failure();
  weight.constant = transpose(*weight.constant);
  node.importer.remarkOfNextLayer(
      node.describe(), quoted(weight.name) + ", transposed, is the weight");
  return success();
}

/// `tensor` times `factor`; null where that rounds an element, or where a
/// quantiser's codes would be others.
static std::shared_ptr<const OnnxTensor> scaleExactly(const OnnxTensor &tensor,
                                                      float factor) {
  if (tensor.quantized)
    return nullptr;
  std::vector<float> values;
  for (float value : tensor.values()) {
    double product = double(value) * double(factor); // exact
    values.push_back(float(product));
    if (double(values.back()) != product)
      return nullptr;
  }
  return makeTensor(tensor.shape, std::move(values));
}

/// A product or sum of the node's output so far and a constant.
template <typename LayerOp>
static LogicalResult combine(const OnnxNode &node, const OnnxValue &constant) {
  OnnxImporter &importer = node.importer;
  StringRef output = node.proto.output(0);
  OnnxValue value = *importer.lookup(output);
  SmallVector<int64_t> shape(value.getShape());
  FailureOr<Value> repeated =
      repeatConstant(node, constant, value.getType(), shape);
  if (failed(repeated))
    return failure();
  auto layer = LayerOp::create(importer.getBuilder(), node.getLoc(),
                               value.getType(), importer.getNoName(),
                               value.activation, *repeated, PrecisionAttr());
  importer.addLayer(node, layer, output, {}, ArrayRef<int64_t>(shape));
  return success();
}

/// 'alpha' in the weight, where it is a power of two, which changes the results
/// by that and no more. What is left of it.
static float takeAlpha(const OnnxNode &node, OnnxValue &weight, float alpha) {
  int exponent = 0;
  if (alpha == 1 || std::abs(std::frexp(alpha, &exponent)) != 0.5f)
    return alpha;
  auto scaled = scaleExactly(*weight.constant, alpha);
  if (!scaled)
    return alpha;
  weight.constant = scaled;
  node.importer.remarkOfNextLayer(node.describe(),
                                  "'alpha' times " + quoted(weight.name) +
                                      ", exactly, is the weight");
  return 1;
}

/// 'beta' times the bias: rounded once, as ONNX has it.
static LogicalResult takeBeta(const OnnxNode &node, OnnxValue &bias,
                              float beta) {
  if (beta == 1)
    return success();
  auto scaled = scaleExactly(*bias.constant, beta);
  node.importer.remarkOfNextLayer(
      node.describe(), "'beta' times " + quoted(bias.name) +
                           (scaled ? ", exactly" : ", rounded once") +
                           ", is the bias");
  if (!scaled) {
    std::vector<float> values(bias.constant->values());
    for (float &value : values)
      value *= beta;
    scaled = makeTensor(bias.constant->shape, std::move(values));
    if (!checkFinite(*scaled, [&] { return node.emitError(); }))
      return failure();
  }
  bias.constant = scaled;
  return success();
}

/// The constant 'C' of a Gemm as a vector with an element for each output.
static FailureOr<OnnxValue> getBias(const OnnxNode &node,
                                    const OnnxValue &weight) {
  FailureOr<OnnxValue> bias = node.getConstant(2, "C");
  if (failed(bias))
    return failure();
  int64_t out = weight.constant->shape[0];
  auto row = broadcast(*bias->constant, {1, out});
  if (!row)
    return node.emitError()
           << "expected a bias of " << out << " elements for the weight "
           << quoted(weight.name) << ", found " << quoted(bias->name)
           << " of shape " << shapeText(bias->constant->shape);
  bias->constant = reshape(*row, {out});
  return bias;
}

/// The node's output so far plus 'beta' times the activation 'C': a residual.
static LogicalResult addActivation(const OnnxNode &node,
                                   const OnnxValue &addend, float beta) {
  OnnxImporter &importer = node.importer;
  StringRef output = node.proto.output(0);
  OnnxValue sum = *importer.lookup(output);
  if (addend.getType() != sum.getType() || addend.getShape() != sum.getShape())
    return node.emitError()
           << "expected an activation of shape " << shapeText(sum.getShape())
           << " for input 2 ('C'), found " << quoted(node.getInputName(2))
           << " of shape " << shapeText(addend.getShape());
  Value other = addend.activation;
  if (beta != 1) {
    importer.define(output, addend);
    importer.remarkOfNextLayer(node.describe(), "'beta' is the factor");
    if (failed(combine<MulOp>(node, {Value(), makeTensor({}, {beta}), ""})))
      return failure();
    other = importer.lookup(output)->activation;
  }
  importer.remarkOfNextLayer(node.describe(),
                             "'C' is an activation, and the other operand");
  auto layer = AddOp::create(importer.getBuilder(), node.getLoc(),
                             sum.getType(), importer.getNoName(),
                             sum.activation, other, PrecisionAttr());
  importer.addLayer(node, layer, output, {}, sum.getShape());
  return success();
}

LogicalResult importGemm(const OnnxNode &node) {
  FailureOr<float> alpha = node.getFloat("alpha", 1),
                   beta = node.getFloat("beta", 1);
  FailureOr<int64_t> transA = node.getInt("transA", 0),
                     transB = node.getInt("transB", 0);
  if (failed(alpha) || failed(beta) || failed(transA) || failed(transB))
    return failure();
  FailureOr<OnnxRows> input = getRows(node, 0, "A");
  if (failed(input))
    return failure();
  if (*transA)
    return node.emitError() << "expected 'transA' = 0, found " << *transA
                            << ", which exchanges samples and features";
  FailureOr<OnnxValue> weight = node.getConstant(1, "B", /*rank=*/2);
  if (failed(weight))
    return failure();
  if (!*transB && failed(turn(node, *weight)))
    return failure();
  float factor = takeAlpha(node, *weight, *alpha);
  std::optional<OnnxValue> bias, addend;
  if (node.hasInput(2) && *beta != 0) {
    FailureOr<OnnxValue> value = node.getInput(2, "C");
    if (failed(value))
      return failure();
    if (value->activation) {
      addend = *value;
    } else {
      value = getBias(node, *weight);
      if (failed(value))
        return failure();
      bias = *value;
    }
  }
  bool isPlain = factor == 1;
  if (isPlain && bias && failed(takeBeta(node, *bias, *beta)))
    return failure();
  if (failed(addLinear(node, *input, *weight,
                       isPlain ? bias : std::optional<OnnxValue>(),
                       node.proto.output(0))))
    return failure();
  if (!isPlain) {
    node.importer.remarkOfNextLayer(node.describe(), "'alpha' is the factor");
    if (failed(combine<MulOp>(node, {Value(), makeTensor({}, {factor}), ""})))
      return failure();
  }
  if (addend)
    return addActivation(node, *addend, *beta);
  if (isPlain || !bias)
    return success();
  if (*beta == 1)
    node.importer.remarkOfNextLayer(node.describe(),
                                    quoted(bias->name) + " is the bias");
  if (failed(takeBeta(node, *bias, *beta)))
    return failure();
  return combine<AddOp>(node, *bias);
}

/// The Add of a constant, one element or one for each of `out` features, that
/// alone takes the node's result of `rank`, and that constant as a vector.
static std::pair<const onnx::NodeProto *, OnnxValue>
findBias(const OnnxNode &node, int64_t out, size_t rank) {
  StringRef result = node.proto.output(0);
  const onnx::NodeProto *add = node.importer.getOnlyUser(result);
  if (!add || add->op_type() != "Add" || add->attribute_size() > 0)
    return {};
  StringRef other =
      StringRef(add->input(0)) == result ? add->input(1) : add->input(0);
  const OnnxValue *constant = node.importer.lookup(other);
  if (!constant || !constant->constant || !constant->constant->isFloat() ||
      constant->constant->shape.size() > rank)
    return {};
  SmallVector<int64_t> row(rank, 1);
  row.back() = out;
  auto repeated = broadcast(*constant->constant, row);
  if (!repeated)
    return {};
  OnnxValue bias = *constant;
  bias.constant = reshape(*repeated, {out});
  return {add, bias};
}

/// torch writes Linear without Gemm as MatMul with the transposed weight, under
/// a name of its own making or the weight's. A matrix product with a bare
/// parameter is a matmul.
static bool isLinearWeight(StringRef name) {
  return name.ends_with(".weight") || name.starts_with("onnx::MatMul");
}

LogicalResult importMatMul(const OnnxNode &node) {
  const OnnxValue *left = node.importer.lookup(node.getInputName(0)),
                  *right = node.importer.lookup(node.getInputName(1));
  if (left && left->constant && right && right->activation)
    return node.emitError()
           << "expected an activation for input 0 ('A'), found the constant "
           << quoted(node.getInputName(0))
           << ", whose product with samples in columns would mix them";
  FailureOr<OnnxRows> input = getRows(node, 0, "A", /*particles=*/true);
  if (failed(input))
    return failure();
  FailureOr<OnnxValue> weight = node.getConstant(1, "B", /*rank=*/2);
  if (failed(weight))
    return failure();
  OnnxImporter &importer = node.importer;
  int64_t in = weight->constant->shape[0], out = weight->constant->shape[1];
  if (input->getFeatures() != in)
    return node.emitError() << "the input is " << shapeText(input->shape)
                            << ", but the matrix " << quoted(weight->name)
                            << " is " << shapeText(weight->constant->shape);
  auto [add, bias] = findBias(node, out, input->shape.size());
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
  auto layer =
      MatmulOp::create(builder, node.getLoc(), withFeatures(input->value, out),
                       importer.getNoName(), input->value, matrix, precision);
  importer.addLayer(node, layer, node.proto.output(0), {weight->name},
                    ArrayRef<int64_t>(input->withFeatures(out)));
  return success();
}

} // namespace mase::onnx_import
