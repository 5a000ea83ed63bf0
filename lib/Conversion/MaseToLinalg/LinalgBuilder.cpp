// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// linalg.generic ops over a batch, and the arithmetic of codes.
#include "LinalgBuilder.h"

#include "mase/Dialect/Mase/IR/Samples.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mase;

CodeTypeConverter::CodeTypeConverter() {
  addConversion([](Type type) { return type; });
  addConversion([](RankedTensorType type) -> Type {
    auto integer = dyn_cast<IntegerType>(type.getElementType());
    if (!integer || integer.getWidth() == 1)
      return type;
    if (integer.getWidth() > 64)
      return {};
    unsigned width =
        std::max(8u, unsigned(llvm::PowerOf2Ceil(integer.getWidth())));
    return type.clone(IntegerType::get(type.getContext(), width));
  });
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

Value LinalgBuilder::empty(RankedTensorType type) {
  SmallVector<Value> sizes;
  for (auto [i, size] : llvm::enumerate(type.getShape()))
    if (ShapedType::isDynamic(size))
      sizes.push_back(tensor::DimOp::create(*this, batch, i));
  return tensor::EmptyOp::create(*this, type, sizes);
}

Value LinalgBuilder::fill(RankedTensorType type, TypedAttr number) {
  Value value = arith::ConstantOp::create(*this, number);
  return linalg::FillOp::create(*this, value, empty(type)).getResult(0);
}

Value LinalgBuilder::broadcast(RankedTensorType type, Value vector) {
  return elementwise(
      type, vector, {axisMap(type.getRank(), -1)},
      [](ImplicitLocOpBuilder &, ValueRange in) { return in[0]; });
}

AffineMap LinalgBuilder::identityMap(unsigned rank) {
  return getMultiDimIdentityMap(rank);
}

AffineMap LinalgBuilder::axisMap(unsigned rank, int axis) {
  return AffineMap::get(
      rank, 0, getAffineDimExpr(unsigned(axis < 0 ? axis + int(rank) : axis)));
}

/// The body of a linalg.generic that yields what `body` makes of `inputs` of
/// its arguments.
static auto bodyOf(ElementFn body, size_t inputs) {
  return [=](OpBuilder &builder, Location loc, ValueRange args) {
    ImplicitLocOpBuilder b(loc, builder);
    linalg::YieldOp::create(b, body(b, args.take_front(inputs)));
  };
}

Value LinalgBuilder::elementwise(RankedTensorType type, ValueRange inputs,
                                 ArrayRef<AffineMap> maps, ElementFn body) {
  SmallVector<AffineMap> allMaps(maps);
  allMaps.push_back(identityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(*this, type, inputs, empty(type), allMaps,
                                   iterators, bodyOf(body, inputs.size()))
      .getResult(0);
}

Value LinalgBuilder::elementwise(RankedTensorType type, ValueRange inputs,
                                 ElementFn body) {
  SmallVector<AffineMap> maps(inputs.size(), identityMap(type.getRank()));
  return elementwise(type, inputs, maps, body);
}

static SmallVector<AffineMap>
mapsOf(MLIRContext *context, ArrayRef<SmallVector<AffineExpr, 4>> results) {
  return AffineMap::inferFromExprList(results, context);
}

Value LinalgBuilder::product(Value x, Value w, Value init, ElementFn body) {
  using utils::IteratorType;
  unsigned rank = cast<RankedTensorType>(x.getType()).getRank();
  // Of a row, and then those of the product.
  SmallVector<AffineExpr, 4> in, out;
  for (unsigned d = 0; d + 1 < rank; ++d)
    in.push_back(getAffineDimExpr(d));
  out = in;
  AffineExpr i = getAffineDimExpr(rank - 1), o = getAffineDimExpr(rank);
  in.push_back(i);
  out.push_back(o);
  SmallVector<IteratorType> iterators(rank + 1, IteratorType::parallel);
  iterators[rank - 1] = IteratorType::reduction;
  return linalg::GenericOp::create(*this, init.getType(), ValueRange{x, w},
                                   init,
                                   mapsOf(getContext(), {in, {i, o}, out}),
                                   iterators, bodyOf(body, 3))
      .getResult(0);
}

Value LinalgBuilder::reduceFeatures(Value x, TypedAttr init, ElementFn body) {
  return reduce(x, cast<RankedTensorType>(x.getType()).getRank() - 1, init,
                body);
}

Value LinalgBuilder::reduceParticles(Value x, TypedAttr init, ElementFn body) {
  return reduce(x, 1, init, body);
}

Value LinalgBuilder::reduce(Value x, int64_t axis, TypedAttr init,
                            ElementFn body) {
  auto type = cast<RankedTensorType>(x.getType());
  unsigned rank = type.getRank();
  SmallVector<int64_t> shape(type.getShape());
  shape.erase(shape.begin() + axis);
  auto resultType = RankedTensorType::get(shape, init.getType());
  AffineMap all = identityMap(rank);
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  iterators[axis] = utils::IteratorType::reduction;
  return linalg::GenericOp::create(*this, resultType, x, fill(resultType, init),
                                   {all, all.dropResult(axis)}, iterators,
                                   bodyOf(body, 2))
      .getResult(0);
}

DenseElementsAttr mase::transposed(DenseElementsAttr matrix) {
  auto type = cast<RankedTensorType>(matrix.getType());
  int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
  auto newType = RankedTensorType::get({columns, rows}, type.getElementType());
  if (matrix.isSplat())
    return matrix.resizeSplat(newType);
  auto permute = [&]<typename T>(const SmallVector<T> &values) {
    SmallVector<T> result = transposed(ArrayRef<T>(values), rows);
    return DenseElementsAttr::get(newType, ArrayRef<T>(result));
  };
  if (type.getElementType().isF32())
    return permute(llvm::to_vector(matrix.getValues<float>()));
  return permute(llvm::to_vector(matrix.getValues<APInt>()));
}

Value LinalgBuilder::transpose(Value matrix) {
  DenseElementsAttr constant;
  if (matchPattern(matrix, m_Constant(&constant)))
    return arith::ConstantOp::create(*this, transposed(constant));
  auto type = cast<RankedTensorType>(matrix.getType());
  auto newType = RankedTensorType::get({type.getDimSize(1), type.getDimSize(0)},
                                       type.getElementType());
  AffineExpr r, c;
  bindDims(getContext(), r, c);
  return elementwise(
      newType, matrix, AffineMap::get(2, 0, {c, r}, getContext()),
      [](ImplicitLocOpBuilder &, ValueRange in) { return in[0]; });
}

Value LinalgBuilder::constantF32(float number) {
  return arith::ConstantOp::create(*this, getF32FloatAttr(number));
}

Value mase::buildCall(ImplicitLocOpBuilder &b, StringRef function, Value x) {
  return func::CallOp::create(b, function, b.getF32Type(), ValueRange{x})
      .getResult(0);
}

Value mase::buildRelu(ImplicitLocOpBuilder &b, Value x) {
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0.0f));
  Value positive = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x, zero);
  return arith::SelectOp::create(b, positive, x, zero);
}
