// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Quantisers of activations become formats of the layers beside them.
#include "PlaceQuantizers.h"

#include "Quantizers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

namespace {

/// The layer's precision with `format` in `role`.
PrecisionAttr withFormat(QuantizableOpInterface layer, OperandRole role,
                         NumberFormatAttrInterface format) {
  ByRole<NumberFormatAttrInterface> formats;
  if (PrecisionAttr precision = layer.getLayerPrecision())
    for (OperandRole r : kAllRoles)
      formats[r] = precision.getFormat(r);
  formats[role] = format;
  return PrecisionAttr::get(layer->getContext(), formats[OperandRole::DataIn],
                            formats[OperandRole::Weight],
                            formats[OperandRole::Bias],
                            formats[OperandRole::DataOut]);
}

NumberFormatAttrInterface formatOf(Operation *op, OperandRole role) {
  auto layer = dyn_cast_or_null<QuantizableOpInterface>(op);
  PrecisionAttr precision = layer ? layer.getLayerPrecision() : nullptr;
  return precision ? precision.getFormat(role) : nullptr;
}

bool hasRole(QuantizableOpInterface layer, OperandRole role) {
  return is_contained(layer.getOperandRoles(), role);
}

/// Whether the elements of a constant are values of `format`.
bool isOnGrid(ArrayRef<float> values, ArrayRef<int64_t> shape,
              NumberFormatAttrInterface format) {
  if (format.getNumberFormat()->mismatch({shape.data(), shape.size()}))
    return false;
  SmallVector<float> rounded(values.size());
  format.quantizeTensor(values, shape, rounded);
  return equal(values, rounded);
}

class Placement {
public:
  Placement(ArrayRef<LeakyReluOp> quantizers, QuantizerPlacedFn placed,
            llvm::function_ref<void(Operation *)> erase)
      : quantizers(quantizers.begin(), quantizers.end()), placed(placed),
        erase(erase) {
    for (LeakyReluOp op : quantizers)
      unplaced.insert(op);
  }

  void run(func::FuncOp function) {
    for (LeakyReluOp op : quantizers)
      sink(op);
    for (LeakyReluOp op : quantizers) {
      format = formatOf(op, OperandRole::DataIn);
      if (giveToReaders(op) || giveToWriter(op)) {
        unplaced.erase(op);
        op.getResult().replaceAllUsesWith(op.getInput());
        erase(op);
      }
    }
    function.walk([&](ProductOpInterface product) { propagate(product); });
  }

private:
  /// The layer before, if it could take the format of `op` as `data_out`.
  static QuantizableOpInterface getWriter(LeakyReluOp op) {
    auto writer = op.getInput().getDefiningOp<QuantizableOpInterface>();
    if (writer && op.getInput().hasOneUse() &&
        hasRole(writer, OperandRole::DataOut) &&
        !formatOf(writer, OperandRole::DataOut))
      return writer;
    return {};
  }

  /// A quantiser of whole tensors in front of a change of shape goes behind it,
  /// where layers are that take its format.
  static void sink(LeakyReluOp op) {
    if (formatOf(op, OperandRole::DataIn).getUniform()->slices() > 0 ||
        getWriter(op))
      return;
    while (op.getResult().hasOneUse()) {
      Operation *user = *op.getResult().getUsers().begin();
      if (!user->hasTrait<ReshapesInput>())
        return;
      user->getResult(0).replaceAllUsesWith(op.getResult());
      user->setOperand(0, op.getInput());
      op->setOperand(0, user->getResult(0));
      op.getResult().setType(
          cast<RankedTensorType>(user->getResult(0).getType()));
      op->moveAfter(user);
    }
  }

  /// Whether `value` has no other values than those of `format`: a quantiser
  /// with it that is not placed yet computes them, or a constant has them.
  bool hasValuesOf(Value value) const {
    if (auto constant = getConstantF32(value))
      return isOnGrid(*constant, cast<ShapedType>(value.getType()).getShape(),
                      format);
    Operation *op = value.getDefiningOp();
    return op && unplaced.contains(op) &&
           formatOf(op, OperandRole::DataIn) == format;
  }

  /// Whether the layer that reads `use` rounds it to `format`, or may.
  bool takes(OpOperand &use) const {
    Operation *user = use.getOwner();
    auto layer = dyn_cast<QuantizableOpInterface>(user);
    if (!layer || !hasRole(layer, OperandRole::DataIn))
      return false;
    if (formatInRole(user, OperandRole::DataIn, format.getNumberFormat()) !=
        format.getNumberFormat())
      return false;
    NumberFormatAttrInterface present = formatOf(user, OperandRole::DataIn);
    if (present)
      // It rounds already: alike, if an earlier quantiser became that format.
      return present == format && !unplaced.contains(user);
    if (auto product = dyn_cast<ProductOpInterface>(user)) {
      if (product.getInput() != use.get())
        return false;
    } else if (user->getNumOperands() > 1) {
      // All operands are rounded to it. One that is still computed by a
      // quantiser may be rounded twice.
      if (!isIdempotent(*format.getUniform()) ||
          !all_of(user->getOperands(),
                  [&](Value operand) { return hasValuesOf(operand); }))
        return false;
    }
    return !layer.getIllegalPrecisionReason(
        withFormat(layer, OperandRole::DataIn, format));
  }

  bool giveToReaders(LeakyReluOp op) {
    if (op.getResult().use_empty() ||
        !all_of(op.getResult().getUses(),
                [&](OpOperand &use) { return takes(use); }))
      return false;
    llvm::SetVector<Operation *> users(op.getResult().user_begin(),
                                       op.getResult().user_end());
    for (Operation *user : users) {
      auto layer = cast<QuantizableOpInterface>(user);
      layer.setLayerPrecision(withFormat(layer, OperandRole::DataIn, format));
      placed(op, user, OperandRole::DataIn);
    }
    return true;
  }

  bool giveToWriter(LeakyReluOp op) {
    QuantizableOpInterface writer = getWriter(op);
    if (!writer)
      return false;
    PrecisionAttr precision = withFormat(writer, OperandRole::DataOut, format);
    if (writer.getIllegalPrecisionReason(precision))
      return false;
    writer.setLayerPrecision(precision);
    placed(op, writer, OperandRole::DataOut);
    return true;
  }

  /// The format that has all values of `value`, if one is known.
  static NumberFormatAttrInterface valuesOf(Value value) {
    bool clamped = false; // by a ReLU behind the format
    while (Operation *op = value.getDefiningOp()) {
      NumberFormatAttrInterface found = formatOf(op, OperandRole::DataOut);
      if (!found && (isa<ReluOp>(op) || isQuantizer(op))) {
        clamped |= isa<ReluOp>(op);
        found = formatOf(op, OperandRole::DataIn);
      }
      if (!found && isa<MovesElementsOpInterface>(op)) {
        found = valuesOfAll(op);
        if (!found)
          return {};
      }
      if (found) {
        // A ReLU makes 0 of what is negative, which two codes don't have.
        std::optional<UniformTensorFormat> uniform = found.getUniform();
        return clamped && uniform && uniform->common.bipolar
                   ? NumberFormatAttrInterface()
                   : found;
      }
      if (!isa<ReluOp>(op) && !op->hasTrait<ReshapesInput>())
        return {};
      value = op->getOperand(0);
    }
    return {};
  }

  /// The one format of whole tensors that has the values of all operands.
  static NumberFormatAttrInterface valuesOfAll(Operation *op) {
    NumberFormatAttrInterface format = valuesOf(op->getOperand(0));
    std::optional<UniformTensorFormat> uniform =
        format ? format.getUniform() : std::nullopt;
    if (!uniform || uniform->slices() > 0 ||
        !all_of(op->getOperands(),
                [&](Value operand) { return valuesOf(operand) == format; }))
      return {};
    return format;
  }

  static bool isQuantizer(Operation *op) {
    auto layer = dyn_cast<LeakyReluOp>(op);
    return layer && layer.getAlpha().convertToFloat() == 1;
  }

  /// A product of weights with a format whose input has values of one.
  void propagate(ProductOpInterface product) {
    auto layer = dyn_cast<QuantizableOpInterface>(*product);
    if (!layer || formatOf(layer, OperandRole::DataIn) ||
        !formatOf(layer, OperandRole::Weight))
      return;
    NumberFormatAttrInterface known = valuesOf(product.getInput());
    std::optional<UniformTensorFormat> uniform =
        known ? known.getUniform() : std::nullopt;
    if (!uniform)
      return;
    // Slices are those of the tensor that was rounded, before its shape
    // changed.
    if (uniform->slices() > 0 &&
        product.getInput().getDefiningOp()->hasTrait<ReshapesInput>())
      return;
    if (!isIdempotent(*uniform)) {
      // To the nearest, whatever rounded to the values in the first place.
      uniform->common.rounding = Rounding::NearestEven;
      uniform->common.zeroPointFirst = false;
      uniform->common.overflow = Overflow::Saturate;
      if (!isIdempotent(*uniform))
        return;
      known = getFormatAttr(layer->getContext(), *uniform);
    }
    PrecisionAttr precision = withFormat(layer, OperandRole::DataIn, known);
    if (layer.getIllegalPrecisionReason(precision))
      return;
    layer.setLayerPrecision(precision);
    placed(nullptr, layer, OperandRole::DataIn);
  }

  SmallVector<LeakyReluOp> quantizers;
  QuantizerPlacedFn placed;
  llvm::function_ref<void(Operation *)> erase;
  llvm::DenseSet<Operation *> unplaced;
  NumberFormatAttrInterface format; ///< of the quantiser at hand
};

} // namespace

void placeQuantizers(func::FuncOp function, ArrayRef<LeakyReluOp> quantizers,
                     QuantizerPlacedFn placed,
                     llvm::function_ref<void(Operation *)> erase) {
  Placement(quantizers, placed, erase).run(function);
}

} // namespace mase::onnx_import
