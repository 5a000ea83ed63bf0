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

// The layout says which axis the channels are, of which rows have one.
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
