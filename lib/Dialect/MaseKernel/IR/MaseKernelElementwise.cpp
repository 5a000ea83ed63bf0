// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Verifiers of the ops in a stage that compute element by element.
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "Tables.h"

#include "mase/Support/Quoting.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

LogicalResult kernel::ConstantOp::verify() {
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

LogicalResult kernel::AffineOp::verify() {
  int64_t size = sizeOf(getResult());
  if (failed(verifyFloatTable(*this, 1, "a scale", getScale(), size)) ||
      failed(verifyFloatTable(*this, 1, "a shift", getShift(), size)))
    return failure();
  return verifyFeatures(*this, 2, getFeatures(), size);
}

LogicalResult ReadOp::verify() {
  if (sizeOf(getInput()) != sizeOf(getResult()))
    return emitOpError() << "(C1) expected input and result of one size, found "
                         << getInput().getType() << " and "
                         << getResult().getType();
  int64_t most =
      getElementTypeOrSelf(getResult().getType()).getIntOrFloatBitWidth() -
      getIsUnsigned();
  if (getWidth() < 1 || getWidth() > most)
    return emitOpError() << "(C2) expected a width in [1, " << most
                         << "] for a result of " << getResult().getType()
                         << ", found " << getWidth();
  return success();
}

LogicalResult kernel::DequantizeOp::verify() {
  if (sizeOf(getInput()) != sizeOf(getResult()))
    return emitOpError() << "(C1) expected input and result of one size, found "
                         << getInput().getType() << " and "
                         << getResult().getType();
  if (!llvm::all_of(getScale(),
                    [](float s) { return s > 0 && std::isfinite(s); }))
    return emitOpError() << "(C2) expected positive scales, found "
                         << getScaleAttr();
  for (size_t count :
       {getScale().size(), getZeroPoint() ? getZeroPoint()->size() : 1})
    if (count != 1 && int64_t(count) != sizeOf(getInput()))
      return emitOpError() << "(C2) expected one scale and zero point or "
                           << sizeOf(getInput()) << ", found " << count;
  return success();
}

static LogicalResult verifyFunctionName(Operation *op, StringRef name) {
  if (toIdentifier(name, "round_") == name)
    return success();
  return op->emitOpError() << "(C1) expected a C++ identifier that is not "
                              "reserved as the function's name, found '"
                           << name << "'";
}

LogicalResult kernel::RoundOp::verify() {
  auto function = getFormat().getNumberFormat()->deviceFunction();
  if (!function)
    return emitOpError() << "(C1) expected a number format with a C++ function "
                            "that rounds, found "
                         << getFormat();
  return verifyFunctionName(*this, function->name);
}

NumberFormat::DeviceFunction kernel::RoundOp::getDeviceFunction() {
  return *getFormat().getNumberFormat()->deviceFunction();
}

std::string kernel::RoundOp::getFunctionComment() {
  return getFormat().getNumberFormat().text();
}

LogicalResult kernel::ApplyOp::verify() {
  if (!getSource().contains(getFunction()))
    return emitOpError() << "(C1) expected a definition of '" << getFunction()
                         << "', found '" << getSource() << "'";
  return verifyFunctionName(*this, getFunction());
}

NumberFormat::DeviceFunction kernel::ApplyOp::getDeviceFunction() {
  return {getFunction().str(), getSource().str()};
}

std::string kernel::ApplyOp::getFunctionComment() {
  return getFunction().str();
}

LogicalResult kernel::QuantizeOp::verify() {
  std::optional<UniformTensorFormat> format = getFormat().getUniform();
  if (!format)
    return emitOpError() << "(C1) expected an integer format, found "
                         << getFormat();
  int64_t size = sizeOf(getInput()), words = sizeOf(getResult());
  if (std::optional<std::string> mismatch = format->mismatch({size}))
    return emitOpError() << "(C1) " << *mismatch;
  std::vector<UniformFormat> slices = slicesOf(*format);
  auto bits =
      getElementTypeOrSelf(getResult().getType()).getIntOrFloatBitWidth();
  bool fits = bits == 64u || llvm::all_of(slices, [](const UniformFormat &f) {
                return f.maxCode() <= INT32_MAX;
              });
  if (getPacking() ? bits != 32 || format->storageWidth() > 8 ||
                         words != int64_t(llvm::divideCeil(uint64_t(size), 4))
                   : !fits || words != size)
    return emitOpError() << "(C2) expected a result for " << size
                         << " codes of format " << getFormat()
                         << (getPacking() ? ", packed" : "") << ", found "
                         << getResult().getType();
  if (bool(getScale()) != bool(getShift()))
    return emitOpError() << "(C3) expected both scale and shift or neither";
  if (getScale() &&
      (failed(verifyFloatTable(*this, 3, "a scale", *getScale(), size)) ||
       failed(verifyFloatTable(*this, 3, "a shift", *getShift(), size))))
    return failure();
  if (failed(verifyRounder(slices)))
    return failure();
  for (auto [what, list] : {std::pair(StringRef("factor"), getFactor()),
                            std::pair(StringRef("divisor"), getDivisor())})
    if (list && list->size() != 1 && int64_t(list->size()) != size)
      return emitOpError() << "(C6) expected one " << what << " or " << size
                           << ", found " << list->size();
  if (getDivisor() && getRounder() != Rounder::Shift &&
      getRounder() != Rounder::Convert)
    return emitOpError() << "(C6) expected a divisor with 'shift' or 'convert' "
                            "only, found '"
                         << stringifyRounder(getRounder()) << "'";
  if (failed(verifyCodeShift(slices, size)))
    return failure();
  return verifyFeatures(*this, 5, getFeatures(), size);
}

/// (C7).
LogicalResult
kernel::QuantizeOp::verifyCodeShift(ArrayRef<UniformFormat> slices,
                                    int64_t size) {
  if (!getCodeShift())
    return success();
  ArrayRef<int64_t> shifts = *getCodeShift();
  if (!getPacking() || int64_t(shifts.size()) != size)
    return emitOpError() << "(C7) expected a code shift of " << size
                         << " packed codes, found " << shifts.size()
                         << (getPacking() ? "" : ", not packed");
  constexpr int64_t kMost = 7;
  const int64_t most = slices.front().isSigned ? INT8_MAX : UINT8_MAX;
  for (auto [i, shift] : llvm::enumerate(shifts)) {
    const UniformFormat &format = slices[slices.size() == 1 ? 0 : i];
    if (shift < 0 || shift > kMost || format.zeroPoint != 0 || format.bipolar ||
        format.maxCode() << shift > most ||
        format.minCode() * (int64_t(1) << shift) < -most - 1)
      return emitOpError() << "(C7) expected codes without a zero point that "
                              "fit a byte when they are shifted by 0 to "
                           << kMost << " bits, found a shift of " << shift
                           << " for element " << i << " of " << getFormat();
  }
  return success();
}

/// (C4).
LogicalResult
kernel::QuantizeOp::verifyRounder(ArrayRef<UniformFormat> slices) {
  if (getRounder() == Rounder::Exact)
    return success();
  const bool adds = getRounder() != Rounder::Convert;
  for (const UniformFormat &format : slices) {
    int64_t least = getRelu() ? 0 : format.minSteps(),
            largest = std::max(format.maxSteps(), -least - 1);
    int64_t most =
        getRounder() == Rounder::Saturate
            ? getBits()
            : signedBitsFor(static_cast<unsigned __int128>(largest)) -
                  (least >= 0);
    if (adds && (format.rounding != Rounding::NearestEven || most < 0 ||
                 most > kMaxShiftBits))
      return emitOpError() << "(C4) expected rounding to nearest and at most "
                           << kMaxShiftBits << " bits, found " << getFormat()
                           << " and " << most << " bits";
    if (getRounder() == Rounder::Saturate &&
        format.maxSteps() >= (int64_t(1) << getBits()))
      return emitOpError() << "(C4) expected every code of " << getFormat()
                           << " below 2^bits, found " << getBits() << " bits";
    bool zeroPointFirst = format.zeroPointFirst && format.zeroPoint != 0;
    bool wraps = format.overflow == Overflow::Wrap &&
                 getElementTypeOrSelf(getInput().getType()).isF32();
    if ((format.rounding != Rounding::NearestEven &&
         format.rounding != Rounding::Floor) ||
        zeroPointFirst || wraps)
      return emitOpError() << "(C4) expected rounding to nearest even or down, "
                              "and neither wrapping overflow of numbers nor a "
                              "zero point that is added first, found "
                           << getFormat();
    if ((!isPowerOfTwo(format.scale) && !getDivisor()) || format.bipolar)
      return emitOpError() << "(C4) expected scales that are powers of two, "
                              "found "
                           << getFormat();
  }
  return success();
}
