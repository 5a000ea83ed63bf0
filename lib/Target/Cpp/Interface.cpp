// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What printed networks tell about themselves, in C++ and in C.
#include "Interface.h"

#include "../Text/Literals.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/xxhash.h"

#include <algorithm>

using namespace mlir;
using namespace mase;
using llvm::formatv;

std::optional<cpp::InputCodes> cpp::findInputCodes(kernel::KernelOp kernel) {
  Value input = kernel.getBody().front().getArgument(0);
  if (!input.hasOneUse())
    return std::nullopt;
  auto stage = dyn_cast<kernel::StageOp>(*input.getUsers().begin());
  if (!stage || stage.getBody().front().getOperations().size() != 2)
    return std::nullopt;
  auto quantize = dyn_cast<kernel::QuantizeOp>(stage.getBody().front().front());
  if (!quantize || quantize.getScale() || quantize.getRelu() ||
      elementTypeName(quantize.getResult()) != "int32_t")
    return std::nullopt;
  std::vector<UniformFormat> slices =
      slicesOf(*quantize.getFormat().getUniform());
  InputCodes codes{stage,     formatText(quantize.getFormat()),
                   INT64_MAX, INT64_MIN,
                   {},        std::nullopt};
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

std::string cpp::hashOf(kernel::KernelOp kernel) {
  OwningOpRef<kernel::KernelOp> copy = kernel.clone();
  copy->setSymName("network");
  std::string text;
  llvm::raw_string_ostream os(text);
  copy->print(os);
  return llvm::utohexstr(llvm::xxh3_64bits(text), true, 16);
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
