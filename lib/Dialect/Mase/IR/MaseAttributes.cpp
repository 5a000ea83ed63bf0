// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Number formats and precisions: text form, constraints, rounding of tensors.
#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mase;

#include "mase/Dialect/Mase/IR/MaseAttrInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "mase/Dialect/Mase/IR/MaseAttributes.cpp.inc"

void MaseDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "mase/Dialect/Mase/IR/MaseAttributes.cpp.inc"
      >();
}

StringRef mase::stringify(OperandRole role) {
  switch (role) {
  case OperandRole::DataIn:
    return "data_in";
  case OperandRole::Weight:
    return "weight";
  case OperandRole::Bias:
    return "bias";
  case OperandRole::DataOut:
    return "data_out";
  }
  return {};
}

//===----------------------------------------------------------------------===//
// FixedAttr
//===----------------------------------------------------------------------===//

Attribute FixedAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  int64_t width = 0, fracWidth = 0;
  bool isSigned = true, floor = false;
  if (parser.parseLess() || parser.parseInteger(width) || parser.parseComma() ||
      parser.parseInteger(fracWidth))
    return {};
  while (succeeded(parser.parseOptionalComma())) {
    if (succeeded(parser.parseOptionalKeyword("unsigned")))
      isSigned = false;
    else if (succeeded(parser.parseOptionalKeyword("floor")))
      floor = true;
    else {
      parser.emitError(parser.getCurrentLocation(),
                       "expected 'unsigned' or 'floor'");
      return {};
    }
  }
  if (parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    width, fracWidth, isSigned, floor);
}

void FixedAttr::print(AsmPrinter &printer) const {
  printer << '<' << getWidth() << ", " << getFracWidth();
  if (!getIsSigned())
    printer << ", unsigned";
  if (getFloor())
    printer << ", floor";
  printer << '>';
}

LogicalResult FixedAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                int64_t width, int64_t fracWidth, bool, bool) {
  if (width < 1 || width > FixedPointFormat::kMaxWidth)
    return emitError() << "(C1) expected a width in [1, "
                       << FixedPointFormat::kMaxWidth << "], found " << width;
  if (fracWidth < FixedPointFormat::kMinFracWidth ||
      fracWidth > FixedPointFormat::kMaxFracWidth)
    return emitError() << "(C2) expected a fraction width in ["
                       << FixedPointFormat::kMinFracWidth << ", "
                       << FixedPointFormat::kMaxFracWidth << "], found "
                       << fracWidth;
  return success();
}

FixedPointFormat FixedAttr::getFormat() const {
  FixedPointFormat format;
  format.width = int(getWidth());
  format.fracWidth = int(getFracWidth());
  format.isSigned = getIsSigned();
  format.rounding = getFloor() ? Rounding::Floor : Rounding::NearestEven;
  return format;
}

StringRef FixedAttr::getFormatName() const {
  return getFloor() ? "integer_floor" : "integer";
}

int64_t FixedAttr::getPackedBits(ArrayRef<int64_t> shape) const {
  return getWidth() * ShapedType::getNumElements(shape);
}

void FixedAttr::quantizeTensor(ArrayRef<float> in, ArrayRef<int64_t>,
                               MutableArrayRef<float> out) const {
  FixedPointFormat format = getFormat();
  for (auto [from, to] : llvm::zip_equal(in, out))
    to = mase::quantize(from, format);
}

int64_t FixedAttr::countSaturated(ArrayRef<float> values,
                                  ArrayRef<int64_t>) const {
  FixedPointFormat format = getFormat();
  return llvm::count_if(values, [&](float x) { return saturates(x, format); });
}

std::optional<FixedPointFormat> FixedAttr::getFixedPoint() const {
  return getFormat();
}

NumberFormatAttrInterface FixedAttr::getUnsignedVariant() const {
  return FixedAttr::get(getContext(), getWidth(), getFracWidth(),
                        /*isSigned=*/false, getFloor());
}

//===----------------------------------------------------------------------===//
// PrecisionAttr
//===----------------------------------------------------------------------===//

Attribute PrecisionAttr::parse(AsmParser &parser, Type) {
  NumberFormatAttrInterface formats[std::size(kAllRoles)];
  auto parseMember = [&]() -> ParseResult {
    SMLoc loc = parser.getCurrentLocation();
    StringRef keyword;
    Attribute value;
    if (parser.parseKeyword(&keyword))
      return failure();
    const OperandRole *role = llvm::find_if(
        kAllRoles, [&](OperandRole r) { return stringify(r) == keyword; });
    if (role == std::end(kAllRoles))
      return parser.emitError(loc)
             << "expected 'data_in', 'weight', 'bias' or 'data_out', found '"
             << keyword << "'";
    auto &slot = formats[size_t(*role)];
    if (slot)
      return parser.emitError(loc) << "'" << keyword << "' is given twice";
    SMLoc valueLoc;
    if (parser.parseEqual() ||
        (valueLoc = parser.getCurrentLocation(), parser.parseAttribute(value)))
      return failure();
    slot = dyn_cast<NumberFormatAttrInterface>(value);
    if (!slot)
      return parser.emitError(valueLoc)
             << "(C1) expected a number format, found " << value;
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseMember))
    return {};
  return get(parser.getContext(), formats[0], formats[1], formats[2],
             formats[3]);
}

void PrecisionAttr::print(AsmPrinter &printer) const {
  printer << '<';
  bool first = true;
  for (OperandRole role : kAllRoles)
    if (NumberFormatAttrInterface format = getFormat(role)) {
      printer << (first ? "" : ", ") << stringify(role) << " = " << format;
      first = false;
    }
  printer << '>';
}

NumberFormatAttrInterface PrecisionAttr::getFormat(OperandRole role) const {
  switch (role) {
  case OperandRole::DataIn:
    return getDataIn();
  case OperandRole::Weight:
    return getWeight();
  case OperandRole::Bias:
    return getBias();
  case OperandRole::DataOut:
    return getDataOut();
  }
  return {};
}
