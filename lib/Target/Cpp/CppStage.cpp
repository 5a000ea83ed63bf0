// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints one stage as C++: a namespace with its tables and a function `run`.
#include "CppStage.h"

#include "CppQuantize.h"

#include "../Text/Literals.h"
#include "../Text/StageText.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mase;
using llvm::formatv;

std::string cpp::arrayType(Value value, StringRef layout) {
  StringRef element = elementTypeName(value),
            array = kernel::packingOf(value) ? "Bytes"
                    : element == "float"     ? "Numbers"
                    : element == "int64_t"   ? "LongIntegers"
                                             : "Integers";
  return formatv("rt::{0}<{1}, {2}>", array, layout,
                 kernel::logicalSizeOf(value));
}

std::string cpp::arrayDeclaration(Value value, StringRef layout,
                                  StringRef name) {
  const bool hasRest =
      !kernel::packingOf(value) && kernel::logicalSizeOf(value) % 8 != 0;
  return formatv("{0} {1}{2};\n", arrayType(value, layout), name,
                 hasRest ? "{}" : "");
}

/// Beyond it, weights are printed as the processor reads them: compilers limit
/// how long they compute constants, and people don't read that many.
static constexpr int64_t kMaxReadableWeights = 16384;

namespace {

class StagePrinter : StageText {
public:
  StagePrinter(kernel::StageOp stage, const DeviceFunctions &functions,
               raw_indented_ostream &os)
      : StageText(stage, os, {"i", "o", "tile", "number", "rt", "run", "L"}),
        functions(functions),
        tile(kernel::packingOf(result)
                 ? stage.getTile()
                 : std::min<int64_t>(stage.getTile(), size)) {}

  void print() {
    printDescription();
    os << "namespace " << stage.getName() << " {\n";
    printTables();
    printSignature();
    if (auto softmax = dyn_cast_or_null<kernel::SoftmaxOp>(head))
      os << formatv("rt::rows<L, {0}>(rt::softmaxF32, x, y);\n", size);
    else if (isa_and_nonnull<kernel::LogSoftmaxOp>(head))
      os << formatv("rt::rows<L, {0}>(rt::logSoftmaxF32, x, y);\n", size);
    else if (auto gather = dyn_cast_or_null<kernel::GatherOp>(head))
      printGather(gather);
    else
      printTiles();
    os.unindent();
    os << "}\n} // namespace " << stage.getName() << "\n\n";
  }

private:
  const DeviceFunctions &functions;
  int64_t tile;

  //===--------------------------------------------------------------------===//
  // Tables
  //===--------------------------------------------------------------------===//

  void printTables() {
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

  void printTableOf(Operation *op, const TextTable &table) {
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
    StringRef index = kernel::particlesOf(head) > 1 &&
                              isa<kernel::DotOp, kernel::LinearOp>(op)
                          ? "c + i"
                          : "o + i";
    elements[{op, table.role}] = formatv(
        type.isInteger(64) ? "rt::longsAt<L>({0}, {1})" : "L::at({0}, {1})",
        name, index);
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

  void printDotTable(kernel::DotOp dot) {
    if (dot.getKind() != kernel::DotKind::Dp4a)
      return printMatrix(dot, dot.getKind() == kernel::DotKind::Mad64
                                  ? "std::int64_t"
                                  : "std::int32_t");
    std::string name = unique("products");
    tables[{dot, "matrix"}] = name;
    std::string bias =
        kernel::startsAtInit(dot) ? tableOf(dot, "bias") : std::string();
    os << "/// as the processor reads them\n"
       << formatv("constexpr auto {0} = rt::dotTable<{1}, {2}>({3}{4});\n",
                  name, kernel::readsSignedBytes(dot), dot.hasSignedWeights(),
                  tableOf(dot, "weight"), bias.empty() ? "" : ", " + bias);
  }

  void printMatrix(Operation *op, StringRef element) {
    std::string name = unique("products");
    tables[{op, "matrix"}] = name;
    os << "/// as the processor reads them\n"
       << formatv("constexpr auto {0} = rt::matrix<{1}>({2});\n", name, element,
                  tableOf(op, "weight"));
  }

  /// Rows of integers or numbers in braces.
  template <typename Element>
  void printRows(int64_t rows, int64_t columns, Element element) {
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

  void printLargeMatrix(Operation *op, const TextTable &table) {
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
    printRows(in, out, [&](int64_t i, int64_t o) {
      return elements[size_t(o * in + i)];
    });
    os << "};\n";
  }

  /// A DotTable, for sets that read bytes and for those that read pairs.
  void printLargeDot(kernel::DotOp dot, const std::string &name) {
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
      printRows(table.rows, out, [&](int64_t k, int64_t o) {
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

  //===--------------------------------------------------------------------===//
  // Loops
  //===--------------------------------------------------------------------===//

  void printSignature() {
    SmallVector<std::string> parameters;
    for (Value argument : body.getArguments()) {
      // Of what the stage is given: an argument doesn't know how it is packed.
      Value given =
          stage.getInputs()[cast<BlockArgument>(argument).getArgNumber()];
      parameters.push_back("const " + cpp::arrayType(given, "L") + " &" +
                           names[argument]);
    }
    parameters.push_back(cpp::arrayType(stage.getResult(), "L") + " &y");
    os << (isSparse() ? "template <class L, int o = 0> // straight-line code\n"
                      : "template <class L>\n");
    std::string start = "MASE_INLINE void run(";
    std::string oneLine = start + llvm::join(parameters, ", ") + ") {";
    os << (oneLine.size() <= 80
               ? oneLine
               : start +
                     llvm::join(parameters,
                                ",\n" + std::string(start.size(), ' ')) +
                     ") {")
       << '\n';
    os.indent();
  }

  /// Whether the sums have code of their own for each tile.
  bool isSparse() const {
    auto dot = dyn_cast_or_null<kernel::DotOp>(head);
    return dot && dot.getSparse();
  }

  void printTiles() {
    const int64_t count = kernel::particlesOf(head), row = size / count;
    os << formatv("constexpr int tile = L::tile({0}, {1});\n", row, tile);
    if (count > 1) {
      os << formatv("for (int p = 0; p < {0}; ++p) {{\n", count);
      os.indent();
    }
    if (isSparse())
      os << formatv("if constexpr (o < L::count({0}, {1})) {{\n", row, tile);
    else
      os << formatv(
          "for (int {2} = 0; {2} < L::count({0}, {1}); {2} += tile) {{\n", row,
          tile, count > 1 ? "c" : "o");
    os.indent();
    if (count > 1)
      os << formatv("const int o = {0} * p + c;\n", row);
    if (head)
      printSums();
    // What is put into words, tile by tile.
    std::optional<cpp::QuantizeResult> packed;
    SmallVector<std::string> texts = elementStatements(packed);
    if (packed)
      os << (packed->kind == cpp::QuantizeResult::Code
                 ? "rt::Ints code[tile];\n"
                 : "rt::Floats number[tile];\n");
    os << "MASE_UNROLL\nfor (int i = 0; i < tile; ++i)"
       << (texts.size() == 1 ? "\n" : " {\n");
    os.indent();
    for (const std::string &text : texts)
      os << text << ";\n";
    os.unindent();
    if (texts.size() != 1)
      os << "}\n";
    if (packed && packed->kind == cpp::QuantizeResult::Clamped)
      os << (packed->shifts.empty()
                 ? formatv("rt::putBytes<L, {0}, {1}>(number, o, y);\n", size,
                           packed->isSigned)
                       .str()
                 : formatv("rt::putShifted<L, {0}, {1}>(number, {2}, o, y);\n",
                           size, packed->isSigned, packed->shifts)
                       .str());
    else if (packed && packed->kind == cpp::QuantizeResult::Number)
      os << formatv("rt::putRounded<L, {0}, {1}, {2}, {3}>(number, o, y);\n",
                    size, packed->low, packed->high, packed->clamp);
    else if (packed)
      os << formatv("rt::putCodes<L, {0}>(code, o, y);\n", size);
    if (isSparse()) {
      os << "run<L, o + tile>(";
      for (Value argument : body.getArguments())
        os << names[argument] << ", ";
      os << "y);\n";
    }
    os.unindent();
    os << "}\n";
    if (count > 1) {
      os.unindent();
      os << "}\n";
    }
  }

  /// What a product is called with: the sums' place and, of several particles,
  /// that of the one's data.
  std::string sumsText() const {
    if (kernel::particlesOf(head) == 1)
      return "o, sum";
    return formatv("c, sum, {0} * p", kernel::sizeOf(head->getOperand(0)) /
                                          kernel::particlesOf(head));
  }

  /// Sums over particles, in their order.
  void printReduce(kernel::ReduceOp reduce) {
    StringRef type = elementTypeName(reduce.getResult());
    std::string init = elementOf(reduce, "bias"),
                term = formatv("x.v[{0} * p + o + i]", size);
    const bool isFloat = type == "float", wide = type == "int64_t";
    if (init.empty())
      init = wide ? "rt::splatLongs(0)"
                  : (isFloat ? "rt::Floats{}" : "rt::Ints{}");
    if (wide)
      term = "rt::toLongs(" + term + ")";
    std::string sum =
        isFloat ? "rt::add(sum[i], " + term + ")"
        : wide  ? "rt::addLongs(sum[i], " + term + ", rt::splatLongs(1))"
                : "sum[i] + " + term;
    os << typeName(reduce.getResult()) << " sum[tile];\n"
       << "for (int i = 0; i < tile; ++i)\n  sum[i] = " << init << ";\n"
       << formatv("for (int p = 0; p < {0}; ++p)\n", reduce.getParticles())
       << "  for (int i = 0; i < tile; ++i)\n    sum[i] = " << sum << ";\n";
    names[reduce.getResult()] =
        reduce.getFactor()
            ? formatv("rt::mul(sum[i], rt::splat({0}))",
                      floatLiteral(reduce.getFactor()->convertToFloat()))
                  .str()
            : "sum[i]";
  }

  /// Copies, a loop for elements that are equally far apart.
  void printGather(kernel::GatherOp gather) {
    for (const kernel::GatherRun &run : kernel::gatherRuns(gather))
      os << formatv("for (int i = 0; i < {0}; ++i)\n"
                    "  y.v[{1} + i] = {2}.v[{3} + {4} * i];\n",
                    run.count, run.first, names.lookup(run.operand), run.start,
                    run.stride);
  }

  /// The sums of one tile.
  void printSums() {
    if (auto reduce = dyn_cast<kernel::ReduceOp>(head))
      return printReduce(reduce);
    Value sums = head->getResult(0);
    std::string sum = "sum[i]", matrix = tableOf(head, "matrix");
    names[sums] = sum;
    if (auto linear = dyn_cast<kernel::LinearOp>(head)) {
      std::string bias = tableOf(head, "bias");
      os << "rt::Floats sum[tile];\n"
         << formatv("rt::linear<L>({0}, {1}x, {2});\n", matrix,
                    bias.empty() ? "" : bias + ", ", sumsText());
      return;
    }
    auto dot = cast<kernel::DotOp>(head);
    const bool wide = dot.getKind() == kernel::DotKind::Mad64;
    StringRef function = dot.getKind() == kernel::DotKind::Dp4a    ? "dot"
                         : dot.getKind() == kernel::DotKind::Mad32 ? "dot32"
                                                                   : "dot64";
    os << (wide ? "rt::Longs" : "rt::Ints") << " sum[tile];\n";
    if (dot.getSparse())
      os << formatv("rt::dotSparse<L, {0}, o>({0}, x, sum);\n", matrix);
    else
      os << formatv("rt::{0}<L>({1}, x, {2});\n", function, matrix, sumsText());
    std::string power;
    if (dot.hasShift())
      power = kernel::shiftsOf(dot).size() > 1
                  ? elementOf(dot, "power")
                  : formatv(wide ? "rt::splatLongs({0})" : "rt::splat({0})",
                            intLiteral(int64_t(1) << dot.getShift(0)))
                        .str();
    std::string bias = kernel::startsAtInit(dot) ? "" : elementOf(dot, "bias");
    if (wide && !(power.empty() && bias.empty()))
      names[sums] = formatv("rt::addLongs({0}, {1}, {2})",
                            bias.empty() ? "rt::splatLongs(0)" : bias, sum,
                            power.empty() ? "rt::splatLongs(1)" : power);
    else if (!wide)
      names[sums] = sum + (power.empty() ? "" : " * " + power) +
                    (bias.empty() ? "" : " + " + bias);
  }

  //===--------------------------------------------------------------------===//
  // One element
  //===--------------------------------------------------------------------===//

  std::string element(Value value) override {
    std::string name = names.lookup(value);
    return isa<BlockArgument>(value) ? name + ".v[o + i]" : name;
  }

  static std::string typeName(Value value) {
    StringRef type = elementTypeName(value);
    return type == "float"     ? "rt::Floats"
           : type == "int64_t" ? "rt::Longs"
                               : "rt::Ints";
  }

  /// Computes element o + i, and stores it or leaves it to the tile.
  SmallVector<std::string>
  elementStatements(std::optional<cpp::QuantizeResult> &packed) {
    statements.clear();
    for (Operation *op : elementOps()) {
      Value value = op->getResult(0);
      if (auto quantize = dyn_cast<kernel::QuantizeOp>(op)) {
        cpp::QuantizeResult text =
            cpp::quantizeText(quantize, quantizeContext(quantize));
        if (quantize.getPacking()) {
          statements.push_back((text.kind == cpp::QuantizeResult::Code
                                    ? "code[i] = "
                                    : "number[i] = ") +
                               text.text);
          text.shifts = tableOf(quantize, "codeShift");
          packed = text;
          return statements;
        }
        declare(value, "code", text.text);
        continue;
      }
      auto [name, text] = expression(op);
      declare(value, name, text);
    }
    // The last variable has no use but to be stored.
    std::string last = element(result),
                start = "const " + typeName(result) + " " + last + " = ";
    if (!statements.empty() && StringRef(statements.back()).starts_with(start))
      statements.back() =
          "y.v[o + i] = " + statements.back().substr(start.size());
    else
      statements.push_back("y.v[o + i] = " + last);
    return statements;
  }

  void declare(Value value, StringRef name, const std::string &text) {
    names[value] = unique(name);
    statements.push_back("const " + typeName(value) + " " + names[value] +
                         " = " + text);
  }

  std::pair<std::string, std::string> expression(Operation *op) override {
    using Result = std::pair<std::string, std::string>;
    if (auto text = commonExpression(op))
      return *text;
    return TypeSwitch<Operation *, Result>(op)
        .Case([&](kernel::ReadOp read) {
          std::string text = formatv("rt::readBits<{0}, {1}>(rt::toLongs({2}))",
                                     read.getWidth(), !read.getIsUnsigned(),
                                     element(read.getInput()));
          bool wide = elementTypeName(read.getResult()) == "int64_t";
          return Result("integer", wide ? text : "rt::toInts(" + text + ")");
        })
        .Case([&](kernel::DequantizeOp dequantize) {
          std::string value = element(dequantize.getInput());
          if (auto zero = dequantize.getZeroPoint())
            // A difference of 32-bit integers may have 33.
            value =
                formatv("rt::subLongs(rt::toLongs({0}), {1})", value,
                        zero->size() > 1 ? elementOf(dequantize, "zeroPoint")
                                         : "rt::splatLongs(" +
                                               intLiteral(zero->front()) + ")");
          value = "rt::toFloat(" + value + ")";
          ArrayRef<float> scale = dequantize.getScale();
          if (scale.size() > 1)
            value = formatv("rt::mul({0}, {1})", value,
                            elementOf(dequantize, "scale"));
          else if (scale.front() != 1)
            value = formatv("rt::mul({0}, rt::splat({1}))", value,
                            floatLiteral(scale.front()));
          return Result("value", value);
        })
        .Case([&](kernel::DeviceFunctionOpInterface op) {
          return Result(isa<kernel::RoundOp>(op) ? "rounded" : "value",
                        formatv("rt::each({0}, {1})",
                                functions.lookup(op.getDeviceFunction().source),
                                element(op->getOperand(0))));
        })
        .Default([](Operation *) { return Result(); });
  }
};

} // namespace

void cpp::printStage(kernel::StageOp stage, const DeviceFunctions &functions,
                     raw_indented_ostream &os) {
  StagePrinter(stage, functions, os).print();
}
