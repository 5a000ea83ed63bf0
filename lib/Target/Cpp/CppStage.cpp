// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints one stage as C++: a namespace with its tables (CppTables.h) and a
// function `run`.
#include "CppStage.h"

#include "CppQuantize.h"
#include "CppTables.h"

#include "../Text/Literals.h"

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

namespace {

class StagePrinter : cpp::StageTables {
public:
  StagePrinter(kernel::StageOp stage, const DeviceFunctions &functions,
               raw_indented_ostream &os)
      : StageTables(stage, os, {"i", "o", "tile", "number", "rt", "run", "L"}),
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
