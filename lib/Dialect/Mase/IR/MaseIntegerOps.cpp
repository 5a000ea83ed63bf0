// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Verifiers of the integer level.
#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mase;

static unsigned bitsOf(Value value) {
  return getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
}

static bool sameShape(Value a, Value b) {
  return cast<RankedTensorType>(a.getType()).getShape() ==
         cast<RankedTensorType>(b.getType()).getShape();
}

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// 2^-fracWidth is a binary32, which an integer's binary32 value times it then
/// is, too, but for overflow: its lowest bit is at least 2^-149.
static bool isExactScale(int64_t fracWidth) {
  return fracWidth >= -127 && fracWidth <= 149;
}

LogicalResult QuantizeOp::verify() {
  std::optional<FixedPointFormat> format = getFormat().getFixedPoint();
  if (!format)
    return emitOpError() << "(C1) expected an integer format, found "
                         << getFormat();
  if (!sameShape(getInput(), getResult()))
    return emitOpError()
           << "(C2) expected input and result of one shape, found "
           << getInput().getType() << " and " << getResult().getType();
  if (bitsOf(getResult()) != unsigned(format->width))
    return emitOpError() << "(C3) expected integers of " << format->width
                         << " bits for format " << getFormat() << ", found "
                         << getResult().getType();
  return success();
}

LogicalResult DequantizeOp::verify() {
  if (!sameShape(getInput(), getResult()))
    return emitOpError()
           << "(C1) expected input and result of one shape, found "
           << getInput().getType() << " and " << getResult().getType();
  unsigned most = getIsUnsigned() ? 63 : 64;
  if (bitsOf(getInput()) > most)
    return emitOpError() << "(C2) expected "
                         << (getIsUnsigned() ? "unsigned " : "")
                         << "integers of at most " << most << " bits, found "
                         << getInput().getType();
  if (!isExactScale(getFracWidth()))
    return emitOpError()
           << "(C3) expected a fraction width in [-127, 149], found "
           << int64_t(getFracWidth());
  return success();
}

Accumulator IntLinearOp::getAccumulator() {
  std::optional<FixedPointFormat> bias;
  if (getBiasFormat())
    bias = getBiasFormat()->getFixedPoint();
  return accumulatorFor(shapeOf(getWeight())[1], *getData().getFixedPoint(),
                        *getWeightFormat().getFixedPoint(),
                        bias ? &*bias : nullptr);
}

LogicalResult IntLinearOp::verify() {
  if (bool(getBias()) != getBiasFormat().has_value())
    return emitOpError()
           << "(C1) expected a bias and a bias format, or neither, found only "
           << (getBias() ? "a bias" : "a bias format");
  auto stores = [&](Value codes, NumberFormatAttrInterface attr,
                    StringRef what) -> LogicalResult {
    std::optional<FixedPointFormat> format = attr.getFixedPoint();
    if (!format)
      return emitOpError() << "(C1) expected an integer format for the " << what
                           << ", found " << attr;
    if (bitsOf(codes) != unsigned(format->width))
      return emitOpError() << "(C1) expected " << what << " codes of "
                           << format->width << " bits for format " << attr
                           << ", found " << codes.getType();
    return success();
  };
  if (failed(stores(getInput(), getData(), "input")) ||
      failed(stores(getWeight(), getWeightFormat(), "weight")) ||
      (getBias() && failed(stores(getBias(), *getBiasFormat(), "bias"))))
    return failure();
  ArrayRef<int64_t> x = shapeOf(getInput()), w = shapeOf(getWeight()),
                    y = shapeOf(getResult());
  if (ShapedType::isDynamicShape(w) || x[1] != w[1] || y[1] != w[0] ||
      x[0] != y[0] || (getBias() && shapeOf(getBias())[0] != w[0]))
    return emitOpError() << "(C2) expected input [batch, in], static weight "
                            "[out, in], bias [out] and result [batch, out]";
  Accumulator acc = getAccumulator();
  if (bitsOf(getResult()) < unsigned(acc.width))
    return emitOpError() << "(C3) expected sums of at least " << acc.width
                         << " bits, so that none overflows, found "
                         << getResult().getType();
  return success();
}

/// Affine parameters of `value`, whose dimension 1 are the features.
static bool oneEachFeature(Value value, Value parameter) {
  return shapeOf(parameter)[0] == shapeOf(value)[1];
}

LogicalResult AffineOp::verify() {
  if (getInput().getType() != getResult().getType() ||
      shapeOf(getInput()).size() < 2)
    return emitOpError() << "(C1) expected input and result of one type, of "
                            "rank 2 or more, found "
                         << getInput().getType() << " and "
                         << getResult().getType();
  for (Value parameter : {getScale(), getShift()})
    if (!oneEachFeature(getInput(), parameter))
      return emitOpError() << "(C2) expected scale and shift of "
                           << shapeOf(getInput())[1] << " elements, found "
                           << parameter.getType();
  return success();
}

LogicalResult RequantizeOp::verify() {
  std::optional<FixedPointFormat> format = getFormat().getFixedPoint();
  if (!format || bitsOf(getResult()) != unsigned(format->width))
    return emitOpError() << "(C1) expected an integer format and integers as "
                            "wide, found "
                         << getFormat() << " and " << getResult().getType();
  if (!sameShape(getInput(), getResult()))
    return emitOpError()
           << "(C2) expected input and result of one shape, found "
           << getInput().getType() << " and " << getResult().getType();
  if (bool(getScale()) != bool(getShift()) ||
      (getScale() && (!oneEachFeature(getInput(), getScale()) ||
                      !oneEachFeature(getInput(), getShift()))))
    return emitOpError() << "(C3) expected both scale and shift, of "
                         << shapeOf(getInput())[1] << " elements, or neither";
  if (bitsOf(getInput()) > 64 || !isExactScale(getFracWidth()))
    return emitOpError() << "(C4) expected integers of at most 64 bits and a "
                            "fraction width in [-127, 149], found "
                         << getInput().getType() << " and "
                         << int64_t(getFracWidth());
  return success();
}
