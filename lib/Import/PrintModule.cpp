// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Modules as text: MLIR leaves large constants out, and a stream puts them in
// again, piece by piece.
#include "PrintModule.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace mase::onnx_import {

namespace {

/// Writes on, with the constants in the places that MLIR left them out of.
/// Names can't be taken for such a place: they come character by character.
class ConstantsIn : public llvm::raw_ostream {
public:
  ConstantsIn(llvm::raw_ostream &os, ArrayRef<DenseElementsAttr> constants)
      : raw_ostream(/*unbuffered=*/true), os(os), constants(constants) {}

  /// Those that had no place.
  size_t left() const { return constants.size(); }

private:
  void write_impl(const char *data, size_t size) override {
    StringRef text(data, size);
    written += size;
    if (text != "dense_resource<__elided__>" || constants.empty()) {
      os << text;
      return;
    }
    os << "dense<\"0x";
    constexpr size_t kPiece = 1 << 15;
    ArrayRef<char> bytes = constants.front().getRawData();
    for (size_t at = 0; at < bytes.size(); at += kPiece)
      os << llvm::toHex(
          StringRef(bytes.data(), bytes.size()).substr(at, kPiece));
    os << "\">";
    constants = constants.drop_front();
  }
  uint64_t current_pos() const override { return written; }

  llvm::raw_ostream &os;
  ArrayRef<DenseElementsAttr> constants;
  uint64_t written = 0;
};

} // namespace

LogicalResult printModule(ModuleOp module, llvm::raw_ostream &os) {
  OpPrintingFlags flags; // those that the user asks for
  SmallVector<DenseElementsAttr> large;
  int64_t least = std::numeric_limits<int64_t>::max();
  bool elided = false;
  module->walk<WalkOrder::PreOrder>([&](Operation *op) {
    for (NamedAttribute attribute : op->getAttrs()) {
      auto elements = dyn_cast<DenseElementsAttr>(attribute.getValue());
      if (!elements)
        continue;
      elided |= flags.shouldElideElementsAttr(elements);
      if (elements.isSplat() || !isa<DenseIntOrFPElementsAttr>(elements) ||
          !flags.shouldPrintElementsAttrWithHex(elements))
        continue;
      large.push_back(elements);
      least = std::min(least, elements.getNumElements());
    }
  });
  if (elided || large.empty()) {
    module->print(os, flags);
    return success();
  }
  flags.elideLargeElementsAttrs(least - 1);
  ConstantsIn stream(os, large);
  module->print(stream, flags);
  if (stream.left() == 0)
    return success();
  return module->emitError()
         << "expected a place for each of " << large.size()
         << " constants in the text, found none for " << stream.left();
}

} // namespace mase::onnx_import
