// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a number becomes a code, as C++ text: what the targets share.
#include "QuantizeText.h"

#include "Literals.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mase;
using llvm::formatv;

static std::string unitOf(kernel::QuantizeOp quantize) {
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

std::vector<TextTable> mase::numberTablesOf(kernel::QuantizeOp quantize) {
  std::vector<TextTable> tables;
  MLIRContext *context = quantize.getContext();
  if (auto factor = quantize.getFactor(); factor && factor->size() > 1)
    tables.push_back({"factor",
                      quantize.getScale() ? "one an element" : unitOf(quantize),
                      floatTable(context, *factor)});
  if (auto scale = quantize.getScale())
    tables.push_back({"scale", unitOf(quantize), *scale});
  if (auto shift = quantize.getShift())
    tables.push_back({"shift", "as scale", *shift});
  if (auto divisor = quantize.getDivisor(); divisor && divisor->size() > 1)
    tables.push_back({"divisor", "the steps", floatTable(context, *divisor)});
  return tables;
}

void mase::addCodeShift(std::vector<TextTable> &tables,
                        kernel::QuantizeOp quantize, uint64_t multiple) {
  auto shifts = llvm::to_vector(kernel::codeShiftsOf(quantize));
  shifts.resize(llvm::alignTo(shifts.size(), multiple));
  if (!shifts.empty())
    tables.push_back({"codeShift", "to the left, which makes steps of one size",
                      intTable(quantize.getContext(), shifts)});
}

std::string mase::numberText(kernel::QuantizeOp quantize,
                             const QuantizeContext &context,
                             llvm::function_ref<std::string(float)> number) {
  std::string value = context.input;
  if (elementTypeName(quantize.getInput()) != "float")
    value = "rt::toFloat(" + value + ")";
  if (auto factor = quantize.getFactor())
    value = formatv(
        "{0}({1}, {2})",
        llvm::all_of(*factor, isPowerOfTwo) ? context.timesPower : "rt::mul",
        value,
        factor->size() > 1 ? context.table("factor") : number(factor->front()));
  if (quantize.getScale())
    value = formatv("rt::fma({0}, {1}, {2})", value, context.table("scale"),
                    context.table("shift"));
  if (auto divisor = quantize.getDivisor())
    value = formatv("rt::div({0}, {1})", value,
                    divisor->size() > 1 ? context.table("divisor")
                                        : number(divisor->front()));
  return value;
}

std::string mase::withZeroPoint(std::string steps,
                                const kernel::QuantizeBounds &bounds,
                                const QuantizeContext &context) {
  if (bounds.zeroPoint.size() > 1)
    return steps + " + " + context.table("zeroPoint");
  int64_t zero = bounds.zeroPoint.front();
  if (zero == 0)
    return steps;
  return steps + (zero < 0 ? " - " : " + ") +
         std::to_string(zero < 0 ? -zero : zero);
}
