// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What printed networks tell about themselves, in C++ and in C.
#include "Interface.h"

#include "../Text/Literals.h"

#include "mase/Dialect/MaseKernel/IR/StageCode.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>

using namespace mlir;
using namespace mase;
using llvm::formatv;

/// The quantisation whose codes, one a word of 32 bits or packed, are the
/// result of a stage.
static kernel::QuantizeOp quantizationOf(kernel::StageOp stage) {
  auto yield = cast<kernel::YieldOp>(stage.getBody().front().back());
  auto quantize = yield.getValue().getDefiningOp<kernel::QuantizeOp>();
  return quantize && elementTypeName(quantize.getResult()) == "int32_t"
             ? quantize
             : kernel::QuantizeOp();
}

static cpp::Codes describeCodes(kernel::StageOp stage,
                                kernel::QuantizeOp quantize) {
  std::vector<UniformFormat> slices =
      slicesOf(*quantize.getFormat().getUniform());
  cpp::Codes codes{
      stage, formatText(quantize.getFormat()), INT64_MAX, INT64_MIN, {}, {}};
  for (const UniformFormat &slice : slices) {
    codes.low = std::min(codes.low, slice.minCode());
    codes.high = std::max(codes.high, slice.maxCode());
  }
  auto holds = [&](int bits) {
    return codes.low >= 0 ? codes.high < int64_t(1) << bits
                          : codes.low >= -(int64_t(1) << (bits - 1)) &&
                                codes.high < int64_t(1) << (bits - 1);
  };
  codes.type = formatv("{0}int{1}_t", codes.low >= 0 ? "u" : "",
                       holds(8)    ? 8
                       : holds(16) ? 16
                                   : 32);
  if (slices.size() == 1)
    codes.worth = {slices.front().scale, slices.front().zeroPoint};
  return codes;
}

std::optional<cpp::Codes> cpp::findInputCodes(kernel::KernelOp kernel) {
  Value input = kernel.getBody().front().getArgument(0);
  if (!input.hasOneUse())
    return std::nullopt;
  auto stage = dyn_cast<kernel::StageOp>(*input.getUsers().begin());
  if (!stage || stage.getBody().front().getOperations().size() != 2)
    return std::nullopt;
  kernel::QuantizeOp quantize = quantizationOf(stage);
  if (!quantize || quantize.getScale() || quantize.getRelu())
    return std::nullopt;
  return describeCodes(stage, quantize);
}

ArrayRef<int64_t> cpp::shiftsOfGivenCodes(kernel::StageOp from) {
  return from ? kernel::codeShiftsOf(quantizationOf(from))
              : ArrayRef<int64_t>();
}

/// What makes numbers of codes at the end of the kernel; none if anything else
/// is there.
static kernel::DequantizeOp lastDequantize(kernel::KernelOp kernel) {
  Value output = kernel.getBody().front().back().getOperand(0);
  auto stage = output.getDefiningOp<kernel::StageOp>();
  if (!stage)
    return {};
  auto yield = cast<kernel::YieldOp>(stage.getBody().front().back());
  return yield.getValue().getDefiningOp<kernel::DequantizeOp>();
}

std::optional<cpp::Codes> cpp::findOutputCodes(kernel::KernelOp kernel) {
  kernel::DequantizeOp dequantize = lastDequantize(kernel);
  auto codes = dequantize ? dyn_cast<BlockArgument>(dequantize.getInput())
                          : BlockArgument();
  if (!codes)
    return std::nullopt;
  auto stage = cast<kernel::StageOp>(dequantize->getParentOp())
                   .getInputs()[codes.getArgNumber()]
                   .getDefiningOp<kernel::StageOp>();
  kernel::QuantizeOp quantize =
      stage ? quantizationOf(stage) : kernel::QuantizeOp();
  if (!quantize || quantize.getPacking())
    return std::nullopt;
  return describeCodes(stage, quantize);
}

void cpp::splitOutput(kernel::KernelOp kernel) {
  kernel::DequantizeOp dequantize = lastDequantize(kernel);
  if (!dequantize || !dequantize.getInput().getDefiningOp<kernel::QuantizeOp>())
    return;
  auto stage = cast<kernel::StageOp>(dequantize->getParentOp());
  llvm::StringSet<> taken;
  for (auto other : kernel.getBody().front().getOps<kernel::StageOp>())
    taken.insert(other.getName());
  std::string name = (stage.getName() + "_values").str();
  while (taken.contains(name))
    name += "_";

  OpBuilder builder(stage);
  Value codes = dequantize.getInput();
  auto makeStage = [&](StringRef stageName, Type type, int64_t tile,
                       ValueRange inputs) {
    return kernel::StageOp::create(builder, stage.getLoc(), type, stageName,
                                   tile, inputs);
  };
  kernel::StageOp first = makeStage(stage.getName(), codes.getType(),
                                    stage.getTile(), stage.getInputs());
  kernel::StageOp second =
      makeStage(name, stage.getResult().getType(), 1, first.getResult());
  first.getBody().takeBody(stage.getBody());
  Block &block = second.getBody().emplaceBlock();
  BlockArgument argument = block.addArgument(codes.getType(), stage.getLoc());
  dequantize->moveBefore(&block, block.end());
  dequantize.getInputMutable().assign(argument);
  first.getBody().front().back().setOperand(0, codes);
  builder.setInsertionPointToEnd(&block);
  kernel::YieldOp::create(builder, stage.getLoc(), dequantize.getResult());
  stage.getResult().replaceAllUsesWith(second.getResult());
  stage.erase();
}

cpp::NetworkCalls::NetworkCalls(kernel::KernelOp kernel, kernel::StageOp from,
                                kernel::StageOp to) {
  Block &body = kernel.getBody().front();
  input = from ? Value(from.getResult()) : Value(body.getArgument(0));
  output = to ? Value(to.getResult()) : body.back().getOperand(0);
  llvm::DenseMap<Value, std::string> names;
  names[input] = "x";
  int number = 0;
  for (auto stage : body.getOps<kernel::StageOp>()) {
    if (stage == from && stage == to)
      break;
    if (stage == from)
      continue;
    Value result = stage.getResult();
    StageCall &call = calls.emplace_back();
    call.stage = stage;
    for (Value given : stage.getInputs())
      call.arguments.push_back(names.lookup(given));
    call.result = result == output ? "y" : "h" + std::to_string(++number);
    call.arguments.push_back(call.result);
    names[result] = call.result;
    if (stage == to)
      break;
  }
}

/// Any bytes as a string of C++ and C.
static std::string stringLiteral(StringRef text) {
  std::string literal = "\"";
  for (char c : text) {
    if (llvm::isPrint(c) && c != '"' && c != '\\' && c != '?')
      literal += c;
    else
      literal += formatv("\\{0}{1}{2}", int(uint8_t(c) >> 6),
                         int(uint8_t(c) >> 3) & 7, int(uint8_t(c)) & 7);
  }
  return literal + "\"";
}

SmallVector<std::string> cpp::layerLiterals(kernel::KernelOp kernel) {
  SmallVector<std::string> layers;
  kernel.walk([&](Operation *op) {
    if (auto quantize = dyn_cast<kernel::QuantizeOp>(op))
      for (Attribute layer : quantize.getLayers())
        layers.push_back(stringLiteral(cast<StringAttr>(layer).getValue()));
    else if (auto layer = op->getAttrOfType<StringAttr>("layer"))
      layers.push_back(stringLiteral(layer.getValue()));
  });
  return layers;
}
