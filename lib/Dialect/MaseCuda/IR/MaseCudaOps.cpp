// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Verifiers of the ops in a stage.
#include "mase/Dialect/MaseCuda/IR/MaseCuda.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mase;
using namespace mase::cuda;

#define GET_OP_CLASSES
#include "mase/Dialect/MaseCuda/IR/MaseCudaOps.cpp.inc"

static bool isTable(DenseElementsAttr table, ArrayRef<int64_t> shape,
                    Type elementType) {
  return table.getType().getShape() == shape &&
         table.getElementType() == elementType;
}

/// f32 elements, `size` of them.
static bool isFloatTable(DenseElementsAttr table, int64_t size) {
  return table.getElementType().isF32() &&
         table.getType().getShape() == ArrayRef<int64_t>(size);
}

static LogicalResult verifyFloatTable(Operation *op, int constraint,
                                      StringRef what, DenseElementsAttr table,
                                      int64_t size) {
  if (isFloatTable(table, size))
    return success();
  return op->emitOpError() << "(C" << constraint << ") expected " << what
                           << " of " << size << " f32 elements, found "
                           << table.getType();
}

//===----------------------------------------------------------------------===//
// DotOp, LinearOp
//===----------------------------------------------------------------------===//

int64_t DotOp::getWeightCode(int64_t o, int64_t i) {
  auto shape = getWeight().getType().getShape();
  auto values = getWeight().getValues<APInt>();
  if (getKind() != DotKind::Dp4a)
    return values[o * shape[1] + i].getSExtValue();
  auto byte =
      uint8_t(values[o * shape[1] + i / 4].getZExtValue() >> 8 * (i % 4));
  std::optional<FixedPointFormat> format = getWeightFormat().getFixedPoint();
  return format && format->isSigned ? int64_t(int8_t(byte)) : int64_t(byte);
}

LogicalResult DotOp::verify() {
  bool packed = getKind() == DotKind::Dp4a, wide = getKind() == DotKind::Mad64;
  int64_t in = sizeOf(getInput()), out = sizeOf(getResult());
  Type weightType = getWeight().getElementType();
  if (getWeight().getType().getShape() != ArrayRef<int64_t>({out, in}) ||
      !(weightType.isInteger(32) || (!packed && weightType.isInteger(64))) ||
      (packed ? llvm::divideCeil(uint64_t(std::max<int64_t>(getFanIn(), 0)),
                                 4) != uint64_t(in)
              : getFanIn() != in))
    return emitOpError() << "(C1) expected weights of " << out << " x " << in
                         << " integers for input " << getInput().getType()
                         << " of fan-in " << getFanIn() << ", found "
                         << getWeight().getType();
  if (bool(getInit()) != bool(getBiasFormat()) ||
      (getInit() && !isTable(*getInit(), {out},
                             getElementTypeOrSelf(getResult().getType()))))
    return emitOpError() << "(C2) expected an init of " << out
                         << " elements like the sums, with a bias format, or "
                            "neither";
  auto bits = [](Value value) {
    return getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
  };
  if (bits(getResult()) != (wide ? 64u : 32u) ||
      (!wide && (bits(getInput()) != 32 || !weightType.isInteger(32))))
    return emitOpError() << "(C3) expected sums of " << (wide ? 64 : 32)
                         << " bits" << (wide ? "" : " and codes of 32")
                         << ", found " << getInput().getType() << " and "
                         << getResult().getType();
  std::optional<FixedPointFormat> data = getData().getFixedPoint(),
                                  weight = getWeightFormat().getFixedPoint();
  if (!data || !weight || (packed && (data->width > 8 || weight->width > 8)))
    return emitOpError() << "(C4) expected integer formats"
                         << (packed ? " of at most 8 bits" : "") << ", found "
                         << getData() << " and " << getWeightFormat();
  if (getProductShift() < 0 || getProductShift() > 62)
    return emitOpError() << "(C5) expected a product shift in [0, 62], found "
                         << getProductShift();
  for (int64_t o = 0; o < out; ++o) {
    unsigned __int128 sum = 0;
    for (int64_t i = 0; i < getFanIn(); ++i)
      sum += (unsigned __int128)(std::abs(getWeightCode(o, i))) *
             (unsigned __int128)(data->maxMagnitude());
    // Codes of 32 bits leave room for the shift.
    int needed = signedBitsFor(sum) + int(getProductShift());
    if (needed <= 127) {
      sum <<= getProductShift();
      if (getInit()) {
        APInt init = getInit()->getValues<APInt>()[o];
        sum += init.abs().getZExtValue();
      }
      needed = signedBitsFor(sum);
    }
    if (needed > (wide ? 64 : 32))
      return emitOpError() << "(C5) expected sums of at most "
                           << (wide ? 64 : 32) << " bits, found output " << o
                           << " with sums of " << needed;
  }
  return success();
}

LogicalResult cuda::LinearOp::verify() {
  int64_t in = sizeOf(getInput()), out = sizeOf(getResult());
  if (!isTable(getWeight(), {out, in}, Float32Type::get(getContext())))
    return emitOpError() << "(C1) expected a weight of " << out << " x " << in
                         << " f32 elements, found " << getWeight().getType();
  if (getBias())
    return verifyFloatTable(*this, 2, "a bias", *getBias(), out);
  return success();
}

//===----------------------------------------------------------------------===//
// Element-wise ops
//===----------------------------------------------------------------------===//

LogicalResult cuda::ConstantOp::verify() {
  return verifyFloatTable(*this, 1, "a value", getValue(), sizeOf(getResult()));
}

/// `features` divides the number of elements.
static LogicalResult verifyFeatures(Operation *op, int constraint,
                                    std::optional<int64_t> features,
                                    int64_t elements) {
  if (!features || (*features > 0 && elements % *features == 0))
    return success();
  return op->emitOpError() << "(C" << constraint << ") expected features that "
                           << "divide " << elements << " elements, found "
                           << *features;
}

LogicalResult cuda::AffineOp::verify() {
  int64_t size = sizeOf(getResult());
  if (failed(verifyFloatTable(*this, 1, "a scale", getScale(), size)) ||
      failed(verifyFloatTable(*this, 1, "a shift", getShift(), size)))
    return failure();
  return verifyFeatures(*this, 2, getFeatures(), size);
}

LogicalResult cuda::DequantizeOp::verify() {
  if (sizeOf(getInput()) != sizeOf(getResult()))
    return emitOpError() << "(C1) expected input and result of one size, found "
                         << getInput().getType() << " and "
                         << getResult().getType();
  if (getFracWidth() < -127 || getFracWidth() > 149)
    return emitOpError()
           << "(C2) expected a fraction width in [-127, 149], found "
           << getFracWidth();
  return success();
}

LogicalResult cuda::QuantizeOp::verify() {
  std::optional<FixedPointFormat> format = getFormat().getFixedPoint();
  if (!format)
    return emitOpError() << "(C1) expected an integer format, found "
                         << getFormat();
  int64_t size = sizeOf(getInput()), words = sizeOf(getResult());
  auto bits =
      getElementTypeOrSelf(getResult().getType()).getIntOrFloatBitWidth();
  bool fits = bits == 64u || format->maxCode() <= INT32_MAX;
  if (getPacked() ? bits != 32 || format->width > 8 ||
                        words != int64_t(llvm::divideCeil(uint64_t(size), 4))
                  : !fits || words != size)
    return emitOpError() << "(C2) expected a result for " << size
                         << " codes of format " << getFormat()
                         << (getPacked() ? ", packed" : "") << ", found "
                         << getResult().getType();
  if (bool(getScale()) != bool(getShift()))
    return emitOpError() << "(C3) expected both scale and shift or neither";
  if (getScale() &&
      (failed(verifyFloatTable(*this, 3, "a scale", *getScale(), size)) ||
       failed(verifyFloatTable(*this, 3, "a shift", *getShift(), size))))
    return failure();
  bool adds =
      getRounder() == Rounder::Saturate || getRounder() == Rounder::Shift;
  int64_t most = getRounder() == Rounder::Saturate ? getBits() : format->width;
  if (adds && (format->rounding != Rounding::NearestEven || most < 0 ||
               most > kMaxShiftBits))
    return emitOpError() << "(C4) expected rounding to nearest and at most "
                         << kMaxShiftBits << " bits, found " << getFormat()
                         << " and " << most << " bits";
  if (getRounder() == Rounder::Saturate &&
      format->maxCode() >= (int64_t(1) << getBits()))
    return emitOpError() << "(C4) expected every code of " << getFormat()
                         << " below 2^bits, found " << getBits() << " bits";
  return verifyFeatures(*this, 5, getFeatures(), size);
}
