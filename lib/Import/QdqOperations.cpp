// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QuantizeLinear and DequantizeLinear, which ONNX Runtime's quantiser writes.
#include "Codes.h"
#include "OnnxLayers.h"
#include "Quantizers.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

/// The widest codes that a number format has.
static constexpr int kMaxWidth = UniformFormat::kMaxWidth;

/// A parameter of one number or one for each slice of `axis`, as one that
/// repeats to a tensor of `rank` by numpy's rules.
static FailureOr<QuantizerParameter> alongAxis(const OnnxNode &node,
                                               StringRef role, OnnxValue value,
                                               int64_t rank, int64_t axis) {
  ArrayRef<int64_t> own = value.constant->shape;
  if (own.size() > 1)
    return node.emitError()
           << "expected a '" << role
           << "' for the whole tensor or for each slice of an axis, found "
           << quoted(value.name) << " of shape " << shapeText(own);
  if (value.constant->size() == 1) {
    value.constant = makeTensor({}, value.constant->values());
    return QuantizerParameter{role, value};
  }
  if (axis < -rank || axis >= rank)
    return node.emitError()
           << "expected an 'axis' of " << -rank << " to " << rank - 1 << " for "
           << quoted(value.name) << ", found " << axis;
  SmallVector<int64_t> shape(rank, 1);
  shape[axis < 0 ? axis + rank : axis] = own[0];
  value.constant = makeTensor(shape, value.constant->values());
  return QuantizerParameter{role, value};
}

FailureOr<NumberFormatAttrInterface> readCodeFormat(const OnnxNode &node,
                                                    int32_t elementType,
                                                    ArrayRef<int64_t> shape,
                                                    CodeParameters at) {
  std::optional<IntegerType> type = getIntegerType(elementType);
  if (!type || type->width > kMaxWidth)
    return node.emitError() << "expected codes of 4, 8, 16 or 32 bits, found "
                            << elementTypeName(elementType);
  FailureOr<OnnxValue> scaleValue = node.getConstant(at.scale, "scale");
  if (failed(scaleValue))
    return failure();
  FailureOr<QuantizerParameter> scale =
      alongAxis(node, "scale", *scaleValue, int64_t(shape.size()), at.axis);
  if (failed(scale))
    return failure();
  Quantizer quantizer;
  quantizer.scale = *scale;
  quantizer.width = type->width;
  quantizer.isSigned = type->isSigned;
  if (node.hasInput(at.zeroPoint)) {
    FailureOr<OnnxValue> value = node.getInput(at.zeroPoint, "zero_point");
    if (failed(value))
      return failure();
    if (!value->constant || value->constant->elementType != elementType)
      return node.emitError()
             << "expected a constant of type " << elementTypeName(elementType)
             << " for input " << at.zeroPoint << " ('zero_point'), found "
             << quoted(node.getInputName(at.zeroPoint))
             << (value->constant
                     ? " of type " +
                           elementTypeName(value->constant->elementType)
                     : ", an activation");
    FailureOr<OnnxValue> floats = toFloats(node, *value, "zero_point");
    if (failed(floats))
      return failure();
    FailureOr<QuantizerParameter> zeroPoint =
        alongAxis(node, "zero_point", *floats, int64_t(shape.size()), at.axis);
    if (failed(zeroPoint))
      return failure();
    quantizer.zeroPoint = *zeroPoint;
  }
  return makeFormat(node, quantizer, shape);
}

/// The same of a QuantizeLinear or DequantizeLinear.
static FailureOr<NumberFormatAttrInterface>
readFormat(const OnnxNode &node, int32_t elementType, ArrayRef<int64_t> shape) {
  FailureOr<int64_t> block = node.getInt("block_size", 0);
  FailureOr<int64_t> axis = node.getInt("axis", 1);
  if (failed(block) || failed(axis))
    return failure();
  if (*block != 0)
    return node.emitError()
           << "expected a scale for the tensor or for each slice of an axis "
              "('block_size' = 0), found blocks of "
           << *block;
  return readCodeFormat(node, elementType, shape, {1, 2, *axis});
}

static ArrayRef<int64_t> shapeOf(const OnnxValue &value) {
  return value.constant ? ArrayRef<int64_t>(value.constant->shape)
                        : value.getType().getShape();
}

LogicalResult importQuantizeLinear(const OnnxNode &node) {
  FailureOr<OnnxValue> input = node.getInput(0, "x");
  FailureOr<int64_t> asked =
      node.getInt("output_dtype", onnx::TensorProto::UNDEFINED);
  FailureOr<int64_t> precision =
      node.getInt("precision", onnx::TensorProto::UNDEFINED);
  if (failed(input) || failed(asked) || failed(precision))
    return failure();
  if (*precision != onnx::TensorProto::UNDEFINED &&
      *precision != onnx::TensorProto::FLOAT)
    return node.emitError() << "expected a division in FLOAT ('precision'), "
                               "found "
                            << elementTypeName(int32_t(*precision));
  if (input->constant && failed(node.getConstant(0, "x")))
    return failure();
  int32_t elementType = *asked != onnx::TensorProto::UNDEFINED
                            ? int32_t(*asked)
                            : int32_t(onnx::TensorProto::UINT8);
  if (node.hasInput(2)) {
    FailureOr<OnnxValue> zeroPoint = node.getInput(2, "zero_point");
    if (failed(zeroPoint))
      return failure();
    if (zeroPoint->constant)
      elementType = zeroPoint->constant->elementType;
    if (*asked != onnx::TensorProto::UNDEFINED && *asked != elementType)
      return node.emitError()
             << "expected a 'zero_point' of the 'output_dtype' "
             << elementTypeName(int32_t(*asked)) << ", found "
             << elementTypeName(elementType);
  }
  FailureOr<NumberFormatAttrInterface> format =
      readFormat(node, elementType, shapeOf(*input));
  if (failed(format))
    return failure();
  OnnxValue result;
  result.codes = std::make_shared<OnnxCodes>(
      OnnxCodes{*input, *format, elementType, node.describe()});
  node.importer.define(node.proto.output(0), result);
  return success();
}

/// Whether the value of each code rounds to itself.
static bool isOnGrid(const OnnxTensor &tensor) {
  NumberFormatAttrInterface format = tensor.quantized->format;
  if (isIdempotent(*format.getUniform()))
    return true;
  std::vector<float> again(tensor.size());
  format.quantizeTensor(tensor.values(), tensor.shape, again);
  return again == tensor.values();
}

FailureOr<OnnxValue> dequantizeConstant(const OnnxNode &node, OnnxValue input,
                                        NumberFormatAttrInterface format) {
  // They are as large as the file, and floats would be four times that.
  std::shared_ptr<const IntegerArray> codes(input.constant,
                                            &input.constant->integers);
  auto floats = makeQuantized(input.constant->shape,
                              {format, node.describe(), codes, nullptr});
  if (!checkFinite(*floats, [&] { return node.emitError(); }))
    return failure();
  // Codes of more than 24 bits may round to other values again: such values
  // stand for themselves.
  if (!isOnGrid(*floats))
    floats = makeTensor(floats->shape, floats->values());
  input.constant = floats;
  return input;
}

LogicalResult importDequantizeLinear(const OnnxNode &node) {
  FailureOr<OnnxValue> input = node.getInputOrCodes(0, "x");
  FailureOr<int64_t> asked =
      node.getInt("output_dtype", onnx::TensorProto::UNDEFINED);
  if (failed(input) || failed(asked))
    return failure();
  if (*asked != onnx::TensorProto::UNDEFINED &&
      *asked != onnx::TensorProto::FLOAT)
    return node.emitError() << "expected 'output_dtype' = FLOAT, found "
                            << elementTypeName(int32_t(*asked));
  if (input->constant) {
    FailureOr<NumberFormatAttrInterface> format =
        readFormat(node, input->constant->elementType, input->constant->shape);
    FailureOr<OnnxValue> value =
        failed(format) ? FailureOr<OnnxValue>()
                       : dequantizeConstant(node, *input, *format);
    if (failed(value))
      return failure();
    node.importer.addConstantQuantizer(node.describe());
    node.importer.define(node.proto.output(0), *value);
    return success();
  }
  if (!input->codes)
    return node.emitError()
           << "expected integer codes for input 0 ('x'), found the activation "
           << quoted(node.getInputName(0));
  const OnnxCodes &codes = *input->codes;
  FailureOr<NumberFormatAttrInterface> format =
      readFormat(node, codes.elementType, shapeOf(codes.of));
  if (failed(format))
    return failure();
  if (*format != codes.format)
    return node.emitError()
           << "expected the scale and zero point of " << codes.by << ", "
           << codes.format << ", found " << *format;
  node.importer.remark(codes.by, "is one quantiser with " + node.describe());
  return addQuantizer(node, codes.of, *format);
}

} // namespace mase::onnx_import
