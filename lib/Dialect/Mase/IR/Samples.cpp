// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors of a network as what one sample has of them.
#include "mase/Dialect/Mase/IR/Samples.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mase;

std::optional<int64_t> mase::sampleSize(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || tensor.getRank() == 0 ||
      ShapedType::isDynamicShape(tensor.getShape().drop_front()))
    return std::nullopt;
  return ShapedType::getNumElements(tensor.getShape().drop_front());
}

Value mase::skipFlatten(Value value) {
  for (Operation *op = value.getDefiningOp();
       op && op->hasTrait<ReshapesInput>(); op = value.getDefiningOp())
    value = op->getOperand(0);
  return value;
}

Operation *mase::getOnlyReader(Value value) {
  Operation *reader = nullptr;
  SmallVector<Value> worklist = {value};
  while (!worklist.empty())
    for (Operation *user : worklist.pop_back_val().getUsers()) {
      if (user->hasTrait<ReshapesInput>()) {
        worklist.push_back(user->getResult(0));
        continue;
      }
      if (reader && reader != user)
        return nullptr;
      reader = user;
    }
  return reader;
}

SmallVector<float> mase::expandFeatures(ArrayRef<float> features, Value like,
                                        int64_t axis) {
  SmallVector<float> all;
  auto shape = cast<RankedTensorType>(like.getType()).getShape();
  int64_t inner = ShapedType::getNumElements(shape.drop_front(axis + 1));
  for (int64_t i = 0; i < sizeOfSample(like); ++i)
    all.push_back(features[size_t(i / inner) % features.size()]);
  return all;
}

/// The shape of one sample, as a batch of one.
static SmallVector<int64_t> shapeOfSample(Value value) {
  SmallVector<int64_t> shape(
      cast<RankedTensorType>(value.getType()).getShape());
  shape[0] = 1;
  return shape;
}

CodeScale mase::expandScale(const CodeScale &scale, Value value) {
  if (scale.slices() == 1)
    return scale;
  SmallVector<int64_t> shape = shapeOfSample(value);
  CodeScale result;
  result.scale.clear();
  result.zeroPoint.clear();
  for (int64_t i = 0; i < sizeOfSample(value); ++i) {
    size_t slice = scale.sliceOf(i, {shape.data(), shape.size()});
    result.scale.push_back(scale.scaleOf(slice));
    result.zeroPoint.push_back(scale.zeroPointOf(slice));
  }
  if (llvm::all_equal(result.scale))
    result.scale.resize(1);
  if (llvm::all_equal(result.zeroPoint))
    result.zeroPoint.resize(1);
  return result;
}

NumberFormatAttrInterface mase::expandFormat(NumberFormatAttrInterface format,
                                             Value value) {
  std::optional<UniformTensorFormat> uniform = format.getUniform();
  if (!uniform || uniform->slices() == 0)
    return format;
  SmallVector<int64_t> shape = shapeOfSample(value);
  UniformTensorFormat result;
  result.common = uniform->common;
  result.axis = -1;
  for (int64_t i = 0; i < sizeOfSample(value); ++i) {
    size_t slice = uniform->sliceOf(i, {shape.data(), shape.size()});
    if (!uniform->width.empty())
      result.width.push_back(uniform->width[slice]);
    if (!uniform->scale.empty())
      result.scale.push_back(uniform->scale[slice]);
    if (!uniform->zeroPoint.empty())
      result.zeroPoint.push_back(uniform->zeroPoint[slice]);
  }
  return getFormatAttr(format.getContext(), result);
}

std::optional<SmallVector<float>> mase::getLinearWeight(ProductOpInterface op) {
  std::optional<SmallVector<float>> weight = getConstantF32(op.getWeight());
  if (!weight || !op.isWeightInOut())
    return weight;
  auto type = cast<RankedTensorType>(op.getWeight().getType());
  return transposed(ArrayRef<float>(*weight), type.getDimSize(0));
}
