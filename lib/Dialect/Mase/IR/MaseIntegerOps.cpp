// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Verifiers of the integer level.
#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace mase;

static unsigned integerWidthOf(Value value) {
  return getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
}

static bool sameShape(Value a, Value b) {
  return cast<RankedTensorType>(a.getType()).getShape() ==
         cast<RankedTensorType>(b.getType()).getShape();
}

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

//===----------------------------------------------------------------------===//
// What integers are worth
//===----------------------------------------------------------------------===//

/// One element or a list of them.
template <typename Element>
static ParseResult parseOneOrList(AsmParser &parser,
                                  SmallVectorImpl<Element> &list,
                                  function_ref<ParseResult()> parseElement) {
  if (succeeded(parser.parseOptionalLSquare()))
    return failure(parser.parseCommaSeparatedList(parseElement) ||
                   parser.parseRSquare());
  return parseElement();
}

/// `frac 4`, `frac [7, 6]`, `scale 0.1` or a list of them.
ParseResult mase::parseSumScale(OpAsmParser &parser, DenseF32ArrayAttr &attr,
                                StringRef constraint) {
  SmallVector<float> scales;
  auto parseFraction = [&]() -> ParseResult {
    int64_t fracWidth = 0;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseInteger(fracWidth))
      return failure();
    // 2^-fracWidth is a binary32, which an integer's binary32 value times it
    // then is, too, but for overflow: its lowest bit is at least 2^-149.
    if (fracWidth < -127 || fracWidth > 149)
      return parser.emitError(loc)
             << constraint
             << " expected a fraction width in [-127, 149], found "
             << fracWidth;
    scales.push_back(exp2i(-int(fracWidth)));
    return success();
  };
  auto parseScale = [&]() -> ParseResult {
    double scale = 0;
    if (parser.parseFloat(scale))
      return failure();
    scales.push_back(float(scale));
    return success();
  };
  if (succeeded(parser.parseOptionalKeyword("scale"))) {
    if (parseOneOrList<float>(parser, scales, parseScale))
      return failure();
  } else if (parser.parseKeyword("frac") ||
             parseOneOrList<float>(parser, scales, parseFraction)) {
    return failure();
  }
  attr = DenseF32ArrayAttr::get(parser.getContext(), scales);
  return success();
}

template <typename Range, typename Print>
static void printOneOrList(AsmPrinter &printer, const Range &list,
                           Print print) {
  if (list.size() == 1)
    return print(list[0]);
  printer << '[';
  llvm::interleaveComma(list, printer, print);
  printer << ']';
}

void mase::printSumScale(OpAsmPrinter &printer, Operation *,
                         DenseF32ArrayAttr attr) {
  CodeScale scale;
  scale.scale.assign(attr.asArrayRef().begin(), attr.asArrayRef().end());
  if (std::optional<std::vector<int64_t>> fractions = scale.fractions()) {
    printer << "frac ";
    printOneOrList(printer, *fractions,
                   [&](int64_t fraction) { printer << fraction; });
    return;
  }
  printer << "scale ";
  printOneOrList(printer, scale.scale,
                 [&](float s) { printer << scaleText(s); });
}

ParseResult mase::parseCodeScale(OpAsmParser &parser, DenseF32ArrayAttr &scale,
                                 DenseI64ArrayAttr &zeroPoint,
                                 IntegerAttr &axis) {
  if (parseSumScale(parser, scale, "(C3)"))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("zero_point"))) {
    SmallVector<int64_t> list;
    if (parseOneOrList<int64_t>(parser, list, [&] {
          return parser.parseInteger(list.emplace_back());
        }))
      return failure();
    zeroPoint = DenseI64ArrayAttr::get(parser.getContext(), list);
  }
  if (succeeded(parser.parseOptionalKeyword("axis"))) {
    int64_t number = 0;
    if (parser.parseInteger(number))
      return failure();
    axis = parser.getBuilder().getI64IntegerAttr(number);
  }
  return success();
}

void mase::printCodeScale(OpAsmPrinter &printer, Operation *op,
                          DenseF32ArrayAttr scale, DenseI64ArrayAttr zeroPoint,
                          IntegerAttr axis) {
  printSumScale(printer, op, scale);
  if (zeroPoint) {
    printer << " zero_point ";
    printOneOrList(printer, zeroPoint.asArrayRef(),
                   [&](int64_t z) { printer << z; });
  }
  if (axis)
    printer << " axis " << axis.getInt();
}

/// The format's integers; an error (C1) where it has none.
static FailureOr<UniformTensorFormat>
integersOf(Operation *op, NumberFormatAttrInterface format,
           const Twine &what = "") {
  if (std::optional<UniformTensorFormat> uniform = format.getUniform())
    return *uniform;
  return op->emitOpError() << "(C1) expected an integer format" << what
                           << ", found " << format;
}

/// Why `format` has not as many slices as `value`; none if it has.
static std::optional<std::string> mismatch(NumberFormatAttrInterface format,
                                           Value value) {
  SmallVector<int64_t> shape(shapeOf(value));
  for (int64_t &size : shape)
    size = ShapedType::isDynamic(size) ? -1 : size;
  return format.getNumberFormat()->mismatch({shape.data(), shape.size()});
}

/// One scale, or one for each slice of `axis`.
static bool fitsSlices(size_t count, std::optional<int64_t> axis, Value value) {
  if (count == 1)
    return true;
  ArrayRef<int64_t> shape = shapeOf(value);
  if (!axis)
    return false;
  int64_t at = *axis < 0 ? *axis + int64_t(shape.size()) : *axis;
  return at >= 0 && at < int64_t(shape.size()) &&
         (ShapedType::isDynamic(shape[at]) || shape[at] == int64_t(count));
}

static bool arePositive(ArrayRef<float> scales) {
  return !scales.empty() && llvm::all_of(scales, [](float s) {
    return s > 0 && std::isfinite(s);
  });
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

LogicalResult QuantizeOp::verify() {
  FailureOr<UniformTensorFormat> format = integersOf(*this, getFormat());
  if (failed(format))
    return failure();
  if (!sameShape(getInput(), getResult()))
    return emitOpError()
           << "(C2) expected input and result of one shape, found "
           << getInput().getType() << " and " << getResult().getType();
  if (integerWidthOf(getResult()) != unsigned(format->storageWidth()))
    return emitOpError() << "(C3) expected integers of "
                         << format->storageWidth() << " bits for format "
                         << getFormat() << ", found " << getResult().getType();
  if (auto reason = mismatch(getFormat(), getInput()))
    return emitOpError() << "(C4) " << *reason;
  return success();
}

LogicalResult RoundOp::verify() {
  if (getFormat().getUniform())
    return emitOpError() << "(C2) expected a format that is no integer format, "
                            "found "
                         << getFormat();
  return success();
}

CodeScale DequantizeOp::getCodeScale() {
  CodeScale result;
  result.scale.assign(getScale().begin(), getScale().end());
  if (std::optional<ArrayRef<int64_t>> zeroPoint = getZeroPoint())
    result.zeroPoint.assign(zeroPoint->begin(), zeroPoint->end());
  if (std::optional<uint64_t> axis = getAxis())
    result.axis = int(int64_t(*axis));
  return result;
}

void DequantizeOp::build(OpBuilder &builder, OperationState &state, Value input,
                         const CodeScale &scale, bool isUnsigned) {
  auto type = cast<RankedTensorType>(input.getType());
  bool slices = scale.slices() > 1;
  build(builder, state, type.clone(builder.getF32Type()), input,
        builder.getDenseF32ArrayAttr(scale.scale),
        scale.hasZeroPoint() ? builder.getDenseI64ArrayAttr(scale.zeroPoint)
                             : DenseI64ArrayAttr(),
        slices ? builder.getI64IntegerAttr(*scale.axis) : IntegerAttr(),
        isUnsigned ? builder.getUnitAttr() : UnitAttr());
}

LogicalResult DequantizeOp::verify() {
  if (!sameShape(getInput(), getResult()))
    return emitOpError()
           << "(C1) expected input and result of one shape, found "
           << getInput().getType() << " and " << getResult().getType();
  unsigned most = getZeroPoint() ? 32 : getIsUnsigned() ? 63 : 64;
  if (integerWidthOf(getInput()) > most)
    return emitOpError() << "(C2) expected "
                         << (getIsUnsigned() ? "unsigned " : "")
                         << "integers of at most " << most << " bits"
                         << (getZeroPoint() ? " with a zero point" : "")
                         << ", found " << getInput().getType();
  if (!arePositive(getScale()))
    return emitOpError() << "(C3) expected positive scales, found "
                         << getScaleAttr();
  std::optional<int64_t> axis;
  if (getAxis())
    axis = int64_t(*getAxis());
  for (size_t count :
       {getScale().size(), getZeroPoint() ? getZeroPoint()->size() : 1})
    if (!fitsSlices(count, axis, getInput()))
      return emitOpError() << "(C4) expected one scale and zero point, or one "
                              "for each slice of the axis, found "
                           << count << " for " << getInput().getType();
  return success();
}

LinearSums IntLinearOp::getSums() {
  std::optional<UniformTensorFormat> bias;
  if (getBiasFormat())
    bias = getBiasFormat()->getUniform();
  ArrayRef<int64_t> weight = shapeOf(getWeight());
  std::optional<UniformTensorFormat> data = formatOfFeatures(
      *getData().getUniform(), int64_t(shapeOf(getInput()).size()));
  if (!data)
    return LinearSums();
  std::optional<LinearSums> sums =
      linearSums(weight[0], weight[1], *data, *getWeightFormat().getUniform(),
                 bias ? &*bias : nullptr);
  return sums.value_or(LinearSums());
}

LogicalResult IntLinearOp::verify() {
  if (bool(getBias()) != getBiasFormat().has_value())
    return emitOpError()
           << "(C1) expected a bias and a bias format, or neither, found only "
           << (getBias() ? "a bias" : "a bias format");
  auto stores = [&](Value codes, NumberFormatAttrInterface attr,
                    StringRef what) -> FailureOr<UniformTensorFormat> {
    FailureOr<UniformTensorFormat> format =
        integersOf(*this, attr, " for the " + what);
    if (succeeded(format) &&
        integerWidthOf(codes) != unsigned(format->storageWidth()))
      return emitOpError() << "(C1) expected " << what << " codes of "
                           << format->storageWidth() << " bits for format "
                           << attr << ", found " << codes.getType();
    return format;
  };
  FailureOr<UniformTensorFormat> data = stores(getInput(), getData(), "input");
  if (failed(data))
    return failure();
  FailureOr<UniformTensorFormat> weight =
      stores(getWeight(), getWeightFormat(), "weight");
  if (failed(weight))
    return failure();
  std::optional<UniformTensorFormat> bias;
  if (getBias()) {
    FailureOr<UniformTensorFormat> format =
        stores(getBias(), *getBiasFormat(), "bias");
    if (failed(format))
      return failure();
    bias = *format;
  }
  ArrayRef<int64_t> x = shapeOf(getInput()), w = shapeOf(getWeight()),
                    y = shapeOf(getResult());
  if (ShapedType::isDynamicShape(w) || x.back() != w[1] || y.back() != w[0] ||
      x.drop_back() != y.drop_back() ||
      (getBias() && shapeOf(getBias())[0] != w[0]))
    return emitOpError() << "(C2) expected input [batch, in], static weight "
                            "[out, in], bias [out] and result [batch, out], or "
                            "input and result with particles";
  std::optional<std::string> reason = mismatch(getData(), getInput());
  if (!reason)
    reason = mismatch(getWeightFormat(), getWeight());
  if (!reason && getBias())
    reason = mismatch(*getBiasFormat(), getBias());
  if (reason)
    return emitOpError() << "(C4) " << *reason;
  std::optional<UniformTensorFormat> features =
      formatOfFeatures(*data, int64_t(x.size()));
  if (!features)
    return emitOpError() << "(C4) expected one format for all particles, found "
                         << getData();
  std::optional<LinearSums> sums =
      linearSums(w[0], w[1], *features, *weight, bias ? &*bias : nullptr);
  if (!sums)
    return emitOpError() << "(C4) expected scales of the input features that "
                            "are one scale times powers of two, found "
                         << getData() << " and " << getWeightFormat();
  if (bias && !sums->biasInSum)
    return emitOpError() << "(C4) expected a bias on the grid of the sums, "
                            "found "
                         << *getBiasFormat();
  if (integerWidthOf(getResult()) < unsigned(sums->width))
    return emitOpError() << "(C3) expected sums of at least " << sums->width
                         << " bits, so that none overflows, found "
                         << getResult().getType();
  return success();
}

LogicalResult IntReduceOp::verify() {
  FailureOr<UniformTensorFormat> data = integersOf(*this, getData());
  if (failed(data))
    return failure();
  if (integerWidthOf(getInput()) != unsigned(data->storageWidth()))
    return emitOpError() << "(C1) expected codes of " << data->storageWidth()
                         << " bits for format " << getData() << ", found "
                         << getInput().getType();
  if (auto reason = mismatch(getData(), getInput()))
    return emitOpError() << "(C1) " << *reason;
  std::optional<UniformTensorFormat> features = formatOfFeatures(*data, 3);
  if (!features)
    return emitOpError() << "(C1) expected one format for all particles, found "
                         << getData();
  ArrayRef<int64_t> x = shapeOf(getInput()), y = shapeOf(getResult());
  if (ShapedType::isDynamicShape(x.drop_front()) || x[0] != y[0] ||
      x[2] != y[1])
    return emitOpError() << "(C2) expected input [batch, particles, features] "
                            "and result [batch, features], found "
                         << getInput().getType() << " and "
                         << getResult().getType();
  int width = reduceSums(x[1], /*isMean=*/false, *features)->width;
  if (integerWidthOf(getResult()) < unsigned(width))
    return emitOpError() << "(C3) expected sums of at least " << width
                         << " bits, so that none overflows, found "
                         << getResult().getType();
  return success();
}

/// Affine parameters of `value`, whose dimension `axis` are the features.
static bool oneEachFeature(Value value, int64_t axis, Value parameter) {
  return shapeOf(parameter)[0] == shapeOf(value)[axis];
}

std::optional<AffineParameters> AffineOp::getAffineParameters() {
  auto scale = getConstantF32(getScale()), shift = getConstantF32(getShift());
  if (!scale || !shift)
    return std::nullopt;
  AffineParameters parameters;
  parameters.scale = std::move(*scale);
  parameters.shift = std::move(*shift);
  return parameters;
}

int64_t AffineOp::getFeatureAxis() { return int64_t(getAxis()); }

LogicalResult AffineOp::verify() {
  if (getInput().getType() != getResult().getType() ||
      shapeOf(getInput()).size() < 2)
    return emitOpError() << "(C1) expected input and result of one type, of "
                            "rank 2 or more, found "
                         << getInput().getType() << " and "
                         << getResult().getType();
  int64_t axis = getFeatureAxis(), rank = int64_t(shapeOf(getInput()).size());
  if (axis < 1 || axis >= rank)
    return emitOpError() << "(C3) expected an axis of 1 to " << rank - 1
                         << ", found " << axis;
  for (Value parameter : {getScale(), getShift()})
    if (!oneEachFeature(getInput(), axis, parameter))
      return emitOpError() << "(C2) expected scale and shift of "
                           << shapeOf(getInput())[axis] << " elements, found "
                           << parameter.getType();
  return success();
}

CodeScale RequantizeOp::getCodeScale() {
  CodeScale result;
  result.scale.assign(getSumScale().begin(), getSumScale().end());
  if (result.scale.size() > 1)
    result.axis = int(shapeOf(getInput()).size()) - 1;
  return result;
}

LogicalResult RequantizeOp::verify() {
  std::optional<UniformTensorFormat> format = getFormat().getUniform();
  if (!format ||
      integerWidthOf(getResult()) != unsigned(format->storageWidth()))
    return emitOpError() << "(C1) expected an integer format and integers as "
                            "wide, found "
                         << getFormat() << " and " << getResult().getType();
  if (!sameShape(getInput(), getResult()))
    return emitOpError()
           << "(C2) expected input and result of one shape, found "
           << getInput().getType() << " and " << getResult().getType();
  int64_t last = int64_t(shapeOf(getInput()).size()) - 1;
  if (bool(getScale()) != bool(getShift()) ||
      (getScale() && (!oneEachFeature(getInput(), last, getScale()) ||
                      !oneEachFeature(getInput(), last, getShift()))))
    return emitOpError() << "(C3) expected both scale and shift, of "
                         << shapeOf(getInput())[last]
                         << " elements, or neither";
  if (integerWidthOf(getInput()) > 64 || !arePositive(getSumScale()) ||
      !fitsSlices(getSumScale().size(), last, getInput()))
    return emitOpError() << "(C4) expected integers of at most 64 bits and one "
                            "positive scale, or one for each feature, found "
                         << getInput().getType() << " and "
                         << getSumScaleAttr();
  if (auto reason = mismatch(getFormat(), getInput()))
    return emitOpError() << "(C5) " << *reason;
  return success();
}
