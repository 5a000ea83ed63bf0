// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// While a module is printed, a name stands in each constant's place.
#include "ModulePrinter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mase;

std::string ModulePrinter::print(ModuleOp module) {
  constexpr StringLiteral kOp = "arith.constant ", kName = "mase constant ";
  SmallVector<std::pair<arith::ConstantOp, DenseElementsAttr>> constants;
  module.walk([&](arith::ConstantOp op) {
    auto value = dyn_cast<DenseElementsAttr>(op.getValue());
    if (!value || value.isSplat())
      return;
    if (std::string &text = texts[value]; text.empty())
      llvm::raw_string_ostream(text) << value;
    op.setValueAttr(
        StringAttr::get(op.getContext(), kName + Twine(constants.size())));
    constants.push_back({op, value});
  });
  std::string printed;
  llvm::raw_string_ostream os(printed);
  // The verifier would refuse the names.
  module.print(os, OpPrintingFlags().assumeVerified());
  for (auto &[op, value] : constants)
    op.setValueAttr(value);

  // No string of the module's reads like this: quotes are escaped there.
  const std::string before = (kOp + "\"" + kName).str();
  std::string text;
  StringRef rest = printed;
  for (size_t at = rest.find(before); at != StringRef::npos;
       at = rest.find(before)) {
    text += rest.take_front(at + kOp.size());
    rest = rest.drop_front(at + before.size());
    size_t index = 0;
    rest.consumeInteger(10, index);
    rest.consume_front("\"");
    text += texts[constants[index].second];
  }
  text += rest;
  return text + "\n";
}
