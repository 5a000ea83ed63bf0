// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the printers of stages share, whatever the language.
#include "StageText.h"

#include "Literals.h"
#include "StageSummary.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mase;
using llvm::formatv;

StageText::StageText(kernel::StageOp stage, raw_indented_ostream &os,
                     ArrayRef<StringRef> reserved)
    : stage(stage), os(os), body(stage.getBody().front()),
      result(cast<kernel::YieldOp>(body.back()).getValue()),
      size(kernel::logicalSizeOf(result)), head(kernel::headOf(stage)) {
  for (auto [i, argument] : llvm::enumerate(body.getArguments()))
    names[argument] = i == 0 ? "x" : "x" + std::to_string(i + 1);
  for (StringRef name : {"code", "sum", "x", "y"})
    used[name] = 1;
  for (StringRef name : reserved)
    used[name] = 1;
}

void StageText::printDescription() {
  for (const auto &[name, text] : describeStage(stage))
    os << "// " << name << (name.empty() ? "" : ": ") << text << '\n';
}

std::string StageText::unique(StringRef name) {
  int n = ++used[name];
  return n == 1 ? name.str() : name.str() + std::to_string(n);
}

std::string StageText::tableOf(Operation *op, StringRef role) const {
  auto it = tables.find({op, role.str()});
  return it == tables.end() ? std::string() : it->second;
}

std::string StageText::elementOf(Operation *op, StringRef role) const {
  auto it = elements.find({op, role.str()});
  return it == elements.end() ? std::string() : it->second;
}

SmallVector<Operation *> StageText::elementOps() {
  SmallVector<Operation *> ops;
  for (Operation &op : body.without_terminator()) {
    if (isa<kernel::ConstantOp>(op))
      names[op.getResult(0)] = elementOf(&op, "constant");
    else if (&op != head)
      ops.push_back(&op);
  }
  return ops;
}

SmallVector<std::string>
StageText::scalarStatements(const std::string &target) {
  statements.clear();
  for (Operation *op : elementOps()) {
    auto [name, text] = expression(op);
    Value value = op->getResult(0);
    if (value == result && value.hasOneUse()) {
      statements.push_back(formatv("{0} = {1}", target, text));
      return statements;
    }
    names[value] = unique(name);
    statements.push_back(formatv("const {0} {1} = {2}", elementTypeName(value),
                                 names[value], text));
  }
  statements.push_back(target + " = " + element(result));
  return statements;
}

QuantizeContext StageText::quantizeContext(kernel::QuantizeOp quantize) {
  QuantizeContext context;
  context.input = element(quantize.getInput());
  context.table = [this, quantize](StringRef role) {
    return elementOf(quantize, role);
  };
  return context;
}

std::optional<std::pair<std::string, std::string>>
StageText::commonExpression(Operation *op) {
  ElementContext context;
  context.value = [&](Value value) { return element(value); };
  context.table = [&](StringRef role) { return elementOf(op, role); };
  return elementText(op, context);
}

std::optional<std::pair<std::string, std::string>>
StageText::scalarExpression(Operation *op) {
  using Result = std::optional<std::pair<std::string, std::string>>;
  if (auto text = commonExpression(op))
    return text;
  auto result = [](StringRef name, std::string text) {
    return Result(std::pair(name.str(), std::move(text)));
  };
  return TypeSwitch<Operation *, Result>(op)
      .Case([&](kernel::ReadOp read) {
        std::string text =
            formatv("rt::readBits({0}, {1}, {2})", element(read.getInput()),
                    read.getWidth(), read.getIsUnsigned() ? "false" : "true");
        bool wide = elementTypeName(read.getResult()) == "int64_t";
        return result("integer", wide ? text : "int32_t(" + text + ")");
      })
      .Case([&](kernel::DequantizeOp dequantize) {
        std::string value = element(dequantize.getInput());
        if (auto zero = dequantize.getZeroPoint())
          // A difference of 32-bit integers may have 33.
          value = formatv("int64_t({0}) - {1}", value,
                          zero->size() > 1
                              ? elementOf(dequantize, "zeroPoint")
                              : formatv(zero->front() < 0 ? "({0})" : "{0}",
                                        intLiteral(zero->front()))
                                    .str());
        value = "rt::toFloat(" + value + ")";
        ArrayRef<float> scale = dequantize.getScale();
        if (scale.size() > 1)
          value = formatv("rt::mul({0}, {1})", value,
                          elementOf(dequantize, "scale"));
        else if (scale.front() != 1)
          value =
              formatv("rt::mul({0}, {1})", value, floatLiteral(scale.front()));
        return result("value", value);
      })
      .Default([](Operation *) { return std::nullopt; });
}
