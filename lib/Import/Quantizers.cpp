// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a quantiser's scale, zero point and width to a number format.
#include "Quantizers.h"

#include "mase/Numerics/Slices.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

namespace {

/// Collects the parameters of one quantiser: those that have several elements
/// have them along one axis of the tensor.
class FormatReader {
public:
  FormatReader(const OnnxNode &node, ArrayRef<int64_t> shape)
      : node(node), shape(shape) {}

  /// The elements: one, or one a slice.
  FailureOr<ArrayRef<float>> read(const QuantizerParameter &parameter) {
    const OnnxTensor &tensor = *parameter.value.constant;
    ArrayRef<int64_t> own = tensor.shape;
    auto doesNotRepeat = [&]() -> InFlightDiagnostic {
      InFlightDiagnostic diagnostic = node.emitError();
      diagnostic << "expected a '" << parameter.role
                 << "' for the whole tensor, or one element for each slice of "
                    "an axis, of "
                 << shapeText(shape) << ", found "
                 << quoted(parameter.value.name) << " of shape "
                 << shapeText(own);
      return diagnostic;
    };
    if (tensor.size() == 1)
      return ArrayRef(tensor.values());
    if (own.size() > shape.size())
      return doesNotRepeat();
    std::optional<size_t> axis;
    for (auto [d, size] : enumerate(own)) {
      size_t at = shape.size() - own.size() + d;
      if (size == 1)
        continue;
      if (ShapedType::isDynamic(shape[at]))
        return doesNotRepeat() << ": the leading dimension is the batch";
      if (size != shape[at] || axis)
        return doesNotRepeat();
      axis = at;
    }
    if (slices && *slices != *axis)
      return node.emitError()
             << "expected slices along one axis, found the '" << parameter.role
             << "' along axis " << *axis << " and another parameter along axis "
             << *slices;
    slices = axis;
    return ArrayRef(tensor.values());
  }

  /// The same, all integers of at most `limit` in magnitude.
  FailureOr<SmallVector<int64_t>>
  readIntegers(const QuantizerParameter &parameter, int64_t least,
               int64_t limit) {
    FailureOr<ArrayRef<float>> values = read(parameter);
    if (failed(values))
      return failure();
    SmallVector<int64_t> result;
    for (float value : *values) {
      if (std::floor(value) != value || !(value >= float(least)) ||
          !(value <= float(limit)))
        return node.emitError()
               << "expected a '" << parameter.role << "' that is an integer of "
               << least << " to " << limit << ", found " << value << " in "
               << quoted(parameter.value.name);
      result.push_back(int64_t(value));
    }
    return result;
  }

  std::optional<size_t> axis() const { return slices; }

private:
  const OnnxNode &node;
  ArrayRef<int64_t> shape;
  std::optional<size_t> slices;
};

/// Sets `one`, or `many` where there are several.
template <typename One, typename Many, typename Values>
void setOneOrMany(One &one, Many &many, const Values &values) {
  if (values.size() == 1)
    one = One(values.front());
  else
    many.assign(values.begin(), values.end());
}

} // namespace

FailureOr<OnnxValue> toFloats(const OnnxNode &node, OnnxValue value,
                              StringRef role) {
  std::vector<float> values;
  for (int64_t integer : value.constant->integers.elements()) {
    values.push_back(float(integer));
    if (int64_t(values.back()) != integer)
      return node.emitError()
             << "expected a '" << role << "' that is an integer of binary32, "
             << "found " << integer << " in " << quoted(value.name);
  }
  value.constant = makeTensor(value.constant->shape, std::move(values));
  return value;
}

FailureOr<OnnxValue> getNumbers(const OnnxNode &node, int index,
                                StringRef role) {
  FailureOr<OnnxValue> value = node.getInput(index, role);
  if (failed(value))
    return failure();
  return value->constant && !value->constant->integers.empty()
             ? toFloats(node, *value, role)
             : node.getConstant(index, role);
}

FailureOr<NumberFormatAttrInterface> makeFormat(const OnnxNode &node,
                                                const Quantizer &quantizer,
                                                ArrayRef<int64_t> shape) {
  FormatReader reader(node, shape);
  UniformTensorFormat format;
  UniformFormat &common = format.common;
  common.isSigned = quantizer.isSigned;
  common.narrow = quantizer.narrow;
  common.rounding = quantizer.rounding;
  common.bipolar = quantizer.bipolar;

  FailureOr<ArrayRef<float>> scale = reader.read(quantizer.scale);
  if (failed(scale))
    return failure();
  setOneOrMany(common.scale, format.scale, *scale);
  common.zeroPoint = 0;
  if (quantizer.zeroPoint) {
    constexpr int64_t kLargest = int64_t(1) << UniformFormat::kMaxWidth;
    FailureOr<SmallVector<int64_t>> zeroPoint =
        reader.readIntegers(*quantizer.zeroPoint, -kLargest, kLargest);
    if (failed(zeroPoint))
      return failure();
    setOneOrMany(common.zeroPoint, format.zeroPoint, *zeroPoint);
    // With zero points of 0 both orders are the same.
    common.zeroPointFirst = quantizer.zeroPointFirst &&
                            any_of(*zeroPoint, [](int64_t z) { return z; });
  }
  if (const int *width = std::get_if<int>(&quantizer.width)) {
    common.width = *width;
  } else {
    FailureOr<SmallVector<int64_t>> widths =
        reader.readIntegers(std::get<QuantizerParameter>(quantizer.width), 1,
                            UniformFormat::kMaxWidth);
    if (failed(widths))
      return failure();
    setOneOrMany(common.width, format.width, *widths);
    // QONNX: a signed code of one bit is -1 or +1.
    if (common.isSigned && is_contained(*widths, 1)) {
      if (!all_equal(*widths))
        return node.emitError()
               << "expected widths of 2 or more, or 1 for all slices (which "
                  "then have codes of -1 and +1), found both";
      common.width = 1;
      format.width.clear();
      common.bipolar = true;
      common.narrow = false;
      common.rounding = Rounding::NearestEven; // nothing is rounded
    }
  }
  if (reader.axis())
    format.axis = int(*reader.axis());
  if (std::optional<std::string> reason = format.invalid())
    return node.emitError() << *reason;
  return getFormatAttr(node.importer.getBuilder().getContext(), format);
}

FailureOr<OnnxValue> round(const OnnxNode &node, OnnxValue input,
                           NumberFormatAttrInterface format, StringRef name) {
  OnnxImporter &importer = node.importer;
  if (input.constant) {
    input.constant =
        makeQuantized(input.constant->shape,
                      {format, node.describe(), nullptr, input.constant});
    importer.addConstantQuantizer(node.describe());
    importer.define(name, input);
    return input;
  }
  if (input.view && format.getUniform()->slices() > 0)
    return node.emitError()
           << "expected one scale, zero point and width for the whole tensor "
           << shapeText(*input.view) << ", which is another shape of "
           << shapeText(input.getType().getShape()) << ", found slices";
  // A slope of 1 changes nothing.
  OpBuilder &builder = importer.getBuilder();
  auto layer = LeakyReluOp::create(
      builder, node.getLoc(), input.getType(), importer.getNoName(),
      input.activation, builder.getF32FloatAttr(1),
      PrecisionAttr::get(builder.getContext(), format, {}, {}, {}));
  importer.addLayer(node, layer, name, {}, input.getShape());
  importer.addQuantizer(layer);
  return *importer.lookup(name);
}

LogicalResult addQuantizer(const OnnxNode &node, OnnxValue input,
                           NumberFormatAttrInterface format) {
  if (input.constant && !input.constant->isFloat())
    return node.emitError()
           << "expected float32 elements in " << quoted(input.name)
           << ", found " << elementTypeName(input.constant->elementType);
  return round(node, std::move(input), format, node.proto.output(0));
}

NumberFormatAttrInterface takeFormat(OnnxImporter &importer,
                                     OnnxValue &parameter, OperandRole role) {
  std::shared_ptr<const OnnxTensor::Quantized> quantized =
      parameter.constant->quantized;
  if (!quantized)
    return {};
  // Codes are on their grid.
  if (quantized->from)
    parameter.constant = quantized->from;
  importer.markTaken(quantized->by);
  importer.remarkOfNextLayer(quantized->by, "is the '" + stringify(role) + "'");
  return quantized->format;
}

/// Every code of `format`, or, where they are too many, what is known of them.
static bool isIdempotent(const UniformFormat &format) {
  constexpr int kExact = 24; // bits of a binary32
  constexpr int kFew = 12;   // codes that are tried one by one
  if (format.bipolar)
    return true;
  if (format.width <= kFew) {
    for (int64_t c = format.minCode(); c <= format.maxCode(); ++c)
      if (quantizeToCode(dequantize(c, format), format) != c)
        return false;
    return true;
  }
  if (format.maxMagnitude() >= int64_t(1) << kExact)
    return false;
  if (isPowerOfTwo(format.scale))
    return true;
  // The value of a code is at most two roundings away from it: less than half
  // a step with two bits to spare.
  bool nearest = format.rounding == Rounding::NearestEven ||
                 format.rounding == Rounding::NearestAway ||
                 format.rounding == Rounding::NearestTowardsZero ||
                 format.rounding == Rounding::NearestUp;
  return nearest && format.maxMagnitude() < int64_t(1) << (kExact - 3);
}

bool isIdempotent(const UniformTensorFormat &format) {
  return all_of(slicesOf(format),
                [](const UniformFormat &slice) { return isIdempotent(slice); });
}

} // namespace mase::onnx_import
