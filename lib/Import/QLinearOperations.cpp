// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products of codes: QLinearMatMul, and ONNX Runtime's QGemm. They are a
// DequantizeLinear of each operand, a Linear, and a QuantizeLinear.
#include "Codes.h"
#include "OnnxLayers.h"
#include "Quantizers.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

/// The activation that the codes of input 0 stand for.
static FailureOr<OnnxRows> readActivation(const OnnxNode &node,
                                          NumberFormatAttrInterface &format) {
  FailureOr<OnnxValue> input = node.getInputOrCodes(0, "a");
  if (failed(input))
    return failure();
  if (!input->codes || !input->codes->of.activation)
    return node.emitError()
           << "expected codes of an activation for input 0 ('a'), found "
           << quoted(node.getInputName(0));
  const OnnxCodes &codes = *input->codes;
  RankedTensorType type = codes.of.getType();
  if (type.getRank() != 2 || codes.of.view)
    return node.emitError() << "expected rank 2 for input 0 ('a'), found "
                            << shapeText(codes.of.getShape());
  FailureOr<NumberFormatAttrInterface> read =
      readCodeFormat(node, codes.elementType, type.getShape(), {1, 2, 1});
  if (failed(read))
    return failure();
  if (*read != codes.format)
    return node.emitError()
           << "expected the scale and zero point of " << codes.by << ", "
           << codes.format << ", found " << *read;
  format = *read;
  FailureOr<OnnxValue> rounded =
      round(node, codes.of, format, node.proto.output(0) + "/a");
  if (failed(rounded))
    return failure();
  return OnnxRows{rounded->activation, SmallVector<int64_t>(type.getShape())};
}

/// The matrix of input 3 as [out, in], with its format.
static FailureOr<OnnxValue> readMatrix(const OnnxNode &node, bool isOutIn,
                                       NumberFormatAttrInterface &format) {
  FailureOr<OnnxValue> input = node.getInput(3, "b");
  if (failed(input))
    return failure();
  if (!input->constant || input->constant->integers.empty() ||
      input->constant->shape.size() != 2)
    return node.emitError()
           << "expected a constant matrix of codes for input 3 ('b'), found "
           << quoted(node.getInputName(3));
  FailureOr<NumberFormatAttrInterface> read =
      readCodeFormat(node, input->constant->elementType, input->constant->shape,
                     {4, 5, isOutIn ? 0 : 1});
  if (failed(read))
    return failure();
  FailureOr<OnnxValue> weight = dequantizeConstant(node, *input, *read);
  if (failed(weight))
    return failure();
  format = *read;
  if (!isOutIn) {
    if (failed(node.importer.spend(node, weight->constant->size())))
      return failure();
    weight->constant = transpose(*weight->constant);
    format = transposed(format);
  }
  node.importer.addConstantQuantizer(node.describe());
  return weight;
}

/// The sums have the scale of the products: so has the bias.
static FailureOr<OnnxValue> readBias(const OnnxNode &node, int64_t out,
                                     const UniformTensorFormat &data,
                                     const UniformTensorFormat &weight) {
  FailureOr<OnnxValue> input = node.getInput(6, "C");
  if (failed(input))
    return failure();
  bool isVector = input->constant &&
                  input->constant->elementType == onnx::TensorProto::INT32 &&
                  int64_t(input->constant->integers.size()) == out;
  if (!isVector)
    return node.emitError() << "expected a constant of " << out
                            << " INT32 elements for input 6 ('C'), found "
                            << quoted(node.getInputName(6));
  auto vector = std::make_shared<OnnxTensor>(*input->constant);
  vector->shape = {out};
  input->constant = vector;
  UniformTensorFormat format;
  format.common.width = 32;
  format.axis = 0;
  for (int64_t o = 0; o < out; ++o)
    format.scale.push_back(
        float(double(data.slice(0).scale) *
              double(weight.slice(weight.slices() ? size_t(o) : 0).scale)));
  if (std::optional<std::string> reason = format.invalid())
    return node.emitError() << "the bias: " << *reason;
  return dequantizeConstant(
      node, *input,
      getFormatAttr(node.importer.getBuilder().getContext(), format));
}

/// Codes of `sum` as the node's output, of the type of the zero point.
static LogicalResult writeCodes(const OnnxNode &node, const OnnxValue &sum,
                                CodeParameters at) {
  int32_t elementType = onnx::TensorProto::UINT8;
  if (node.hasInput(at.zeroPoint)) {
    FailureOr<OnnxValue> zeroPoint = node.getInput(at.zeroPoint, "zero_point");
    if (failed(zeroPoint))
      return failure();
    if (zeroPoint->constant)
      elementType = zeroPoint->constant->elementType;
  }
  FailureOr<NumberFormatAttrInterface> format =
      readCodeFormat(node, elementType, sum.getType().getShape(), at);
  if (failed(format))
    return failure();
  OnnxValue result;
  result.codes = std::make_shared<OnnxCodes>(
      OnnxCodes{sum, *format, elementType, node.describe()});
  node.importer.define(node.proto.output(0), result);
  return success();
}

static LogicalResult importProduct(const OnnxNode &node, bool isOutIn,
                                   bool hasBias,
                                   std::optional<CodeParameters> output) {
  NumberFormatAttrInterface data, weightFormat;
  FailureOr<OnnxRows> input = readActivation(node, data);
  if (failed(input))
    return failure();
  FailureOr<OnnxValue> weight = readMatrix(node, isOutIn, weightFormat);
  if (failed(weight))
    return failure();
  std::optional<OnnxValue> bias;
  if (hasBias) {
    if (data.getUniform()->slices() > 0)
      return node.emitError() << "expected one scale for input 0 ('a')";
    FailureOr<OnnxValue> read =
        readBias(node, weight->constant->shape[0], *data.getUniform(),
                 *weightFormat.getUniform());
    if (failed(read))
      return failure();
    bias = *read;
  }
  if (!output)
    return addLinear(node, *input, *weight, bias, node.proto.output(0));
  std::string sum = node.proto.output(0) + "/sum";
  if (failed(addLinear(node, *input, *weight, bias, sum)))
    return failure();
  return writeCodes(node, *node.importer.lookup(sum), *output);
}

LogicalResult importQLinearMatMul(const OnnxNode &node) {
  return importProduct(node, /*isOutIn=*/false, /*hasBias=*/false,
                       CodeParameters{6, 7, 1});
}

LogicalResult importQGemm(const OnnxNode &node) {
  FailureOr<float> alpha = node.getFloat("alpha", 1);
  FailureOr<int64_t> transA = node.getInt("transA", 0),
                     transB = node.getInt("transB", 0);
  if (failed(alpha) || failed(transA) || failed(transB))
    return failure();
  if (*alpha != 1 || *transA != 0)
    return node.emitError() << "expected 'alpha' = 1 and 'transA' = 0, found "
                            << *alpha << " and " << *transA;
  // Without a scale the result stays in float32.
  std::optional<CodeParameters> output;
  if (node.hasInput(7))
    output = CodeParameters{7, 8, 1};
  return importProduct(node, *transB != 0, node.hasInput(6), output);
}

} // namespace mase::onnx_import
