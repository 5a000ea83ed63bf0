// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ops in a stage: how they are written, and the verifiers of those that mix
// features. MaseKernelElementwise.cpp has the others'.
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "Tables.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"

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
