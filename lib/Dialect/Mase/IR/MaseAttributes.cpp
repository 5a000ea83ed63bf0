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

NumberFormat FixedAttr::getNumberFormat() const { return getFormat(); }

std::optional<FixedPointFormat> FixedAttr::getFixedPoint() const {
  return getFormat();
}

//===----------------------------------------------------------------------===//
// FormatAttr
//===----------------------------------------------------------------------===//

llvm::hash_code mase::hash_value(const NumberFormat &format) {
  return llvm::hash_value(format.text());
}

NumberFormatAttrInterface mase::getFormatAttr(MLIRContext *context,
                                              const NumberFormat &format) {
  if (std::optional<FixedPointFormat> fixed = format.fixedPoint())
    return FixedAttr::get(context, *fixed);
  return FormatAttr::get(context, format);
}

NumberFormatAttrInterface mase::transposed(NumberFormatAttrInterface format) {
  auto turned = [&](auto result) -> NumberFormatAttrInterface {
    if (!result.axis)
      return format;
    result.axis = 1 - (*result.axis < 0 ? *result.axis + 2 : *result.axis);
    return getFormatAttr(format.getContext(), result);
  };
  NumberFormat number = format.getNumberFormat();
  if (const OpenFormat *open = number->open())
    return turned(*open);
  if (const UniformTensorFormat *uniform = number->uniform())
    return turned(*uniform);
  return format;
}

/// A number of a list, or alone.
static ParseResult parseNumber(AsmParser &parser, FormatValue &value) {
  double real = 0;
  int64_t integer = 0;
  OptionalParseResult parsed = parser.parseOptionalInteger(integer);
  if (parsed.has_value()) {
    value = integer;
    return *parsed;
  }
  if (parser.parseFloat(real))
    return failure();
  value = real;
  return success();
}

static ParseResult parseNumbers(AsmParser &parser, FormatValue &value) {
  std::vector<FormatValue> elements;
  if (parser.parseCommaSeparatedList(
          [&] { return parseNumber(parser, elements.emplace_back()); }) ||
      parser.parseRSquare())
    return failure();
  auto isInteger = [](const FormatValue &element) {
    return std::holds_alternative<int64_t>(element);
  };
  if (llvm::all_of(elements, isInteger)) {
    std::vector<int64_t> integers;
    for (const FormatValue &element : elements)
      integers.push_back(std::get<int64_t>(element));
    value = std::move(integers);
    return success();
  }
  std::vector<double> reals;
  for (const FormatValue &element : elements)
    reals.push_back(isInteger(element) ? double(std::get<int64_t>(element))
                                       : std::get<double>(element));
  value = std::move(reals);
  return success();
}

static ParseResult parseValue(AsmParser &parser, FormatValue &value) {
  std::string text;
  if (succeeded(parser.parseOptionalLSquare()))
    return parseNumbers(parser, value);
  if (succeeded(parser.parseOptionalKeyword("true")))
    value = true;
  else if (succeeded(parser.parseOptionalKeyword("false")))
    value = false;
  else if (succeeded(parser.parseOptionalString(&text)))
    value = text;
  else
    return parseNumber(parser, value);
  return success();
}

Attribute FormatAttr::parse(AsmParser &parser, Type) {
  std::string name;
  std::vector<FormatSetting> settings;
  std::vector<SMLoc> locations;
  if (parser.parseLess())
    return {};
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeywordOrString(&name))
    return {};
  while (succeeded(parser.parseOptionalComma())) {
    FormatSetting &setting = settings.emplace_back();
    locations.push_back(parser.getCurrentLocation());
    if (parser.parseKeywordOrString(&setting.key) || parser.parseEqual() ||
        parseValue(parser, setting.value))
      return {};
  }
  if (parser.parseGreater())
    return {};
  auto made = makeNumberFormat(name, settings);
  if (const FormatError *error = std::get_if<FormatError>(&made)) {
    parser.emitError(error->setting ? locations[*error->setting] : loc)
        << "(C1) " << error->message;
    return {};
  }
  return getFormatAttr(parser.getContext(), std::get<NumberFormat>(made));
}

void FormatAttr::print(AsmPrinter &printer) const {
  const NumberFormat &format = getFormat();
  printer << '<';
  printer.printKeywordOrString(
      StringRef(format->name().data(), format->name().size()));
  for (const FormatSetting &setting : format->settings()) {
    printer << ", ";
    printer.printKeywordOrString(setting.key);
    printer << " = " << toText(setting.value);
  }
  printer << '>';
}

NumberFormat FormatAttr::getNumberFormat() const { return getFormat(); }

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
    if (parser.parseEqual())
      return failure();
    SMLoc valueLoc = parser.getCurrentLocation();
    if (parser.parseAttribute(value))
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
