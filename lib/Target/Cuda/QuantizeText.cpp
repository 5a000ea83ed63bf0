// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a number becomes a code, as C++ text.
#include "QuantizeText.h"

#include "Literals.h"
#include "StagePrinter.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace mase;
using llvm::formatv;

namespace {

/// The steps that codes may be, and their zero points: one for all elements, or
/// one each.
struct Bounds {
  SmallVector<int64_t> low, high, zeroPoint;

  explicit Bounds(kernel::QuantizeOp quantize) {
    for (const UniformFormat &format :
         slicesOf(*quantize.getFormat().getUniform())) {
      low.push_back(quantize.getRelu() ? 0 : format.minSteps());
      high.push_back(format.maxSteps());
      zeroPoint.push_back(format.zeroPoint);
    }
    for (SmallVector<int64_t> *list : {&low, &high, &zeroPoint})
      if (llvm::all_equal(*list))
        list->truncate(1);
  }
};

std::string unitOf(kernel::QuantizeOp quantize) {
  switch (quantize.getRounder()) {
  case kernel::Rounder::Saturate:
    return "gives fractions of 2^" + std::to_string(quantize.getBits()) +
           " steps of the format";
  case kernel::Rounder::Shift:
  case kernel::Rounder::Convert:
    return quantize.getDivisor() ? "gives values" : "gives steps of the format";
  case kernel::Rounder::Exact:
    return "gives values";
  }
  return {};
}

/// Whether the code is computed by the format's definition and is not one of
/// fixed point, which needs no table.
bool needsFormats(kernel::QuantizeOp quantize) {
  return quantize.getRounder() == kernel::Rounder::Exact &&
         !quantize.getFormat().getFixedPoint();
}

DenseElementsAttr intTable(Builder builder, ArrayRef<int64_t> values) {
  SmallVector<int32_t> elements(values.begin(), values.end());
  return DenseElementsAttr::get(
      RankedTensorType::get(int64_t(values.size()), builder.getI32Type()),
      ArrayRef(elements));
}

DenseElementsAttr stepTable(Builder builder, ArrayRef<int64_t> values,
                            int bits) {
  SmallVector<float> elements;
  for (int64_t value : values)
    elements.push_back(std::ldexp(float(value), -bits));
  return floatTable(builder.getContext(), elements);
}

} // namespace

std::vector<CudaTable> mase::tablesOf(kernel::QuantizeOp quantize) {
  std::vector<CudaTable> tables;
  Builder builder(quantize.getContext());
  if (auto factor = quantize.getFactor(); factor && factor->size() > 1)
    tables.push_back({"factor",
                      quantize.getScale() ? "one an element" : unitOf(quantize),
                      floatTable(builder.getContext(), *factor)});
  if (auto scale = quantize.getScale())
    tables.push_back({"scale", unitOf(quantize), *scale});
  if (auto shift = quantize.getShift())
    tables.push_back({"shift", "as scale", *shift});
  if (auto divisor = quantize.getDivisor(); divisor && divisor->size() > 1)
    tables.push_back(
        {"divisor", "the steps", floatTable(builder.getContext(), *divisor)});
  if (needsFormats(quantize))
    tables.push_back(
        {"format", "codes of " + formatText(quantize.getFormat()), {}});
  if (quantize.getRounder() == kernel::Rounder::Exact)
    return tables;
  Bounds bounds(quantize);
  auto add = [&](StringRef role, ArrayRef<int64_t> values) {
    if (values.size() < 2)
      return;
    std::string comment = role == "low" ? "the smallest code, in steps"
                                        : "the largest code, in steps";
    if (quantize.getRounder() == kernel::Rounder::Convert)
      tables.push_back({role.str(), comment, intTable(builder, values)});
    else if (quantize.getClamp())
      tables.push_back({role.str(), comment,
                        stepTable(builder, values, quantize.getBits())});
  };
  if (quantize.getRounder() != kernel::Rounder::Saturate)
    add("low", bounds.low);
  add("high", bounds.high);
  if (bounds.zeroPoint.size() > 1)
    tables.push_back({"zeroPoint", "what is added to the steps",
                      intTable(builder, bounds.zeroPoint)});
  return tables;
}

std::string mase::quantizeText(kernel::QuantizeOp quantize,
                               QuantizeContext context) {
  std::string value = context.input;
  if (elementTypeName(quantize.getInput()) != "float")
    value = "rt::toFloat(" + value + ")";
  if (auto factor = quantize.getFactor())
    value = formatv("rt::mul({0}, {1})", value,
                    factor->size() > 1 ? context.table("factor")
                                       : floatLiteral(factor->front()));
  if (quantize.getScale())
    value = formatv("rt::fma({0}, {1}, {2})", value, context.table("scale"),
                    context.table("shift"));

  if (auto divisor = quantize.getDivisor())
    value = formatv("rt::div({0}, {1})", value,
                    divisor->size() > 1 ? context.table("divisor")
                                        : floatLiteral(divisor->front()));

  const Bounds bounds(quantize);
  const UniformFormat common = quantize.getFormat().getUniform()->slice(0);
  auto bound = [&](StringRef role, ArrayRef<int64_t> values,
                   const std::string &suffix) {
    return values.size() > 1 ? context.table(role)
                             : std::to_string(values.front()) + suffix;
  };
  auto withZeroPoint = [&](std::string steps) {
    if (bounds.zeroPoint.size() > 1)
      return steps + " + " + context.table("zeroPoint");
    int64_t zero = bounds.zeroPoint.front();
    if (zero == 0)
      return steps;
    return steps + (zero < 0 ? " - " : " + ") +
           std::to_string(zero < 0 ? -zero : zero);
  };
  std::string round = quantize.getPacking() ? "roundToByte" : "round";
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
    return withZeroPoint(
        formatv("rt::{0}<{1}>({2})", round, quantize.getBits(), value));
  }
  case kernel::Rounder::Shift: {
    value = context.declare("steps", value);
    if (quantize.getClamp())
      value = formatv("rt::max(rt::min({0}, {1}), {2})", value,
                      bound("high", bounds.high, ".0f"),
                      bound("low", bounds.low, ".0f"));
    return withZeroPoint(formatv("rt::{0}<0>({1})", round, value));
  }
  case kernel::Rounder::Convert: {
    value = context.declare("steps", value);
    StringRef clamp =
        common.rounding == Rounding::Floor ? "clampFloor" : "clampRound";
    std::string low = bound("low", bounds.low, ""),
                high = bound("high", bounds.high, "");
    bool constants = bounds.low.size() == 1 && bounds.high.size() == 1;
    return withZeroPoint(
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
