// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tables as people read them, and as the processor does.
#include "CppTables.h"

#include "CppQuantize.h"

#include "../Text/Literals.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mase;
using namespace mase::cpp;
using llvm::formatv;

/// Beyond it, weights are printed as the processor reads them: compilers limit
/// how long they compute constants, and people don't read that many.
static constexpr int64_t kMaxReadableWeights = 16384;

/// Rows of integers or numbers in braces.
template <typename Element>
static void printRows(raw_ostream &os, int64_t rows, int64_t columns,
                      Element element) {
  os << "{";
  for (int64_t row = 0; row < rows; ++row) {
    os << (row == 0 ? "{" : ",\n    {");
    for (int64_t column = 0; column < columns; ++column)
      os << (column == 0        ? ""
             : column % 16 == 0 ? ",\n     "
                                : ", ")
         << element(row, column);
    os << "}";
  }
  os << "}";
}

void StageTables::printTables() {
  for (Operation &op : body.without_terminator()) {
    auto quantize = dyn_cast<kernel::QuantizeOp>(op);
    for (const TextTable &table :
         quantize ? cpp::tablesOf(quantize) : elementTablesOf(&op)) {
      const bool isMatrix =
          table.values && table.values.getType().getRank() == 2;
      if (isMatrix && table.values.size() > kMaxReadableWeights)
        printLargeMatrix(&op, table);
      else
        printTableOf(&op, table);
    }
    if (!tableOf(&op, "matrix").empty())
      continue;
    if (auto dot = dyn_cast<kernel::DotOp>(op))
      printDotTable(dot);
    else if (isa<kernel::LinearOp>(op))
      printMatrix(&op, "float");
  }
}

void StageTables::printTableOf(Operation *op, const TextTable &table) {
  std::string name = unique(table.role);
  tables[{op, table.role}] = name;
  if (!table.values) {
    auto slices =
        slicesOf(*cast<kernel::QuantizeOp>(op).getFormat().getUniform());
    printFormats(os, table.comment, "constexpr rt::UniformFormat " + name,
                 slices, "rt");
    elements[{op, table.role}] = name + ", o + i";
    return;
  }
  Type type = table.values.getElementType();
  const bool isMatrix = table.values.getType().getRank() == 2,
             isStart = isa<kernel::DotOp>(op) && table.role == "bias" &&
                       kernel::startsAtInit(cast<kernel::DotOp>(op));
  StringRef element = type.isF32()         ? "float"
                      : type.isInteger(64) ? "std::int64_t"
                                           : "std::int32_t";
  // What all particles share.
  StringRef index =
      kernel::particlesOf(head) > 1 && isa<kernel::DotOp, kernel::LinearOp>(op)
          ? "c + i"
          : "o + i";
  elements[{op, table.role}] = formatv(
      type.isInteger(64) ? "rt::longsAt<L>({0}, {1})" : "L::at({0}, {1})", name,
      index);
  if (isMatrix) {
    // Codes of bytes are stored as bytes.
    auto dot = dyn_cast<kernel::DotOp>(op);
    if (dot && dot.getPacking())
      element = dot.hasSignedWeights() ? "std::int8_t" : "std::uint8_t";
    printTable(os, table.comment, ("constexpr " + element + " " + name).str(),
               table.values, TableStyle::Array);
  } else if (isStart) {
    printTable(os, table.comment, ("constexpr " + element + " " + name).str(),
               table.values, TableStyle::Array);
  } else if (table.role == "codeShift") {
    elements[{op, table.role}] = "L::at(" + name + ".v, o + i)";
    printTable(os, table.comment,
               "constexpr auto " + name + " = rt::byteShifts", table.values,
               TableStyle::Argument);
  } else {
    printTable(
        os, table.comment,
        ("constexpr auto " + name + " = rt::table<" + element + ">").str(),
        table.values, TableStyle::Argument);
  }
}

void StageTables::printDotTable(kernel::DotOp dot) {
  if (dot.getKind() != kernel::DotKind::Dp4a)
    return printMatrix(dot, dot.getKind() == kernel::DotKind::Mad64
                                ? "std::int64_t"
                                : "std::int32_t");
  std::string name = unique("products");
  tables[{dot, "matrix"}] = name;
  std::string bias =
      kernel::startsAtInit(dot) ? tableOf(dot, "bias") : std::string();
  os << "/// as the processor reads them\n"
     << formatv("constexpr auto {0} = rt::dotTable<{1}, {2}>({3}{4});\n", name,
                kernel::readsSignedBytes(dot), dot.hasSignedWeights(),
                tableOf(dot, "weight"), bias.empty() ? "" : ", " + bias);
}

void StageTables::printMatrix(Operation *op, StringRef element) {
  std::string name = unique("products");
  tables[{op, "matrix"}] = name;
  os << "/// as the processor reads them\n"
     << formatv("constexpr auto {0} = rt::matrix<{1}>({2});\n", name, element,
                tableOf(op, "weight"));
}

void StageTables::printLargeMatrix(Operation *op, const TextTable &table) {
  const int64_t out = table.values.getType().getShape()[0],
                in = table.values.getType().getShape()[1];
  std::string name = unique("products");
  tables[{op, "matrix"}] = name;
  auto dot = dyn_cast<kernel::DotOp>(op);
  if (dot && dot.getKind() == kernel::DotKind::Dp4a)
    return printLargeDot(dot, name);
  Type type = table.values.getElementType();
  SmallVector<std::string> elements;
  if (type.isF32())
    for (float value : table.values.getValues<float>())
      elements.push_back(floatLiteral(value));
  else
    for (const APInt &value : table.values.getValues<APInt>())
      elements.push_back(intLiteral(value.getSExtValue()));
  StringRef element = type.isF32() ? "float"
                      : dot && dot.getKind() == kernel::DotKind::Mad64
                          ? "std::int64_t"
                          : "std::int32_t";
  os << "/// [in][out]: as the processor reads them\n"
     << formatv("constexpr rt::Matrix<{0}, {1}, {2}> {3} = {{\n    ", element,
                out, in, name);
  printRows(os, in, out,
            [&](int64_t i, int64_t o) { return elements[size_t(o * in + i)]; });
  os << "};\n";
}

/// A DotTable, for sets that read bytes and for those that read pairs.
void StageTables::printLargeDot(kernel::DotOp dot, const std::string &name) {
  auto printOne = [&](kernel::WordKind kind) {
    const int64_t out = dot.getFanOut();
    kernel::DotWords table = kernel::dotWords(dot, kind);
    os << formatv("constexpr rt::DotTable<{0}, {1}, {2}, {3}> {4} = {{\n    ",
                  kernel::readsSignedBytes(dot), dot.hasSignedWeights(), out,
                  dot.getFanIn(), name);
    os << '{';
    for (auto [o, value] : llvm::enumerate(table.start))
      os << (o == 0 ? "" : o % 16 == 0 ? ",\n     " : ", ") << value;
    os << "},\n    ";
    printRows(os, table.rows, out, [&](int64_t k, int64_t o) {
      return table.words[size_t(k * out + o)];
    });
    os << "};\n";
  };
  os << "/// codes of " << formatText(dot.getWeightFormat())
     << ": sums' starts, and [in / 4][out]: as the processor reads them\n";
  if (!dot.hasSignedWeights())
    return printOne(kernel::WordKind::Pairs);
  os << "#if MASE_LANES == 3 // four codes in a word\n";
  printOne(kernel::WordKind::Bytes);
  os << "#else // codes 0 and 2 in a word, and 1 and 3\n";
  printOne(kernel::WordKind::Pairs);
  os << "#endif\n";
}
