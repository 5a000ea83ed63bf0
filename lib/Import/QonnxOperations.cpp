// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The operations of QONNX, which Brevitas, QKeras (through hls4ml's and qonnx's
// converters) and FINN write.
// https://github.com/fastmachinelearning/qonnx, docs/qonnx-custom-ops.
#include "Quantizers.h"

#include "mase/Numerics/QonnxRounding.h"
#include "mase/Support/NearestNames.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

/// The domains that writers have used, the present one first.
static constexpr StringLiteral kDomains[] = {
    kQonnxDomain, "finn.custom_op.general", "onnx.brevitas"};

static FailureOr<bool> getFlag(const OnnxNode &node, StringRef name,
                               bool defaultValue) {
  FailureOr<int64_t> value = node.getInt(name, defaultValue);
  if (failed(value))
    return failure();
  if (*value == 0 || *value == 1)
    return *value == 1;
  return node.emitError() << "expected '" << name << "' = 0 or 1, found "
                          << *value;
}

FailureOr<Rounding> getQonnxRounding(const OnnxNode &node,
                                     StringRef defaultValue) {
  FailureOr<std::string> text = node.getString("rounding_mode", defaultValue);
  if (failed(text))
    return failure();
  std::vector<std::string> valid;
  for (const QonnxRounding &entry : kQonnxRoundings) {
    // qonnx takes small letters for capitals.
    valid.emplace_back(entry.name);
    if (valid.back() == StringRef(*text).upper())
      return entry.rounding;
  }
  return node.emitError() << "unknown 'rounding_mode' " << quoted(*text)
                          << nearestNamesText(*text, valid);
}

static FailureOr<QuantizerParameter> getParameter(const OnnxNode &node,
                                                  int index, StringRef role) {
  FailureOr<OnnxValue> value = getNumbers(node, index, role);
  if (failed(value))
    return failure();
  return QuantizerParameter{role, *value};
}

/// What a quantiser rounds, and its shape.
static FailureOr<std::pair<OnnxValue, SmallVector<int64_t>>>
getRounded(const OnnxNode &node) {
  FailureOr<OnnxValue> input = node.getInput(0, "X");
  if (failed(input))
    return failure();
  ArrayRef<int64_t> shape = input->constant
                                ? ArrayRef<int64_t>(input->constant->shape)
                                : input->getType().getShape();
  return std::pair(*input, SmallVector<int64_t>(shape));
}

static LogicalResult round(const OnnxNode &node, const Quantizer &quantizer) {
  auto rounded = getRounded(node);
  if (failed(rounded))
    return failure();
  const auto &[input, shape] = *rounded;
  FailureOr<NumberFormatAttrInterface> format =
      makeFormat(node, quantizer, shape);
  return failed(format) ? failure() : addQuantizer(node, input, *format);
}

/// round(clamp(x / scale + zeropt)), minus the zero point, times the scale.
static LogicalResult importQuant(const OnnxNode &node) {
  FailureOr<bool> isSigned = getFlag(node, "signed", true),
                  narrow = getFlag(node, "narrow", false);
  FailureOr<Rounding> rounding = getQonnxRounding(node, "ROUND");
  if (failed(isSigned) || failed(narrow) || failed(rounding))
    return failure();
  FailureOr<QuantizerParameter> scale = getParameter(node, 1, "scale"),
                                zeroPoint = getParameter(node, 2, "zeropt"),
                                width = getParameter(node, 3, "bitwidth");
  if (failed(scale) || failed(zeroPoint) || failed(width))
    return failure();
  Quantizer quantizer;
  quantizer.scale = *scale;
  quantizer.zeroPoint = *zeroPoint;
  quantizer.width = *width;
  quantizer.isSigned = *isSigned;
  quantizer.narrow = *narrow;
  quantizer.rounding = *rounding;
  quantizer.zeroPointFirst = true;
  return round(node, quantizer);
}

/// x / scale >= 0 ? scale : -scale.
static LogicalResult importBipolarQuant(const OnnxNode &node) {
  FailureOr<QuantizerParameter> scale = getParameter(node, 1, "scale");
  if (failed(scale))
    return failure();
  Quantizer quantizer;
  quantizer.scale = *scale;
  quantizer.width = 1;
  quantizer.bipolar = true;
  return round(node, quantizer);
}

/// The format whose codes begin at `lowest` and number `levels`; its scale and
/// rounding are not set. None: no width has as many.
static std::optional<UniformFormat> formatOfLevels(int64_t lowest,
                                                   int64_t levels) {
  UniformFormat format;
  format.narrow = !isPowerOf2_64(uint64_t(levels));
  uint64_t all = uint64_t(levels) + (format.narrow ? 1 : 0);
  if (!isPowerOf2_64(all) || all < 2 ||
      Log2_64(all) > unsigned(UniformFormat::kMaxWidth) ||
      (format.narrow && all < 4))
    return std::nullopt;
  format.width = int(Log2_64(all));
  format.isSigned = true;
  if (lowest == format.minCode())
    return format;
  format.isSigned = false;
  format.zeroPoint = -lowest;
  return format;
}

/// out_scale * (number of thresholds that are <= x) + out_bias. Thresholds that
/// lie where a rounding goes up are that rounding.
static LogicalResult importMultiThreshold(const OnnxNode &node) {
  FailureOr<float> scale = node.getFloat("out_scale", 1),
                   bias = node.getFloat("out_bias", 0);
  auto rounded = getRounded(node);
  FailureOr<OnnxValue> input = node.getConstant(1, "thresholds", /*rank=*/2);
  if (failed(scale) || failed(bias) || failed(rounded) || failed(input))
    return failure();
  const OnnxTensor &thresholds = *input->constant;
  ArrayRef<float> all(thresholds.values()),
      first = all.take_front(size_t(thresholds.shape[1]));
  for (ArrayRef<float> rest = all; !rest.empty();
       rest = rest.drop_front(first.size()))
    if (rest.take_front(first.size()) != first)
      return node.emitError()
             << "expected the same thresholds for all channels, found others "
                "in row "
             << (rest.data() - all.data()) / int64_t(first.size()) << " of "
             << quoted(input->name) << " than in row 0";
  // Then all quotients are exact.
  if (!(*scale > 0) || !std::isnormal(*scale) || !isPowerOfTwo(*scale))
    return node.emitError()
           << "expected a power of two as 'out_scale', found " << *scale;
  double lowest = double(*bias) / double(*scale);
  constexpr double kLargest = int64_t(1) << UniformFormat::kMaxWidth;
  if (std::floor(lowest) != lowest || std::abs(lowest) > kLargest)
    return node.emitError()
           << "expected an 'out_bias' that is a multiple of 'out_scale', found "
           << *bias;
  std::optional<UniformFormat> format =
      formatOfLevels(int64_t(lowest), int64_t(first.size()) + 1);
  if (!format)
    return node.emitError()
           << "expected thresholds for the codes of a width (2^width - 1, or "
              "one less), found "
           << first.size();
  format->scale = *scale;
  double offset = double(first[0]) / double(*scale) - lowest;
  for (auto [k, threshold] : enumerate(first))
    if (double(threshold) / double(*scale) - lowest - double(k) != offset ||
        (offset != 1 && offset != 0.5))
      return node.emitError()
             << "expected thresholds 'out_scale' apart that round down or to "
                "the nearest (the first at 'out_bias' + 'out_scale', or + half "
                "of it), found "
             << threshold << " at " << k << " in " << quoted(input->name);
  format->rounding = offset == 1 ? Rounding::Floor : Rounding::NearestUp;
  UniformTensorFormat tensor = toUniformTensor(*format);
  if (std::optional<std::string> reason = tensor.invalid())
    return node.emitError() << *reason;
  return addQuantizer(
      node, rounded->first,
      getFormatAttr(node.importer.getBuilder().getContext(), tensor));
}

// The layout says which axis the channels are; they are all alike.
static constexpr StringRef kMultiThreshold[] = {"out_dtype", "out_scale",
                                                "out_bias", "data_layout"};
static constexpr StringRef kQuant[] = {"signed", "narrow", "rounding_mode"};

// In alphabetical order, as messages list them. The first ones' other names are
// those of Brevitas before 0.8 and of qonnx from 1.0 on.
static constexpr OnnxOperation kOperations[] = {
    {"BinaryQuant", 2, 2, 1, {}, importBipolarQuant},
    {"BipolarQuant", 2, 2, 1, {}, importBipolarQuant},
    {"IntQuant", 4, 4, 1, kQuant, importQuant},
    {"MultiThreshold", 2, 2, 1, kMultiThreshold, importMultiThreshold},
    {"Quant", 4, 4, 1, kQuant, importQuant},
    {"Trunc", 5, 6, 1, kQuant, importTrunc},
};

ArrayRef<OnnxOperation> qonnxOperations(StringRef domain) {
  if (is_contained(kDomains, domain))
    return kOperations;
  return {};
}

} // namespace mase::onnx_import
