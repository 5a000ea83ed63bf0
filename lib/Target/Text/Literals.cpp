// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbers, formats and tables as C++ text.
#include "Literals.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace mase;

/// Above this, weights print as whole words: people don't read that many, and
/// constant evaluation of each costs compile time.
static constexpr int64_t kMaxReadableWords = 4096;
static constexpr size_t kColumns = 80;

StringRef mase::elementTypeName(Type type) {
  return type.isF32() ? "float" : type.isInteger(64) ? "int64_t" : "int32_t";
}

StringRef mase::elementTypeName(Value value) {
  return elementTypeName(getElementTypeOrSelf(value.getType()));
}

std::string mase::floatLiteral(float value) {
  if (std::isnan(value))
    return "rt::kNaN";
  if (std::isinf(value))
    return value < 0 ? "-rt::kInfinity" : "rt::kInfinity";
  int exponent;
  std::string text;
  llvm::raw_string_ostream os(text);
  if (std::frexp(value, &exponent) == 0.5f &&
      (exponent < -2 || exponent > 10)) {
    os << "0x1p" << exponent - 1 << 'f';
    return text;
  }
  os << llvm::format("%.9g", double(value));
  if (text.find_first_of(".e") == std::string::npos)
    os << ".0";
  os << 'f';
  return text;
}

std::string mase::intLiteral(int64_t value) {
  if (value == INT64_MIN)
    return "(-9223372036854775807 - 1)";
  return std::to_string(value);
}

DenseElementsAttr mase::floatTable(MLIRContext *context,
                                   ArrayRef<float> values) {
  return DenseElementsAttr::get(
      RankedTensorType::get(int64_t(values.size()), Float32Type::get(context)),
      values);
}

DenseElementsAttr mase::intTable(MLIRContext *context,
                                 ArrayRef<int64_t> values) {
  SmallVector<int32_t> elements(values.begin(), values.end());
  return DenseElementsAttr::get(
      RankedTensorType::get(int64_t(values.size()),
                            IntegerType::get(context, 32)),
      ArrayRef(elements));
}

/// `5`, or `[3 to 6]` in brackets where there are several.
template <typename T, typename Text>
static std::string rangeText(ArrayRef<T> values, bool brackets, Text text) {
  T low = *llvm::min_element(values), high = *llvm::max_element(values);
  if (low == high)
    return text(low);
  std::string range = text(low) + " to " + text(high);
  return brackets ? "[" + range + "]" : range;
}

std::string mase::formatText(NumberFormatAttrInterface attr) {
  std::vector<UniformFormat> slices = slicesOf(*attr.getUniform());
  const UniformFormat &common = slices.front();
  SmallVector<int64_t> widths, fractions, zeroPoints;
  SmallVector<float> scales;
  bool powers = true;
  for (const UniformFormat &slice : slices) {
    widths.push_back(slice.width);
    powers &= isPowerOfTwo(slice.scale);
    fractions.push_back(-exponentOf(slice.scale));
    scales.push_back(slice.scale);
    zeroPoints.push_back(slice.zeroPoint);
  }
  auto integers = [](int64_t value) { return std::to_string(value); };
  std::string text = rangeText<int64_t>(widths, powers, integers);
  if (powers)
    text += "." + rangeText<int64_t>(fractions, true, integers);
  else
    text += " bits times " + rangeText<float>(scales, false, scaleText);
  if (!common.isSigned)
    text += " unsigned";
  if (common.narrow)
    text += " narrow";
  if (common.bipolar)
    text += " bipolar";
  if (common.rounding != Rounding::NearestEven)
    text += " " + std::string(toString(common.rounding));
  if (common.overflow != Overflow::Saturate)
    text += " " + std::string(toString(common.overflow));
  if (llvm::any_of(zeroPoints, [](int64_t z) { return z != 0; }))
    text += ", zero point " + rangeText<int64_t>(zeroPoints, false, integers) +
            (common.zeroPointFirst ? " before rounding" : "");
  return text;
}

/// Elements between braces, wrapped.
static void printList(raw_indented_ostream &os, ArrayRef<std::string> elements,
                      StringRef indent) {
  os << '{';
  size_t column = indent.size() + 1;
  for (size_t i = 0; i < elements.size(); ++i) {
    size_t length = elements[i].size() + 2;
    if (i != 0) {
      os << ',';
      if (column + length > kColumns) {
        os << '\n' << indent << ' ';
        column = indent.size() + 1;
      } else {
        os << ' ';
      }
    }
    os << elements[i];
    column += length;
  }
  os << '}';
}

static void printRows(raw_indented_ostream &os, StringRef comment,
                      StringRef start, int64_t rows, int64_t columns,
                      function_ref<std::string(int64_t, int64_t)> element) {
  os << "/// " << comment << '\n'
     << start << '[' << rows << "][" << columns << "] = {\n";
  for (int64_t row = 0; row < rows; ++row) {
    SmallVector<std::string> elements;
    for (int64_t column = 0; column < columns; ++column)
      elements.push_back(element(row, column));
    os << "    ";
    printList(os, elements, "    ");
    os << (row + 1 < rows ? ",\n" : "};\n");
  }
}

void mase::printTable(raw_indented_ostream &os, StringRef comment,
                      StringRef name, DenseElementsAttr table,
                      TableStyle style) {
  Type type = table.getElementType();
  SmallVector<std::string> elements;
  if (type.isF32())
    for (float value : table.getValues<float>())
      elements.push_back(floatLiteral(value));
  else
    for (const APInt &value : table.getValues<APInt>())
      elements.push_back(intLiteral(value.getSExtValue()));
  ArrayRef<int64_t> shape = table.getType().getShape();
  if (shape.size() == 2)
    return printRows(os, comment, name, shape[0], shape[1],
                     [&](int64_t row, int64_t column) {
                       return elements[size_t(row * shape[1] + column)];
                     });
  const bool isArray = style == TableStyle::Array;
  std::string start = isArray ? (name + "[" + Twine(shape[0]) + "] = {").str()
                              : (name + "({").str();
  StringRef end = isArray ? "};\n" : "});\n";
  std::string oneLine = start + llvm::join(elements, ", ");
  os << "/// " << comment << '\n';
  if (oneLine.size() + end.size() - 1 <= kColumns) {
    os << oneLine << end;
    return;
  }
  std::string indent = "    ";
  os << start << "\n" << indent;
  size_t column = indent.size();
  for (size_t i = 0; i < elements.size(); ++i) {
    bool last = i + 1 == elements.size();
    size_t length = elements[i].size() + (last ? end.size() - 1 : 1);
    if (i != 0 && column + 1 + length > kColumns) {
      os << '\n' << indent;
      column = indent.size();
    } else if (i != 0) {
      os << ' ';
      ++column;
    }
    os << elements[i] << (last ? end : ",");
    column += length;
  }
}

StringRef mase::enumeratorName(Rounding rounding) {
  switch (rounding) {
  case Rounding::NearestEven:
    return "NearestEven";
  case Rounding::Floor:
    return "Floor";
  case Rounding::Ceil:
    return "Ceil";
  case Rounding::TowardsZero:
    return "TowardsZero";
  case Rounding::AwayFromZero:
    return "AwayFromZero";
  case Rounding::NearestAway:
    return "NearestAway";
  case Rounding::NearestTowardsZero:
    return "NearestTowardsZero";
  case Rounding::NearestUp:
    return "NearestUp";
  }
  return {};
}

/// The members of a format, in their order.
static std::string formatLiteral(const UniformFormat &format, StringRef space) {
  auto flag = [](bool value) { return value ? "true" : "false"; };
  return llvm::formatv(
             "{{{0}, {1}, {2}, {3}, {4}, {5},\n     {9}::Rounding::{6}, "
             "{9}::Overflow::{7}, {8}}",
             format.width, floatLiteral(format.scale), format.zeroPoint,
             flag(format.isSigned), flag(format.narrow), flag(format.bipolar),
             enumeratorName(format.rounding),
             format.overflow == Overflow::Wrap ? "Wrap" : "Saturate",
             flag(format.zeroPointFirst), space)
      .str();
}

void mase::printFormats(raw_indented_ostream &os, StringRef comment,
                        StringRef start, ArrayRef<UniformFormat> formats,
                        StringRef space) {
  os << "/// " << comment << '\n'
     << start << '[' << formats.size() << "] = {\n";
  for (const UniformFormat &format : formats)
    os << "    " << formatLiteral(format, space)
       << (&format == &formats.back() ? "};\n" : ",\n");
}

void mase::printPackedWeights(raw_indented_ostream &os, StringRef comment,
                              StringRef start, kernel::DotOp dot) {
  const int64_t fanIn = dot.getFanIn(), out = dot.getFanOut(),
                words = kernel::sizeOf(dot.getInput()) / dot.getParticles();
  const bool readable = out * words <= kMaxReadableWords;
  printRows(os, comment, start, out, words, [&](int64_t o, int64_t word) {
    uint32_t packed = 0;
    SmallVector<std::string> codes;
    for (int64_t i = 4 * word; i < 4 * word + 4; ++i) {
      int64_t code = i < fanIn ? dot.getWeightCode(o, i) : 0;
      packed |= uint32_t(code & 255) << 8 * (i % 4);
      codes.push_back(intLiteral(code));
    }
    return readable ? "rt::pack(" + llvm::join(codes, ", ") + ")"
                    : intLiteral(int32_t(packed));
  });
}
