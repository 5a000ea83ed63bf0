// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Puts hidden features in order.
#include "FeatureOrder.h"

#include "mase/Dialect/MaseKernel/IR/StageCode.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

bool mase::kernel::hasFreeOrder(StageOp producer) {
  Operation *head = headOf(producer);
  if (!isa_and_nonnull<DotOp, kernel::LinearOp>(head) || particlesOf(head) != 1)
    return false;
  // A word that isn't full has its codes first.
  return llvm::all_of(
      producer.getBody().front().without_terminator(), [&](Operation &op) {
        return &op == head ||
               llvm::none_of(op.getOperands(), llvm::IsaPred<BlockArgument>);
      });
}

/// Rows of a table, or elements, in order.
static DenseElementsAttr ordered(DenseElementsAttr table,
                                 ArrayRef<int64_t> order) {
  auto values = llvm::to_vector(table.getValues<Attribute>());
  const size_t row = values.size() / order.size();
  SmallVector<Attribute> result;
  for (int64_t from : order)
    llvm::append_range(result, ArrayRef(values).slice(size_t(from) * row, row));
  return DenseElementsAttr::get(table.getType(), result);
}

/// One element for all stays.
template <typename T>
static SmallVector<T> orderedList(ArrayRef<T> list, ArrayRef<int64_t> order) {
  if (list.size() < 2)
    return llvm::to_vector(list);
  return llvm::map_to_vector(order,
                             [&](int64_t from) { return list[size_t(from)]; });
}

static NumberFormatAttrInterface ordered(NumberFormatAttrInterface format,
                                         ArrayRef<int64_t> order) {
  UniformTensorFormat slices = *format.getUniform();
  if (slices.slices() < 2)
    return format;
  auto inOrder = [&](auto &list) {
    auto result = orderedList(ArrayRef(list), order);
    list.assign(result.begin(), result.end());
  };
  inOrder(slices.width);
  inOrder(slices.scale);
  inOrder(slices.zeroPoint);
  return getFormatAttr(format.getContext(), slices);
}

/// Whether `format` of weights has slices that are outputs, or inputs.
static bool hasSlicesOf(NumberFormatAttrInterface format, int axis) {
  UniformTensorFormat slices = *format.getUniform();
  return slices.slices() > 1 && slices.axis && (*slices.axis + 2) % 2 == axis;
}

static void orderResults(StageOp producer, ArrayRef<int64_t> order) {
  for (Operation &op : producer.getBody().front().without_terminator())
    TypeSwitch<Operation *>(&op)
        .Case([&](DotOp dot) {
          dot.setWeightAttr(ordered(dot.getWeight(), order));
          if (hasSlicesOf(dot.getWeightFormat(), 0))
            dot.setWeightFormatAttr(ordered(dot.getWeightFormat(), order));
          if (dot.getInit())
            dot.setInitAttr(ordered(*dot.getInit(), order));
          if (dot.getBiasFormat())
            dot.setBiasFormatAttr(ordered(*dot.getBiasFormat(), order));
          if (dot.getProductShift())
            dot.setProductShift(orderedList(*dot.getProductShift(), order));
        })
        .Case([&](kernel::LinearOp linear) {
          linear.setWeightAttr(ordered(linear.getWeight(), order));
          if (linear.getBias())
            linear.setBiasAttr(ordered(*linear.getBias(), order));
        })
        .Case([&](kernel::ConstantOp constant) {
          constant.setValueAttr(ordered(constant.getValue(), order));
        })
        .Case([&](kernel::AffineOp affine) {
          affine.setScaleAttr(ordered(affine.getScale(), order));
          affine.setShiftAttr(ordered(affine.getShift(), order));
        })
        .Case([&](kernel::DequantizeOp dequantize) {
          dequantize.setScale(orderedList(dequantize.getScale(), order));
          if (dequantize.getZeroPoint())
            dequantize.setZeroPoint(
                orderedList(*dequantize.getZeroPoint(), order));
        })
        .Case([&](kernel::QuantizeOp quantize) {
          quantize.setFormatAttr(ordered(quantize.getFormat(), order));
          if (quantize.getScale()) {
            quantize.setScaleAttr(ordered(*quantize.getScale(), order));
            quantize.setShiftAttr(ordered(*quantize.getShift(), order));
          }
          if (quantize.getFactor())
            quantize.setFactor(orderedList(*quantize.getFactor(), order));
          if (quantize.getDivisor())
            quantize.setDivisor(orderedList(*quantize.getDivisor(), order));
          if (quantize.getCodeShift())
            quantize.setCodeShift(orderedList(*quantize.getCodeShift(), order));
        });
}

void mase::kernel::orderFeatures(StageOp producer, DotOp reader,
                                 ArrayRef<int64_t> order) {
  orderResults(producer, order);
  reader.setDataAttr(ordered(reader.getData(), order));
  if (hasSlicesOf(reader.getWeightFormat(), 1))
    reader.setWeightFormatAttr(ordered(reader.getWeightFormat(), order));
  auto values = llvm::to_vector(reader.getWeight().getValues<Attribute>());
  SmallVector<Attribute> weights;
  for (size_t row = 0; row < values.size(); row += order.size())
    for (int64_t from : order)
      weights.push_back(values[row + size_t(from)]);
  reader.setWeightAttr(
      DenseElementsAttr::get(reader.getWeight().getType(), weights));
}
