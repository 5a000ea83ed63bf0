// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints one stage: a namespace with its tables and a function `run`.
#include "StagePrinter.h"

#include "CudaQuantize.h"

#include "../Text/Literals.h"
#include "../Text/StageText.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mase;
using llvm::formatv;

namespace {

class StagePrinter : StageText {
public:
  StagePrinter(kernel::StageOp stage, bool unrolled,
               const DeviceFunctions &deviceFunctions, raw_indented_ostream &os)
      : StageText(stage, os), unrolled(unrolled),
        deviceFunctions(deviceFunctions),
        packed(kernel::packingOf(result).has_value()),
        tile(packed ? 4 : std::min<int64_t>(stage.getTile(), size)) {}

  void print() {
    printDescription();
    os << "namespace " << stage.getName() << " {\n";
    printTables();
    printSignature();
    if (isa_and_nonnull<kernel::SoftmaxOp>(head))
      os << "rt::softmax(x, y);\n";
    else if (isa_and_nonnull<kernel::LogSoftmaxOp>(head))
      os << "rt::logSoftmax(x, y);\n";
    else if (auto gather = dyn_cast_or_null<kernel::GatherOp>(head))
      printGather(gather);
    else
      printTiles();
    os.unindent();
    os << "}\n} // namespace " << stage.getName() << "\n\n";
  }

private:
  bool unrolled;
  const DeviceFunctions &deviceFunctions;
  bool packed;
  int64_t tile;

  //===--------------------------------------------------------------------===//
  // Tables
  //===--------------------------------------------------------------------===//

  void table(Operation *op, StringRef role, const std::string &comment,
             std::optional<DenseElementsAttr> values) {
    if (!values)
      return;
    std::string name = unique(role);
    tables[{op, role.str()}] = name;
    elements[{op, role.str()}] = name + "[o]";
    auto dot = dyn_cast<kernel::DotOp>(op);
    if (dot && role == "weight" && dot.getPacking())
      printPackedWeights(os, comment + ", four to a word",
                         "MASE_TABLE int32_t " + name, dot);
    else
      printTable(os, comment,
                 ("MASE_TABLE " + elementTypeName(values->getElementType()) +
                  " " + name)
                     .str(),
                 *values, TableStyle::Array);
  }

  void printTables() {
    for (Operation &op : body.without_terminator())
      TypeSwitch<Operation *>(&op)
          .Case([&](kernel::QuantizeOp quantize) {
            for (const TextTable &t : cudaTablesOf(quantize)) {
              if (t.values) {
                table(quantize, t.role, t.comment, t.values);
                continue;
              }
              std::string name = unique(t.role);
              auto slices = slicesOf(*quantize.getFormat().getUniform());
              printFormats(os, t.comment,
                           "MASE_TABLE mase::UniformFormat " + name, slices,
                           "mase");
              elements[{quantize, t.role}] =
                  name + (slices.size() > 1 ? "[o]" : "[0]");
            }
          })
          .Default([&](Operation *other) {
            for (const TextTable &t : elementTablesOf(other))
              table(other, t.role, t.comment, t.values);
          });
  }

  //===--------------------------------------------------------------------===//
  // Loops
  //===--------------------------------------------------------------------===//

  void printSignature() {
    auto array = [](Value value, const std::string &name) {
      return formatv("{0} (&{1})[{2}][kSamples]", elementTypeName(value), name,
                     kernel::sizeOf(value))
          .str();
    };
    SmallVector<std::string> parameters;
    for (Value argument : body.getArguments())
      parameters.push_back("const " + array(argument, names[argument]));
    parameters.push_back(array(result, "y"));
    std::string oneLine = llvm::join(parameters, ", ");
    StringRef start = "MASE_DEVICE void run(";
    os << start
       << (start.size() + oneLine.size() + 3 <= 80
               ? oneLine
               : llvm::join(parameters, ",\n" + std::string(start.size(), ' ')))
       << ") {\n";
    os.indent();
  }

  void loop(const std::string &counter, int64_t count, bool overFeatures) {
    if (!overFeatures || unrolled)
      os << "MASE_UNROLL\n";
    os << formatv("for (int {0} = 0; {0} < {1}; ++{0}) {{\n", counter, count);
    os.indent();
  }
  /// Statements for each sample.
  void forSamples(ArrayRef<std::string> statements) {
    bool braces = statements.size() != 1;
    os << "MASE_UNROLL\nfor (int s = 0; s < kSamples; ++s)"
       << (braces ? " {\n" : "\n");
    os.indent();
    for (const std::string &statement : statements)
      os << statement << ";\n";
    os.unindent();
    if (braces)
      os << "}\n";
  }
  void end() {
    os.unindent();
    os << "}\n";
  }

  bool hasTileLoop() const { return packed || tile < size; }
  /// The result's index in the tile.
  std::string lane() const { return hasTileLoop() ? "lane" : "o"; }

  /// Statements for each sample of each result of a tile.
  void forLanes(ArrayRef<std::string> statements) {
    if (!hasTileLoop()) {
      loop("o", size, /*overFeatures=*/true);
    } else {
      loop("lane", tile, /*overFeatures=*/false);
      bool isPartial = size % tile != 0;
      // As the whole index, the first or the last term of it.
      if (isPartial || llvm::any_of(statements, [](StringRef text) {
            return text.contains("[o]") || text.contains("[o ") ||
                   text.contains(" o]");
          }))
        os << formatv("const int o = {0} * {1} + lane;\n", tile, tileCounter());
      if (isPartial)
        os << formatv("if (o >= {0})\n  break;\n", size);
    }
    forSamples(statements);
    end();
  }
  StringRef tileCounter() const { return packed ? "word" : "tile"; }

  void printTiles() {
    if (tile == 1 && !head && !packed) {
      loop("o", size, /*overFeatures=*/true);
      forSamples(elementStatements());
      end();
      return;
    }
    if (hasTileLoop())
      loop(tileCounter().str(), int64_t(llvm::divideCeil(size, tile)),
           /*overFeatures=*/true);
    if (head)
      printSums();
    if (packed)
      os << "int32_t code[4][kSamples]" << (size % 4 ? " = {}" : "") << ";\n";
    forLanes(elementStatements());
    if (packed)
      printPacking();
    if (hasTileLoop())
      end();
  }

  /// The codes of a word.
  void printPacking() {
    auto quantize = result.getDefiningOp<kernel::QuantizeOp>();
    std::string codes = "code[0][s], code[1][s], code[2][s], code[3][s]";
    if (kernel::codeShiftsOf(quantize).empty())
      return forSamples("y[word][s] =\n    rt::packBytes(" + codes + ")");
    forSamples(formatv("y[word][s] = rt::packShifted<{0}>(\n    {1}, "
                       "&{2}[4 * word])",
                       quantize.getFormat().getUniform()->common.isSigned,
                       codes, tableOf(quantize, "codeShift"))
                   .str());
  }

  /// The sums of one tile.
  void printSums() {
    Value sums = head->getResult(0);
    std::string sum = "sum[" + lane() + "][s]";
    auto dot = dyn_cast<kernel::DotOp>(head);
    // Of particles: what they share, and where one's own begins.
    const int64_t count = kernel::particlesOf(head),
                  inputs = kernel::sizeOf(head->getOperand(0)) / count;
    std::string shared = "[o]", x = "x[k][s]";
    if (count > 1) {
      shared = formatv("[o % {0}]", size / count);
      x = formatv("x[o / {0} * {1} + k][s]", size / count, inputs);
    }
    std::string bias = tableOf(head, "bias");
    bool startsAtBias = !bias.empty() && !(dot && dot.hasShift());
    os << formatv("{0} sum[{1}][kSamples]{2};\n", elementTypeName(sums), tile,
                  startsAtBias ? "" : " = {}");
    if (startsAtBias) {
      forLanes(sum + " = " + bias + shared);
    }

    auto reduce = dyn_cast<kernel::ReduceOp>(head);
    loop("k", reduce ? reduce.getParticles() : inputs, /*overFeatures=*/true);
    std::string weight = tableOf(head, "weight") + shared + "[k]";
    std::string step;
    if (reduce) {
      x = formatv("x[k * {0} + o][s]", size);
      step = isFloat(sums) ? formatv("{0} = rt::add({0}, {1})", sum, x)
                           : formatv("{0} += {1}", sum, x);
    } else if (!dot)
      step = formatv("{0} = rt::fma({1}, {2}, {0})", sum, x, weight);
    else if (dot.getKind() == kernel::DotKind::Dp4a)
      step = formatv(dot.getSparse()
                         ? "if ({3} != 0)\n  {0} = rt::{1}({2}, {3}, {0})"
                         : "{0} = rt::{1}({2}, {3}, {0})",
                     sum, dp4aName(dot), x, weight);
    else if (dot.getKind() == kernel::DotKind::Mad32)
      step = formatv("{0} += {1} * {2}", sum, x, weight);
    else if (dot.getModular())
      step = formatv("{0} = rt::addModular({0}, {1}, {2})", sum, x, weight);
    else
      step = formatv("{0} += int64_t({1}) * {2}", sum, x, weight);
    forLanes(step);
    end();

    names[sums] = sum;
    if (reduce && reduce.getFactor())
      names[sums] = formatv("rt::mul({0}, {1})", sum,
                            floatLiteral(reduce.getFactor()->convertToFloat()));
    if (dot && dot.hasShift()) {
      std::string one =
          dot.getKind() == kernel::DotKind::Mad64 ? "int64_t(1)" : "1";
      std::string power = formatv("({0} << {1})", one, dot.getShift(0));
      if (kernel::shiftsOf(dot).size() > 1)
        power = tableOf(dot, "power") + shared;
      names[sums] = sum + " * " + power;
      if (!bias.empty())
        names[sums] += " + " + bias + shared;
    }
  }

  static bool isFloat(Value value) {
    return getElementTypeOrSelf(value.getType()).isF32();
  }

  /// Copies, a loop for elements that are equally far apart.
  void printGather(kernel::GatherOp gather) {
    for (const kernel::GatherRun &run : kernel::gatherRuns(gather)) {
      std::string from = "i";
      if (run.stride != 1)
        from = formatv("{0} * i", run.stride);
      if (run.start != 0)
        from = formatv("{0} + {1}", run.start, from);
      loop("i", run.count, /*overFeatures=*/true);
      forSamples(
          formatv("y[{0}][s] = {1}[{2}][s]",
                  run.first == 0 ? "i" : std::to_string(run.first) + " + i",
                  names.lookup(run.operand), from)
              .str());
      end();
    }
  }

  static StringRef dp4aName(kernel::DotOp dot) {
    bool x = dot.hasSignedData(), w = dot.hasSignedWeights();
    return x ? (w ? "dp4a" : "dp4aS8U8") : (w ? "dp4aU8S8" : "dp4aU8U8");
  }

  //===--------------------------------------------------------------------===//
  // One element of one sample
  //===--------------------------------------------------------------------===//

  std::string element(Value value) override {
    std::string name = names.lookup(value);
    if (isa<BlockArgument>(value))
      return name + "[o][s]";
    return name;
  }

  /// Computes element o of sample s and stores it.
  SmallVector<std::string> elementStatements() {
    return scalarStatements(packed ? "code[" + lane() + "][s]" : "y[o][s]");
  }

  std::pair<std::string, std::string> expression(Operation *op) override {
    using Result = std::pair<std::string, std::string>;
    if (auto text = scalarExpression(op))
      return *text;
    return TypeSwitch<Operation *, Result>(op)
        .Case([&](kernel::QuantizeOp quantize) {
          QuantizeContext context = quantizeContext(quantize);
          context.declare = [&](StringRef name, const std::string &text) {
            std::string result = unique(name);
            statements.push_back("const float " + result + " = " + text);
            return result;
          };
          return Result("code", cudaQuantizeText(quantize, context));
        })
        .Case([&](kernel::DeviceFunctionOpInterface op) {
          return Result(
              isa<kernel::RoundOp>(op) ? "rounded" : "value",
              formatv("{0}({1})",
                      deviceFunctions.lookup(op.getDeviceFunction().source),
                      element(op->getOperand(0))));
        })
        .Default([](Operation *) { return Result(); });
  }
};

} // namespace

void mase::printStage(kernel::StageOp stage, bool unrolled,
                      const DeviceFunctions &deviceFunctions,
                      raw_indented_ostream &os) {
  StagePrinter(stage, unrolled, deviceFunctions, os).print();
}
