// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What stages do, in words.
#include "StagePrinter.h"

#include "Literals.h"

#include "mase/Support/Quoting.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mase;
using llvm::formatv;

StringRef mase::elementTypeName(Value value) {
  Type type = getElementTypeOrSelf(value.getType());
  return type.isF32() ? "float" : type.isInteger(64) ? "int64_t" : "int32_t";
}

static std::string joinNames(ArrayAttr names) {
  std::string text;
  for (Attribute name : names)
    text +=
        (text.empty() ? "" : ", ") + cast<StringAttr>(name).getValue().str();
  return text;
}

SmallVector<std::pair<std::string, std::string>>
mase::describeStage(kernel::StageOp stage) {
  SmallVector<std::pair<std::string, std::string>> lines;
  auto add = [&](StringRef name, const std::string &text) {
    lines.emplace_back(toComment(name), text);
  };
  for (Operation &op : stage.getBody().front().without_terminator())
    TypeSwitch<Operation *>(&op)
        .Case([&](kernel::DotOp dot) {
          std::string text = formatv(
              "linear {0} -> {1}, data {2}, weight {3}", dot.getFanIn(),
              kernel::sizeOf(dot.getResult()), formatText(dot.getData()),
              formatText(dot.getWeightFormat()));
          if (dot.getBiasFormat())
            text += ", bias " + formatText(*dot.getBiasFormat());
          add(dot.getLayer(), text);
        })
        .Case([&](kernel::LinearOp linear) {
          add(linear.getLayer(), formatv("linear {0} -> {1}, float32",
                                         kernel::sizeOf(linear.getInput()),
                                         kernel::sizeOf(linear.getResult())));
        })
        .Case([&](kernel::QuantizeOp quantize) {
          std::string text;
          if (quantize.getScale())
            text = quantize.getRelu() ? "affine and relu, " : "affine, ";
          else if (quantize.getRelu())
            text = "relu, ";
          add(joinNames(quantize.getLayers()),
              text + "to codes of " + formatText(quantize.getFormat()));
        })
        .Case([&](kernel::RoundOp round) {
          add("", "to values of " +
                      toComment(round.getFormat().getNumberFormat().text()));
        })
        .Case([&](kernel::ApplyOp apply) {
          add(apply.getLayer(), apply.getFunction().str() + ", float32");
        })
        .Case<kernel::AffineOp, kernel::ReluOp, kernel::LeakyReluOp,
              kernel::ClipOp, kernel::TanhOp, kernel::SigmoidOp, kernel::AddOp,
              kernel::SubOp, kernel::MulOp, kernel::DivOp, kernel::SoftmaxOp,
              kernel::LogSoftmaxOp>([&](auto layer) {
          add(layer.getLayer(),
              layer->getName().stripDialect().str() + ", float32");
        });
  return lines;
}
