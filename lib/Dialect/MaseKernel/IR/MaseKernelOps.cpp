// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Verifiers of the ops in a stage.
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mase/Support/Quoting.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

//===----------------------------------------------------------------------===//
// Assembly: one number, or a list of them in brackets
//===----------------------------------------------------------------------===//

template <typename Element>
static ParseResult parseList(OpAsmParser &parser, SmallVector<Element> &list,
                             function_ref<ParseResult()> parseElement) {
  if (succeeded(parser.parseOptionalLSquare()))
    return failure(parser.parseCommaSeparatedList(parseElement) ||
                   parser.parseRSquare());
  return parseElement();
}

template <typename Element>
static void printList(OpAsmPrinter &printer, ArrayRef<Element> list,
                      function_ref<void(Element)> printElement) {
  if (list.size() == 1)
    return printElement(list.front());
  printer << '[';
  llvm::interleaveComma(list, printer, printElement);
  printer << ']';
}

static ParseResult parseIntegers(OpAsmParser &parser, DenseI64ArrayAttr &attr) {
  SmallVector<int64_t> list;
  if (parseList(parser, list,
                [&] { return parser.parseInteger(list.emplace_back()); }))
    return failure();
  attr = parser.getBuilder().getDenseI64ArrayAttr(list);
  return success();
}

static void printIntegers(OpAsmPrinter &printer, Operation *,
                          DenseI64ArrayAttr attr) {
  printList<int64_t>(printer, attr.asArrayRef(),
                     [&](int64_t value) { printer << value; });
}

static ParseResult parseFloats(OpAsmParser &parser, DenseF32ArrayAttr &attr) {
  SmallVector<float> list;
  auto parseElement = [&]() -> ParseResult {
    APFloat value(0.0f);
    if (parser.parseFloat(APFloat::IEEEsingle(), value))
      return failure();
    list.push_back(value.convertToFloat());
    return success();
  };
  if (parseList(parser, list, parseElement))
    return failure();
  attr = parser.getBuilder().getDenseF32ArrayAttr(list);
  return success();
}

static void printFloats(OpAsmPrinter &printer, Operation *,
                        DenseF32ArrayAttr attr) {
  printList<float>(printer, attr.asArrayRef(),
                   [&](float value) { printer.printFloat(APFloat(value)); });
}

static ParseResult parseScale(OpAsmParser &parser, DenseF32ArrayAttr &attr) {
  return parseSumScale(parser, attr, "(C2)");
}

static void printScale(OpAsmPrinter &printer, Operation *op,
                       DenseF32ArrayAttr attr) {
  printSumScale(printer, op, attr);
}

#define GET_OP_CLASSES
#include "mase/Dialect/MaseKernel/IR/MaseKernelOps.cpp.inc"

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
  return getWeight().getValues<APInt>()[o * getFanIn() + i].getSExtValue();
}

std::optional<Packing> DotOp::getPacking() {
  if (getKind() == DotKind::Dp4a)
    return Packing::Bytes;
  return std::nullopt;
}

bool DotOp::hasSignedData() { return getData().getUniform()->common.isSigned; }

bool DotOp::hasSignedWeights() {
  return !getWeightFormat().getUniform()->isNonNegative();
}

int64_t DotOp::getShift(int64_t o) {
  std::optional<ArrayRef<int64_t>> shift = getProductShift();
  return !shift ? 0 : shift->size() == 1 ? shift->front() : (*shift)[o];
}

bool DotOp::hasShift() {
  return getProductShift() &&
         llvm::any_of(*getProductShift(), [](int64_t s) { return s != 0; });
}

LogicalResult DotOp::verify() {
  const bool packed = getPacking().has_value(),
             wide = getKind() == DotKind::Mad64;
  const int64_t particles = std::max<int64_t>(getParticles(), 1),
                in = sizeOf(getInput()) / particles,
                out = sizeOf(getResult()) / particles;
  // Particles begin words.
  const int64_t most = packed ? 4 * in : in,
                least = packed && particles == 1 ? most - 3 : most;
  if (getParticles() < 1 || sizeOf(getInput()) % particles != 0 ||
      sizeOf(getResult()) % particles != 0)
    return emitOpError()
           << "(C1) expected input and result of whole particles, "
              "found "
           << getInput().getType() << " and " << getResult().getType()
           << " for " << getParticles();
  Type weightType = getWeight().getElementType();
  ArrayRef<int64_t> shape = getWeight().getType().getShape();
  if (shape.size() != 2 || shape[0] != out || shape[1] < least ||
      shape[1] > most ||
      !(weightType.isInteger(32) || (!packed && weightType.isInteger(64)))) {
    InFlightDiagnostic error = emitOpError();
    error << "(C1) expected weights of " << out << " x " << least;
    if (packed)
      error << " to " << most;
    return error << " integers for input " << getInput().getType() << ", found "
                 << getWeight().getType();
  }
  std::optional<UniformTensorFormat> data = getData().getUniform(),
                                     weight = getWeightFormat().getUniform();
  bool hasZeroPoint = data && codeScaleOf(*data).hasZeroPoint();
  if ((getBiasFormat() ? !getInit() : getInit() && !hasZeroPoint) ||
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
  if (!data || !weight ||
      (packed && (data->storageWidth() > 8 || weight->storageWidth() > 8)))
    return emitOpError() << "(C4) expected integer formats"
                         << (packed ? " of at most 8 bits" : "") << ", found "
                         << getData() << " and " << getWeightFormat();
  std::optional<std::string> mismatch = data->mismatch({getFanIn()});
  if (!mismatch)
    mismatch = weight->mismatch({out, getFanIn()});
  if (mismatch)
    return emitOpError() << "(C4) " << *mismatch;
  const int64_t lowest = hasSignedWeights() ? INT8_MIN : 0,
                highest = hasSignedWeights() ? INT8_MAX : UINT8_MAX;
  for (const APInt &code : getWeight().getValues<APInt>())
    if (packed &&
        (code.getSExtValue() < lowest || code.getSExtValue() > highest))
      return emitOpError() << "(C4) expected weights from " << lowest << " to "
                           << highest << " for 'dp4a', found "
                           << code.getSExtValue();
  if (getSparse() && (!packed || particles > 1))
    return emitOpError()
           << "(C6) expected 'sparse' with 'dp4a' of one particle "
              "only, found '"
           << stringifyDotKind(getKind()) << "' of " << getParticles();
  return verifySums();
}

/// (C5).
LogicalResult DotOp::verifySums() {
  const bool wide = getKind() == DotKind::Mad64;
  const int64_t most = wide ? 62 : 30, out = getFanOut();
  if (getModular() && (!wide || hasShift()))
    return emitOpError() << "(C5) expected modular sums of 64 bits without a "
                            "product shift";
  if (std::optional<ArrayRef<int64_t>> shifts = getProductShift()) {
    if (shifts->size() != 1 && int64_t(shifts->size()) != out)
      return emitOpError() << "(C5) expected one product shift or " << out
                           << ", found " << shifts->size();
    for (int64_t shift : *shifts)
      if (shift < 0 || shift > most)
        return emitOpError() << "(C5) expected a product shift in [0, " << most
                             << "], found " << shift;
  }
  if (getModular())
    return success();
  std::vector<int64_t> largest = largestCodes(*getData().getUniform());
  for (int64_t o = 0; o < out; ++o) {
    SmallVector<int64_t> row;
    for (int64_t i = 0; i < getFanIn(); ++i)
      row.push_back(getWeightCode(o, i));
    uint64_t start =
        getInit() ? APInt(getInit()->getValues<APInt>()[o]).abs().getZExtValue()
                  : 0;
    int needed =
        sumBits({row.data(), row.size()}, largest, int(getShift(o)), start);
    if (needed > (wide ? 64 : 32))
      return emitOpError() << "(C5) expected sums of at most "
                           << (wide ? 64 : 32) << " bits, found output " << o
                           << " with sums of " << needed;
  }
  return success();
}

LogicalResult kernel::LinearOp::verify() {
  const int64_t particles = std::max<int64_t>(getParticles(), 1),
                in = sizeOf(getInput()) / particles,
                out = sizeOf(getResult()) / particles;
  if (getParticles() < 1 || in * particles != sizeOf(getInput()) ||
      out * particles != sizeOf(getResult()))
    return emitOpError()
           << "(C1) expected input and result of whole particles, "
              "found "
           << getInput().getType() << " and " << getResult().getType()
           << " for " << getParticles();
  if (!isTable(getWeight(), {out, in}, Float32Type::get(getContext())))
    return emitOpError() << "(C1) expected a weight of " << out << " x " << in
                         << " f32 elements, found " << getWeight().getType();
  if (getBias())
    return verifyFloatTable(*this, 2, "a bias", *getBias(), out);
  return success();
}

//===----------------------------------------------------------------------===//
// ReduceOp, GatherOp
//===----------------------------------------------------------------------===//

int64_t ReduceOp::getParticles() {
  return sizeOf(getInput()) / sizeOf(getResult());
}

LogicalResult ReduceOp::verify() {
  Type in = getElementTypeOrSelf(getInput().getType()),
       out = getElementTypeOrSelf(getResult().getType());
  bool isFloat = in.isF32();
  if (sizeOf(getInput()) % sizeOf(getResult()) != 0 || isFloat != out.isF32() ||
      in.getIntOrFloatBitWidth() > out.getIntOrFloatBitWidth())
    return emitOpError() << "(C1) expected whole particles and elements of one "
                            "kind, found "
                         << getInput().getType() << " and "
                         << getResult().getType();
  std::optional<UniformTensorFormat> data;
  if (getData())
    data = getData()->getUniform();
  if (isFloat ? getData() || getInit() : !data || getFactor())
    return emitOpError() << "(C2) expected "
                         << (isFloat
                                 ? "neither a data format nor an init for f32"
                                 : "an integer data format and no factor for "
                                   "integers");
  int64_t size = sizeOf(getResult());
  if (data)
    if (std::optional<std::string> mismatch = data->mismatch({size}))
      return emitOpError() << "(C2) " << *mismatch;
  if (getInit() && !isTable(*getInit(), {size}, out))
    return emitOpError() << "(C3) expected an init of " << size
                         << " elements like the sums, found "
                         << getInit()->getType();
  if (!data)
    return success();
  int needed = reduceSums(getParticles(), /*isMean=*/false, *data)->width;
  if (unsigned(needed) > out.getIntOrFloatBitWidth())
    return emitOpError() << "(C4) expected sums of at least " << needed
                         << " bits, found " << getResult().getType();
  return success();
}

LogicalResult GatherOp::verify() {
  int64_t size = sizeOf(getResult());
  bool fits = int64_t(getOperands().size()) == size &&
              int64_t(getElements().size()) == size;
  for (auto [operand, element] : llvm::zip(getOperands(), getElements()))
    fits &= operand >= 0 && operand < int64_t(getInputs().size()) &&
            element >= 0 &&
            element < sizeOf(getInputs()[size_t(std::max<int64_t>(operand, 0)) %
                                         getInputs().size()]);
  if (fits)
    return success();
  return emitOpError() << "(C1) expected an element of an operand for each of "
                       << size << ", found " << getOperands().size() << " and "
                       << getElements().size();
}

//===----------------------------------------------------------------------===//
// Element-wise ops
//===----------------------------------------------------------------------===//

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
