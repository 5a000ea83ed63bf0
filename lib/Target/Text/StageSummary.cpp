// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What stages do, in words.
#include "StageSummary.h"

#include "Literals.h"

#include "mase/Support/Quoting.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mase;
using llvm::formatv;

static std::string joinNames(ArrayAttr names) {
  std::string text;
  for (Attribute name : names)
    text +=
        (text.empty() ? "" : ", ") + cast<StringAttr>(name).getValue().str();
  return text;
}

static std::string ofParticles(int64_t particles) {
  return particles == 1 ? "" : formatv(" of {0} particles", particles).str();
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
              "linear {0} -> {1}{2}, data {3}, weight {4}", dot.getFanIn(),
              dot.getFanOut(), ofParticles(dot.getParticles()),
              formatText(dot.getData()), formatText(dot.getWeightFormat()));
          if (dot.getBiasFormat())
            text += ", bias " + formatText(*dot.getBiasFormat());
          add(dot.getLayer(), text);
        })
        .Case([&](kernel::LinearOp linear) {
          ArrayRef<int64_t> shape = linear.getWeight().getType().getShape();
          add(linear.getLayer(),
              formatv("linear {0} -> {1}{2}, float32", shape[1], shape[0],
                      ofParticles(linear.getParticles())));
        })
        .Case([&](kernel::ReduceOp reduce) {
          std::string data = "float32";
          if (reduce.getData())
            data = "data " + formatText(*reduce.getData());
          add(reduce.getLayer(), formatv("{0} of {1} particles, {2}",
                                         reduce.getFactor() ? "mean" : "sum",
                                         reduce.getParticles(), data));
        })
        .Case([&](kernel::GatherOp gather) {
          add(gather.getLayer(),
              formatv("{0} elements of {1} value{2}, as they are",
                      kernel::sizeOf(gather.getResult()),
                      gather.getInputs().size(),
                      gather.getInputs().size() == 1 ? "" : "s"));
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

void mase::printComment(raw_indented_ostream &os, StringRef text) {
  SmallVector<StringRef> words;
  text.split(words, ' ', -1, /*KeepEmpty=*/false);
  size_t column = 2;
  os << "//";
  for (StringRef word : words) {
    if (column + 1 + word.size() > 80) {
      os << "\n//";
      column = 2;
    }
    os << ' ' << word;
    column += 1 + word.size();
  }
  os << '\n';
}

void mase::printLayers(raw_indented_ostream &os, kernel::KernelOp kernel) {
  SmallVector<std::pair<std::string, std::string>> lines;
  Block &body = kernel.getBody().front();
  int64_t inputs = kernel::sizeOf(body.getArgument(0)),
          outputs = kernel::sizeOf(body.back().getOperand(0));
  lines.emplace_back("input", formatv("{0} x float32", inputs));
  for (auto stage : body.getOps<kernel::StageOp>())
    llvm::append_range(lines, describeStage(stage));
  lines.emplace_back("output", formatv("{0} x float32", outputs));
  // Beside a very long name the others don't move.
  constexpr size_t kMaxWidth = 40;
  size_t width = 0;
  for (auto &[layer, text] : lines)
    if (layer.size() <= kMaxWidth)
      width = std::max(width, layer.size());
  for (auto &[layer, text] : lines)
    os << "//   " << llvm::left_justify(layer, width) << "  " << text << '\n';
}
