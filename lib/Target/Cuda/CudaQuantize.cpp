// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a number becomes a code, as CUDA C++ text.
#include "CudaQuantize.h"

#include "../Text/Literals.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace mase;
using llvm::formatv;

/// Whether the code is computed by the format's definition and is not one of
/// fixed point, which needs no table.
static bool needsFormats(kernel::QuantizeOp quantize) {
  return quantize.getRounder() == kernel::Rounder::Exact &&
         !quantize.getFormat().getFixedPoint();
}

static DenseElementsAttr stepTable(MLIRContext *context,
                                   ArrayRef<int64_t> values, int bits) {
  SmallVector<float> elements;
  for (int64_t value : values)
    elements.push_back(std::ldexp(float(value), -bits));
  return floatTable(context, elements);
}

std::vector<TextTable> mase::cudaTablesOf(kernel::QuantizeOp quantize) {
  std::vector<TextTable> tables = numberTablesOf(quantize);
  addCodeShift(tables, quantize, /*multiple=*/4); // of whole words
  MLIRContext *context = quantize.getContext();
  if (needsFormats(quantize))
    tables.push_back(
        {"format", "codes of " + formatText(quantize.getFormat()), {}});
  if (quantize.getRounder() == kernel::Rounder::Exact)
    return tables;
  kernel::QuantizeBounds bounds(quantize);
  auto add = [&](StringRef role, ArrayRef<int64_t> values) {
    if (values.size() < 2)
      return;
    std::string comment = role == "low" ? "the smallest code, in steps"
                                        : "the largest code, in steps";
    if (quantize.getRounder() == kernel::Rounder::Convert)
      tables.push_back({role.str(), comment, intTable(context, values)});
    else if (quantize.getClamp())
      tables.push_back({role.str(), comment,
                        stepTable(context, values, quantize.getBits())});
  };
  if (quantize.getRounder() != kernel::Rounder::Saturate)
    add("low", bounds.low);
  add("high", bounds.high);
  if (bounds.zeroPoint.size() > 1)
    tables.push_back({"zeroPoint", "what is added to the steps",
                      intTable(context, bounds.zeroPoint)});
  return tables;
}

std::string mase::cudaQuantizeText(kernel::QuantizeOp quantize,
                                   const QuantizeContext &context) {
  std::string value = numberText(quantize, context, floatLiteral);
  const kernel::QuantizeBounds bounds(quantize);
  const UniformFormat common = quantize.getFormat().getUniform()->slice(0);
  auto bound = [&](StringRef role, ArrayRef<int64_t> values,
                   const std::string &suffix) {
    return values.size() > 1 ? context.table(role)
                             : std::to_string(values.front()) + suffix;
  };
  auto shifted = [&](std::string steps) {
    return withZeroPoint(std::move(steps), bounds, context);
  };
  // packShifted takes no noise in higher bytes.
  std::string round =
      quantize.getPacking() && kernel::codeShiftsOf(quantize).empty()
          ? "roundToByte"
          : "round";
  switch (quantize.getRounder()) {
  case kernel::Rounder::Saturate: {
    value = context.declare("fraction", "rt::saturate(" + value + ")");
    if (quantize.getClamp())
      value = formatv("rt::min({0}, {1})", value,
                      bounds.high.size() > 1
                          ? context.table("high")
                          : formatv("{0}.0f / {1}.0f", bounds.high.front(),
                                    int64_t(1) << quantize.getBits())
                                .str());
    return shifted(
        formatv("rt::{0}<{1}>({2})", round, quantize.getBits(), value));
  }
  case kernel::Rounder::Shift: {
    value = context.declare("steps", value);
    if (quantize.getClamp())
      value = formatv("rt::max(rt::min({0}, {1}), {2})", value,
                      bound("high", bounds.high, ".0f"),
                      bound("low", bounds.low, ".0f"));
    return shifted(formatv("rt::{0}<0>({1})", round, value));
  }
  case kernel::Rounder::Convert: {
    value = context.declare("steps", value);
    StringRef clamp =
        common.rounding == Rounding::Floor ? "clampFloor" : "clampRound";
    std::string low = bound("low", bounds.low, ""),
                high = bound("high", bounds.high, "");
    bool constants = bounds.low.size() == 1 && bounds.high.size() == 1;
    return shifted(
        constants ? formatv("rt::{0}<{1}, {2}>({3})", clamp, low, high, value)
                  : formatv("rt::{0}({1}, {2}, {3})", clamp, value, low, high));
  }
  case kernel::Rounder::Exact: {
    if (quantize.getRelu())
      value = "rt::relu(" + value + ")";
    value = context.declare("value", value);
    std::string code;
    if (std::optional<FixedPointFormat> format =
            quantize.getFormat().getFixedPoint())
      code = formatv(
          "rt::quantize({0}, {1}, {2}, {3}, mase::Rounding::{4})", value,
          format->width, format->fracWidth, format->isSigned ? "true" : "false",
          format->rounding == Rounding::Floor ? "Floor" : "NearestEven");
    else
      code = formatv("rt::quantize({0}, {1})", value, context.table("format"));
    return elementTypeName(quantize.getResult()) == "int32_t"
               ? "int32_t(" + code + ")"
               : code;
  }
  }
  return {};
}
