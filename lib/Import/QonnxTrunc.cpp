// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QONNX's Trunc, which drops low bits of codes: its first version keeps the
// scale, and so divides by what it drops; its second has a scale for the
// result. https://github.com/fastmachinelearning/qonnx, docs/qonnx-custom-ops.
#include "OnnxLayers.h"
#include "Quantizers.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

/// One number.
static FailureOr<float> getNumber(const OnnxNode &node, int index,
                                  StringRef role) {
  FailureOr<OnnxValue> value = getNumbers(node, index, role);
  if (failed(value))
    return failure();
  if (value->constant->size() != 1)
    return node.emitError() << "expected one number as '" << role << "', found "
                            << quoted(value->name) << " of shape "
                            << shapeText(value->constant->shape);
  return value->constant->values().front();
}

/// All quotients by it are exact, and so are two roundings one after the other.
static FailureOr<float> getPowerOfTwo(const OnnxNode &node, int index,
                                      StringRef role) {
  FailureOr<float> number = getNumber(node, index, role);
  if (succeeded(number) &&
      (!(*number > 0) || !std::isnormal(*number) || !isPowerOfTwo(*number)))
    return node.emitError()
           << "expected a power of two as '" << role << "', found " << *number;
  return number;
}

static FailureOr<int64_t> getWidth(const OnnxNode &node, int index,
                                   StringRef role) {
  FailureOr<float> number = getNumber(node, index, role);
  if (failed(number))
    return failure();
  if (std::floor(*number) != *number || !(*number >= 1) ||
      !(*number <= float(UniformFormat::kMaxWidth)))
    return node.emitError()
           << "expected an integer of 1 to " << UniformFormat::kMaxWidth
           << " as '" << role << "', found " << *number;
  return int64_t(*number);
}

/// Whether a quantiser makes the activation multiples of `scale`.
static bool isOnGrid(const OnnxValue &value, float scale) {
  auto layer = value.activation.getDefiningOp<LeakyReluOp>();
  PrecisionAttr precision = layer ? layer.getLayerPrecision() : nullptr;
  NumberFormatAttrInterface format =
      precision ? precision.getFormat(OperandRole::DataIn) : nullptr;
  std::optional<UniformTensorFormat> uniform =
      format ? format.getUniform() : std::nullopt;
  return uniform && layer.getAlpha().convertToFloat() == 1 &&
         uniform->slices() == 0 && uniform->common.zeroPoint == 0 &&
         isPowerOfTwo(uniform->common.scale) && uniform->common.scale >= scale;
}

static FailureOr<OnnxValue> roundTo(const OnnxNode &node, OnnxValue input,
                                    const UniformFormat &format,
                                    StringRef name) {
  UniformTensorFormat tensor = toUniformTensor(format);
  if (std::optional<std::string> reason = tensor.invalid())
    return node.emitError() << *reason;
  return round(node, std::move(input),
               getFormatAttr(node.importer.getBuilder().getContext(), tensor),
               name);
}

LogicalResult importTrunc(const OnnxNode &node) {
  bool hasOutputScale = node.proto.input_size() > 5;
  FailureOr<OnnxValue> input = node.getElements(0, "X");
  FailureOr<float> scale = getPowerOfTwo(node, 1, "scale"),
                   zeroPoint = getNumber(node, 2, "zeropt");
  FailureOr<int64_t> inWidth = getWidth(node, 3, "in_bitwidth");
  FailureOr<int64_t> outWidth =
      getWidth(node, hasOutputScale ? 5 : 4, "out_bitwidth");
  FailureOr<Rounding> rounding = getQonnxRounding(node, "FLOOR");
  FailureOr<int64_t> isSigned = node.getInt("signed", 1),
                     narrow = node.getInt("narrow", 0);
  if (failed(input) || failed(scale) || failed(zeroPoint) || failed(inWidth) ||
      failed(outWidth) || failed(rounding) || failed(isSigned) ||
      failed(narrow))
    return failure();
  if (*zeroPoint != 0)
    return node.emitError() << "expected a 'zeropt' of 0, found " << *zeroPoint;
  UniformFormat format;
  format.rounding = *rounding;
  float factor = 1;
  if (hasOutputScale) {
    FailureOr<float> outScale = getPowerOfTwo(node, 4, "out_scale");
    if (failed(outScale))
      return failure();
    format.scale = *outScale;
    format.width = int(*outWidth);
    format.isSigned = *isSigned != 0;
    format.narrow = *narrow != 0;
  } else {
    if (*inWidth < *outWidth)
      return node.emitError() << "expected an 'out_bitwidth' of at most the "
                                 "'in_bitwidth' "
                              << *inWidth << ", found " << *outWidth;
    factor = std::ldexp(1.0f, int(*outWidth - *inWidth));
    format.scale = *scale / factor;
    // Its codes are not clamped.
    format.width = UniformFormat::kMaxWidth;
  }
  StringRef output = node.proto.output(0);
  OnnxValue value = *input;
  if (!isOnGrid(value, *scale)) {
    UniformFormat grid;
    grid.width = UniformFormat::kMaxWidth;
    grid.scale = *scale;
    FailureOr<OnnxValue> rounded =
        roundTo(node, value, grid, (output + "/codes").str());
    if (failed(rounded))
      return failure();
    value = *rounded;
  }
  FailureOr<OnnxValue> truncated = roundTo(node, value, format, output);
  if (failed(truncated) || factor == 1)
    return failure(failed(truncated));
  node.importer.remarkOfNextLayer(
      node.describe(), "keeps its scale: what it drops is the factor");
  SmallVector<int64_t> shape(truncated->getShape());
  FailureOr<Value> constant =
      repeatConstant(node, {Value(), makeTensor({}, {factor}), ""},
                     truncated->getType(), shape);
  if (failed(constant))
    return failure();
  OnnxImporter &importer = node.importer;
  auto layer = MulOp::create(importer.getBuilder(), node.getLoc(),
                             truncated->getType(), importer.getNoName(),
                             truncated->activation, *constant, PrecisionAttr());
  importer.addLayer(node, layer, output, {}, ArrayRef<int64_t>(shape));
  return success();
}

} // namespace mase::onnx_import
