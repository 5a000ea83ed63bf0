// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How numbers become codes, as text of C++ and C.
#include "CppQuantize.h"

#include "../Text/Literals.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mase;
using llvm::formatv;

std::vector<TextTable> cpp::tablesOf(kernel::QuantizeOp quantize) {
  std::vector<TextTable> tables = numberTablesOf(quantize);
  addCodeShift(tables, quantize);
  if (quantize.getRounder() == kernel::Rounder::Exact) {
    tables.push_back(
        {"format", "codes of " + formatText(quantize.getFormat()), {}});
    return tables;
  }
  MLIRContext *context = quantize.getContext();
  const kernel::LaneRounding rounding(quantize);
  const kernel::QuantizeBounds &bounds = rounding.bounds;
  auto addBounds = [&](StringRef role, StringRef comment,
                       ArrayRef<int64_t> values) {
    if (values.size() < 2)
      return;
    SmallVector<float> numbers(values.begin(), values.end());
    tables.push_back({role.str(), comment.str(),
                      rounding.narrow ? floatTable(context, numbers)
                                      : intTable(context, values)});
  };
  if (rounding.clamps) {
    if (!rounding.packs || rounding.needsLow)
      addBounds("low", "the smallest code, in steps", bounds.low);
    addBounds("high", "the largest code, in steps", bounds.high);
  }
  if (bounds.zeroPoint.size() > 1)
    tables.push_back({"zeroPoint", "what is added to the steps",
                      intTable(context, bounds.zeroPoint)});
  return tables;
}

cpp::QuantizeResult cpp::quantizeText(kernel::QuantizeOp quantize,
                                      const QuantizeContext &context,
                                      Element kind) {
  QuantizeResult result;
  const bool vectors = kind == Element::Vector;
  const bool shifts = !kernel::codeShiftsOf(quantize).empty();
  auto shifted = [&](std::string code) -> std::string {
    if (!shifts)
      return code;
    return formatv(vectors ? "({0}) << {1}" : "rt::shiftCode({0}, {1})", code,
                   context.table("codeShift"));
  };
  auto constant = [&](const std::string &number) {
    return vectors ? "rt::splat(" + number + ")" : number;
  };
  std::string value = numberText(quantize, context, [&](float number) {
    return constant(floatLiteral(number));
  });
  if (!vectors && value != context.input)
    value = context.declare("number", value);
  if (quantize.getRounder() == kernel::Rounder::Exact) {
    if (quantize.getRelu())
      value = "rt::relu(" + value + ")";
    result.text = formatv(vectors ? "rt::quantize<L>({0}, {1})"
                                  : "rt::uniformCode({0}, {1})",
                          value, context.table("format"));
    if (elementTypeName(quantize.getResult()) == "int32_t")
      result.text = (vectors ? "rt::toInts(" : "int32_t(") + result.text + ")";
    result.text = shifted(result.text);
    return result;
  }

  const kernel::LaneRounding rounding(quantize);
  const kernel::QuantizeBounds &bounds = rounding.bounds;
  auto bound = [&](StringRef role, ArrayRef<int64_t> values) {
    if (values.size() > 1)
      return context.table(role);
    return constant(rounding.narrow
                        ? floatLiteral(float(values.front()))
                        : "std::int32_t(" + intLiteral(values.front()) + ")");
  };
  std::string low = bound("low", bounds.low), high = bound("high", bounds.high);

  // Bytes are rounded and packed at once, those of one format clamped, too.
  if (vectors && rounding.packs) {
    result.kind =
        rounding.sameBytes ? QuantizeResult::Number : QuantizeResult::Clamped;
    result.low = bounds.low.front();
    result.high = bounds.high.front();
    result.clamp = rounding.clamps && !rounding.converts;
    result.isSigned = rounding.isSigned;
    result.text = value;
    if (rounding.converts)
      result.text = formatv("rt::clampSteps({0}, {1}, {2})", value, low, high);
    else if (!rounding.sameBytes && rounding.clamps)
      result.text =
          formatv(rounding.needsLow ? "rt::max(rt::min({0}, {1}), {2})"
                                    : "rt::min({0}, {1})",
                  value, high, low);
    return result;
  }
  if (rounding.converts) {
    result.text = formatv("rt::clamp{0}{1}({2}, {3}, {4})",
                          rounding.floor ? "Floor" : "Round",
                          rounding.narrow ? "" : "Wide", value, low, high);
  } else {
    if (rounding.clamps)
      value = formatv("rt::max(rt::min({0}, {1}), {2})", value, high, low);
    result.text = "rt::round(" + value + ")";
  }
  result.text = shifted(withZeroPoint(result.text, bounds, context));
  return result;
}
