// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints one stage as C: a function with its tables.
#include "CStage.h"

#include "CppQuantize.h"

#include "../Text/Literals.h"
#include "../Text/StageText.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mase;
using llvm::formatv;

StringRef cpp::elementTypeInC(Value value) {
  // Bytes, with or without a sign.
  return kernel::packingOf(value) ? "int16_t" : elementTypeName(value);
}

/// Whether packed codes are written with a sign.
static bool areSigned(Value codes) {
  auto stage = codes.getDefiningOp<kernel::StageOp>();
  auto yield = cast<kernel::YieldOp>(stage.getBody().front().back());
  auto quantize = yield.getValue().getDefiningOp<kernel::QuantizeOp>();
  return quantize.getFormat().getUniform()->common.isSigned;
}

namespace {

class CStagePrinter : StageText {
public:
  CStagePrinter(kernel::StageOp stage, raw_indented_ostream &os)
      : StageText(stage, os, {"i", "j", "k", "o", "p", "row", "s", "lanes"}) {}

  void print() {
    printDescription();
    printSignature();
    printTables();
    if (isa_and_nonnull<kernel::SoftmaxOp, kernel::LogSoftmaxOp>(head))
      printRows();
    else if (auto gather = dyn_cast_or_null<kernel::GatherOp>(head))
      printGather(gather);
    else
      printElements();
    os.unindent();
    os << "}\n\n";
  }

private:
  //===--------------------------------------------------------------------===//
  // Tables
  //===--------------------------------------------------------------------===//

  void printTables() {
    for (Operation &op : body.without_terminator()) {
      auto quantize = dyn_cast<kernel::QuantizeOp>(op);
      for (const TextTable &table :
           quantize ? cpp::tablesOf(quantize) : elementTablesOf(&op))
        printTableOf(&op, table);
      if (auto dot = dyn_cast<kernel::DotOp>(op); dot && dot.getSparse())
        printPlaces(dot);
    }
  }

  void printTableOf(Operation *op, const TextTable &table) {
    std::string name = unique(table.role);
    tables[{op, table.role}] = name;
    if (!table.values)
      return printFormat(cast<kernel::QuantizeOp>(op), table, name);
    // What all particles share.
    const bool isShared = kernel::particlesOf(head) > 1 &&
                          isa<kernel::DotOp, kernel::LinearOp>(op);
    elements[{op, table.role}] = name + (isShared ? "[row]" : "[o]");
    Type type = table.values.getElementType();
    std::string element = elementTypeName(type).str();
    auto dot = dyn_cast<kernel::DotOp>(op);
    if (dot && dot.getPacking() && table.role == "weight")
      element = dot.hasSignedWeights() ? "int8_t" : "uint8_t";
    printTable(os, table.comment, "static const " + element + " " + name,
               table.values, TableStyle::Array);
  }

  /// Where the weights are that are not zero.
  void printPlaces(kernel::DotOp dot) {
    SmallVector<int64_t> places, first{0};
    for (int64_t o = 0; o < dot.getFanOut(); ++o) {
      for (int64_t i = 0; i < dot.getFanIn(); ++i)
        if (dot.getWeightCode(o, i) != 0)
          places.push_back(i);
      first.push_back(int64_t(places.size()));
    }
    if (places.empty()) // a table has an element
      places = {0};
    auto print = [&](StringRef role, StringRef comment,
                     ArrayRef<int64_t> values) {
      std::string name = unique(role);
      tables[{dot, role.str()}] = name;
      printTable(os, comment, "static const int32_t " + name,
                 intTable(dot.getContext(), values), TableStyle::Array);
    };
    print("place", "inputs with weights that are not zero, output by output",
          places);
    print("first", "the first of each output", first);
  }

  /// Formats, with what C++ computes of them.
  void printFormat(kernel::QuantizeOp quantize, const TextTable &table,
                   const std::string &name) {
    std::vector<UniformFormat> slices =
        slicesOf(*quantize.getFormat().getUniform());
    elements[{quantize, table.role}] =
        "&" + name + (slices.size() > 1 ? "[o]" : "[0]");
    os << "/// " << table.comment << '\n'
       << formatv("static const rt::UniformFormat {0}[{1}] = {{\n", name,
                  slices.size());
    auto flag = [](bool value) { return value ? "true" : "false"; };
    for (const UniformFormat &format : slices)
      os << formatv("    {{{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7},\n     "
                    "Rounding::{8}, Overflow::{9}}",
                    format.width, floatLiteral(format.scale),
                    intLiteral(format.zeroPoint), intLiteral(format.minCode()),
                    intLiteral(format.maxCode()), flag(format.isSigned),
                    flag(format.bipolar), flag(format.zeroPointFirst),
                    enumeratorName(format.rounding),
                    format.overflow == Overflow::Wrap ? "Wrap" : "Saturate")
         << (&format == &slices.back() ? "};\n" : ",\n");
  }

  //===--------------------------------------------------------------------===//
  // Loops
  //===--------------------------------------------------------------------===//

  void printSignature() {
    SmallVector<std::string> parameters;
    for (auto [argument, given] :
         llvm::zip_equal(body.getArguments(), stage.getInputs()))
      parameters.push_back(
          ("const " + cpp::elementTypeInC(given) + " *").str() +
          names[argument]);
    parameters.push_back(
        (cpp::elementTypeInC(stage.getResult()) + " *y").str());
    parameters.push_back("int lanes");
    std::string start =
        ("MASE_INLINE void net_stage_" + stage.getName() + "(").str();
    std::string oneLine = start + llvm::join(parameters, ", ") + ") {";
    os << (oneLine.size() <= 80
               ? oneLine
               : start + llvm::join(parameters, ",\n    ") + ") {")
       << '\n';
    os.indent();
  }

  void begin(StringRef counter, int64_t count) {
    os << formatv("for (int {0} = 0; {0} < {1}; ++{0}) {{\n", counter, count);
    os.indent();
  }
  void end() {
    os.unindent();
    os << "}\n";
  }
  /// Statements for each sample.
  void forSamples(ArrayRef<std::string> each) {
    const bool braces = each.size() != 1;
    os << "for (int s = 0; s < lanes; ++s)" << (braces ? " {\n" : "\n");
    os.indent();
    for (const std::string &statement : each)
      os << statement << ";\n";
    os.unindent();
    if (braces)
      os << "}\n";
  }
  /// One for each term of the sums.
  void forTerms(int64_t count, const std::string &step) {
    os << formatv("for (int k = 0; k < {0}; ++k)\n", count);
    os.indent();
    forSamples(step);
    os.unindent();
  }

  void printElements() {
    const int64_t particles = kernel::particlesOf(head);
    if (particles > 1) {
      begin("p", particles);
      begin("row", size / particles);
      os << formatv("const int o = {0} * p + row;\n", size / particles);
    } else {
      begin("o", size);
    }
    if (head)
      printSums(particles);
    forSamples(scalarStatements("y[o * lanes + s]"));
    end();
    if (particles > 1)
      end();
  }

  /// The sums of output o.
  void printSums(int64_t particles) {
    Value sums = head->getResult(0);
    const int64_t inputs = kernel::sizeOf(head->getOperand(0)) / particles;
    auto dot = dyn_cast<kernel::DotOp>(head);
    std::string bias = elementOf(head, "bias"),
                weight = tableOf(head, "weight") +
                         (particles > 1 ? "[row][k]" : "[o][k]"),
                x = "x[k * lanes + s]";
    if (particles > 1) {
      const int64_t features = dot ? dot.getFanIn() : inputs;
      // Words of particles are full.
      x = formatv("x[({0} * p + k) * lanes + s]", features);
    }
    const bool startsAtBias = !bias.empty() && !(dot && dot.hasShift());
    const bool isFloat = elementTypeName(sums) == "float",
               isWide = elementTypeName(sums) == "int64_t";
    os << elementTypeName(sums) << " sum[NET_BLOCK];\n";
    forSamples("sum[s] = " + (startsAtBias ? bias : isFloat ? "0.0f" : "0"));
    names[sums] = "sum[s]";
    if (auto reduce = dyn_cast<kernel::ReduceOp>(head)) {
      x = formatv("x[({0} * k + o) * lanes + s]", size);
      forTerms(reduce.getParticles(),
               isFloat ? "sum[s] = rt::add(sum[s], " + x + ")"
                       : "sum[s] += " + x);
      if (reduce.getFactor())
        names[sums] =
            formatv("rt::mul(sum[s], {0})",
                    floatLiteral(reduce.getFactor()->convertToFloat()));
      return;
    }
    if (!dot)
      return forTerms(inputs,
                      formatv("sum[s] = rt::fma({0}, {1}, sum[s])", x, weight));
    if (dot.getSparse())
      printSparseSums(dot);
    else if (dot.getModular())
      forTerms(dot.getFanIn(),
               formatv("sum[s] = rt::addModular(sum[s], {0}, {1})", x, weight));
    else
      forTerms(dot.getFanIn(),
               formatv("sum[s] += {0} * {1}",
                       isWide ? "int64_t(" + x + ")" : codeText(dot, x),
                       weight));
    if (dot.hasShift()) {
      std::string power = elementOf(dot, "power");
      if (power.empty())
        power = formatv(isWide ? "(int64_t(1) << {0})" : "(1 << {0})",
                        dot.getShift(0));
      names[sums] = "sum[s] * " + power + (bias.empty() ? "" : " + " + bias);
    }
  }

  /// Of a block of samples the products that are not zero; of one sample all,
  /// which a compiler can put into vectors.
  void printSparseSums(kernel::DotOp dot) {
    const std::string place = tableOf(dot, "place"),
                      first = tableOf(dot, "first"),
                      weight = tableOf(dot, "weight");
    os << "if (lanes == 1) {\n";
    os.indent();
    os << formatv(
        "for (int k = 0; k < {0}; ++k)\n  sum[0] += {1} * {2}[o][k];\n",
        dot.getFanIn(), codeText(dot, "x[k]"), weight);
    os.unindent();
    os << "} else {\n";
    os.indent();
    os << formatv("for (int j = {0}[o]; j < {0}[o + 1]; ++j) {{\n", first);
    os.indent();
    os << formatv("const int k = {0}[j];\n", place);
    forSamples(formatv("sum[s] += {0} * {1}[o][k]",
                       codeText(dot, "x[k * lanes + s]"), weight)
                   .str());
    end();
    end();
  }

  /// A code as a dot product reads it: the sign of a whole byte is the
  /// reader's.
  std::string codeText(kernel::DotOp dot, std::string x) {
    if (!dot.getPacking())
      return x;
    Value given =
        stage.getInputs()[cast<BlockArgument>(dot.getInput()).getArgNumber()];
    const bool isSigned = dot.hasSignedData();
    if (kernel::areUnsignedBytes(given) || areSigned(given) == isSigned)
      return x;
    return (isSigned ? "int8_t(" : "uint8_t(") + x + ")";
  }

  /// Functions of all features of a sample.
  void printRows() {
    os << "for (int s = 0; s < lanes; ++s) {\n";
    os.indent();
    os << formatv("float row[{0}];\n", size)
       << formatv(
              "for (int i = 0; i < {0}; ++i)\n  row[i] = x[i * lanes + s];\n",
              size)
       << formatv("rt::{0}(row, row, {1});\n",
                  isa<kernel::SoftmaxOp>(head) ? "softmaxF32" : "logSoftmaxF32",
                  size)
       << formatv(
              "for (int i = 0; i < {0}; ++i)\n  y[i * lanes + s] = row[i];\n",
              size);
    end();
  }

  /// Copies, a loop for elements that are equally far apart.
  void printGather(kernel::GatherOp gather) {
    for (const kernel::GatherRun &run : gatherRuns(gather)) {
      os << formatv("for (int i = 0; i < {0}; ++i)\n", run.count);
      os.indent();
      forSamples(formatv("y[({0} + i) * lanes + s] = {1}[({2} + {3} * i) * "
                         "lanes + s]",
                         run.first, names.lookup(run.operand), run.start,
                         run.stride)
                     .str());
      os.unindent();
    }
  }

  //===--------------------------------------------------------------------===//
  // One element
  //===--------------------------------------------------------------------===//

  std::string element(Value value) override {
    std::string name = names.lookup(value);
    return isa<BlockArgument>(value) ? name + "[o * lanes + s]" : name;
  }

  std::pair<std::string, std::string> expression(Operation *op) override {
    if (auto text = scalarExpression(op))
      return *text;
    auto quantize = cast<kernel::QuantizeOp>(op);
    QuantizeContext context = quantizeContext(quantize);
    context.timesPower = "rt::scaled";
    context.declare = [&](StringRef name, const std::string &text) {
      std::string own = unique(name);
      statements.push_back("const float " + own + " = " + text);
      return own;
    };
    std::string code =
        cpp::quantizeText(quantize, context, cpp::Element::Number).text;
    if (quantize.getPacking())
      code = "int16_t(" + code + ")";
    return {"code", code};
  }
};

} // namespace

void cpp::printStageOfC(kernel::StageOp stage, raw_indented_ostream &os) {
  CStagePrinter(stage, os).print();
}
