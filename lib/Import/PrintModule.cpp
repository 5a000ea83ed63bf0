// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Modules as text: the elements of large constants come where MLIR names a
// resource, piece by piece.
#include "PrintModule.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace mase::onnx_import {

namespace {

/// Writes on, with constants in the places of the resources that stand for
/// them. Names can't be taken for such a place: they come character by
/// character.
class ConstantsIn : public llvm::raw_ostream {
public:
  /// Null for those that are left out.
  ConstantsIn(llvm::raw_ostream &os, ArrayRef<const OnnxTensor *> constants)
      : raw_ostream(/*unbuffered=*/true), os(os), constants(constants) {}

  /// Those that had no place.
  size_t left() const { return constants.size(); }

private:
  void write_impl(const char *data, size_t size) override {
    StringRef text(data, size);
    written += size;
    if (inPlace) { // the resource's name
      inPlace = text != ">";
      return;
    }
    inPlace = text == "dense_resource<" && !constants.empty();
    if (!inPlace) {
      os << text;
      return;
    }
    if (const OnnxTensor *tensor = constants.front())
      writeElements(*tensor);
    else
      os << "dense_resource<__elided__>";
    constants = constants.drop_front();
  }

  void writeElements(const OnnxTensor &tensor) {
    os << "dense<\"0x";
    constexpr size_t kPiece = 1 << 13; // elements
    ElementReader elements(tensor);
    std::string bytes;
    for (size_t i = 0, count = tensor.size(); i < count; ++i) {
      char element[sizeof(float)];
      llvm::support::endian::write<float, llvm::endianness::native>(
          element, elements[i]);
      bytes.append(element, sizeof(element));
      if ((i + 1) % kPiece == 0 || i + 1 == count) {
        os << llvm::toHex(bytes);
        bytes.clear();
      }
    }
    os << "\">";
  }

  uint64_t current_pos() const override { return written; }

  llvm::raw_ostream &os;
  ArrayRef<const OnnxTensor *> constants;
  bool inPlace = false;
  uint64_t written = 0;
};

} // namespace

LogicalResult printModule(ModuleOp module, const LargeConstants &large,
                          llvm::raw_ostream &os) {
  OpPrintingFlags flags; // those that the user asks for
  SmallVector<const OnnxTensor *> constants;
  module->walk<WalkOrder::PreOrder>([&](arith::ConstantOp op) {
    auto it = large.find(op);
    if (it == large.end())
      return;
    auto elements = cast<ElementsAttr>(op.getValue());
    if (flags.shouldElideElementsAttr(elements))
      constants.push_back(nullptr);
    else if (flags.shouldPrintElementsAttrWithHex(elements))
      constants.push_back(it->second.get());
    else // MLIR prints their numbers
      op.setValueAttr(DenseElementsAttr::get(
          elements.getShapedType(), ArrayRef<float>(it->second->values())));
  });
  ConstantsIn stream(os, constants);
  module->print(stream, flags);
  if (stream.left() == 0)
    return success();
  return module->emitError()
         << "expected a place for each of " << constants.size()
         << " constants in the text, found none for " << stream.left();
}

} // namespace mase::onnx_import
