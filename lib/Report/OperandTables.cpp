// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a measurement says, as tables and warnings.
#include "OperandTables.h"

#include "mase/Analysis/Report.h"
#include "mase/Dialect/Mase/IR/Samples.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"
#include "mase/Support/Quoting.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace mase;

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

static std::vector<Cell> rowOf(StringRef layer, OperandRole role,
                               NumberFormatAttrInterface format,
                               const OperandQuality &q,
                               std::optional<int64_t> notFinite) {
  return {Cell::of(layer.empty() ? "-" : layer),
          Cell::of(stringify(role)),
          Cell::of(q.minimum, 3, /*significant=*/true),
          Cell::of(q.maximum, 3, /*significant=*/true),
          Cell::of(100 * q.saturated, 2),
          Cell::of(100 * q.zero, 1),
          Cell::of(q.sqnr, 1),
          Cell::of(q.entropy, 2),
          notFinite ? Cell::of(*notFinite) : Cell::none(),
          Cell::of(describeFormat(format))};
}

/// The codes of a constant of the integer level as numbers. They have been
/// rounded: what that cost is not known any more.
static std::optional<std::vector<float>>
valuesOfCodes(Value value, const UniformTensorFormat &format) {
  DenseElementsAttr attr;
  if (!matchPattern(value, m_Constant(&attr)) ||
      !attr.getElementType().isInteger())
    return std::nullopt;
  ArrayRef<int64_t> shape = attr.getType().getShape();
  CodeScale scale = codeScaleOf(format);
  std::vector<float> values;
  for (auto [i, code] : llvm::enumerate(attr.getValues<APInt>()))
    values.push_back(
        scale.valueOf(format.common.isSigned ? code.getSExtValue()
                                             : int64_t(code.getZExtValue()),
                      scale.sliceOf(int64_t(i), {shape.data(), shape.size()})));
  return values;
}

/// The layer whose format a rounding op has, where the op says so.
static std::optional<StringRef> ownerOf(Operation *op) {
  if (auto quantize = dyn_cast<QuantizeOp>(op))
    return quantize.getLayer();
  if (auto requantize = dyn_cast<RequantizeOp>(op))
    return requantize.getLayer();
  return std::nullopt;
}

/// What formats are applied to: "2000 samples, by a profile".
static std::string subjectOf(const std::optional<Measurement> &measurement) {
  if (!measurement)
    return "parameters";
  std::string source = measurement->isEstimate ? ", by a profile" : "";
  if (measurement->notFinite.value_or(0) > 0)
    source = llvm::formatv(", {0} of whose values {1} not finite",
                           *measurement->notFinite,
                           *measurement->notFinite == 1 ? "is" : "are");
  return llvm::formatv("{0} samples{1}", measurement->samples, source);
}

/// The values that a layer's parameter had before calibration rounded it, in
/// the order of `value`; empty: none, or not known.
static SmallVector<float> originalOf(Operation *op, StringRef layer,
                                     OperandRole role, Value value) {
  auto module = op->getParentOfType<ModuleOp>();
  auto calibrations = module.getOps<CalibrationOp>();
  if (calibrations.empty())
    return {};
  auto kept =
      (*calibrations.begin()).getParameters().getAs<DictionaryAttr>(layer);
  auto values = kept ? kept.getAs<DenseElementsAttr>(stringify(role))
                     : DenseElementsAttr();
  auto type = cast<RankedTensorType>(value.getType());
  if (!values || values.getNumElements() != type.getNumElements())
    return {};
  SmallVector<float> result(values.getValues<float>());
  auto product = dyn_cast<ProductOpInterface>(op);
  if (role == OperandRole::Weight && product && product.isWeightInOut())
    return transposed(ArrayRef<float>(result), values.getType().getDimSize(0));
  return result;
}

Table mase::operandTable(ModuleOp module,
                         const std::optional<Measurement> &measurement) {
  Table table;
  table.key = "operands";
  table.heading = llvm::formatv("What formats do to {0} (shares in %, SQNR in "
                                "dB, entropy in bits):",
                                subjectOf(measurement));
  ArrayRef<Operand> operands;
  if (measurement)
    operands = measurement->operands;
  bool allFinite = llvm::all_of(
      operands, [](const Operand &o) { return o.statistics.notFinite == 0; });
  table.columns = {{"layer", "layer", true},
                   {"operand", "operand", true},
                   {"min", "minimum"},
                   {"max", "maximum"},
                   {"sat.", "saturated_percent"},
                   {"zero", "zero_percent"},
                   {"SQNR", "sqnr_db"},
                   {"bits", "entropy_bits"},
                   {"not finite", "not_finite", false, /*isExtra=*/allFinite},
                   {"format", "format", true, /*isExtra=*/true}};

  auto addActivations = [&](StringRef layer, OperandRole role) {
    for (const Operand &operand : operands)
      if (operand.layer == layer && operand.role == role)
        if (std::optional<OperandQuality> quality = operand.quality())
          table.rows.push_back(rowOf(layer, role, operand.format, *quality,
                                     operand.statistics.notFinite));
  };
  auto addParameter = [&](Operation *op, Value value, StringRef layer,
                          OperandRole role, NumberFormatAttrInterface format) {
    if (!format || !value)
      return;
    NumberFormat number = format.getNumberFormat();
    if (number->open())
      return;
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(value.getType()).getShape();
    if (auto values = getConstantF32(value)) {
      table.rows.push_back(rowOf(
          layer, role, format,
          measureQuality(*values, shape, number,
                         originalOf(op, layer, role, value)),
          llvm::count_if(*values, [](float x) { return !std::isfinite(x); })));
    } else if (auto codes = number->uniform()
                                ? valuesOfCodes(value, *number->uniform())
                                : std::nullopt) {
      table.rows.push_back(rowOf(layer, role, format,
                                 measureQuality(*codes, shape, number),
                                 std::nullopt));
      table.rows.back()[4] = table.rows.back()[6] = Cell::none();
    }
  };
  llvm::StringSet<> named;
  module.walk([&](Operation *op) {
    if (auto layer = dyn_cast<QuantizableOpInterface>(op))
      named.insert(cast<LayerOpInterface>(op).getLayerName());
    else if (auto linear = dyn_cast<IntLinearOp>(op))
      named.insert(linear.getLayer());
  });
  module.walk([&](Operation *op) {
    if (auto layer = dyn_cast<QuantizableOpInterface>(op)) {
      StringRef name = cast<LayerOpInterface>(op).getLayerName();
      addActivations(name, OperandRole::DataIn);
      if (PrecisionAttr precision = layer.getLayerPrecision())
        for (auto [operand, role] : {std::pair(1u, OperandRole::Weight),
                                     std::pair(2u, OperandRole::Bias)})
          if (!layer.getParameterShape(role).empty())
            addParameter(op, op->getOperand(operand), name, role,
                         precision.getFormat(role));
      addActivations(name, OperandRole::DataOut);
    } else if (auto linear = dyn_cast<IntLinearOp>(op)) {
      addActivations(linear.getLayer(), OperandRole::DataIn);
      addParameter(op, linear.getWeight(), linear.getLayer(),
                   OperandRole::Weight, linear.getWeightFormat());
      addParameter(
          op, linear.getBias(), linear.getLayer(), OperandRole::Bias,
          linear.getBiasFormat().value_or(NumberFormatAttrInterface()));
      addActivations(linear.getLayer(), OperandRole::DataOut);
    } else if (std::optional<StringRef> name = ownerOf(op);
               name && named.insert(*name).second) {
      // A layer of which nothing but its formats is left.
      addActivations(*name, OperandRole::DataIn);
      addActivations(*name, OperandRole::DataOut);
    }
  });
  // Formats that say no layer.
  addActivations("", OperandRole::DataIn);
  return table;
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

Table mase::sumTable(const Measurement &measurement) {
  Table table;
  table.key = "sums";
  table.heading = "Range of the integer sums, and the bits that it needs of "
                  "the accumulator's:";
  table.columns = {{"layer", "layer", true},
                   {"min", "minimum"},
                   {"max", "maximum"},
                   {"needed bits", "needed_bits"},
                   {"accumulator bits", "accumulator_bits"}};
  for (const Operand &operand : measurement.operands) {
    if (!operand.sums)
      continue;
    const LinearSums &sums = *operand.sums;
    const TensorStatistics &seen = operand.statistics;
    // Sums of up to 24 bits are exact as binary32.
    double least = seen.minimum / double(sums.scaleOf(0)),
           greatest = seen.maximum / double(sums.scaleOf(0));
    for (size_t o = 0; sums.scale.size() > 1 && o < seen.featureMinimum.size();
         ++o) {
      double low = double(seen.featureMinimum[o]) / double(sums.scaleOf(o)),
             high = double(seen.featureMaximum[o]) / double(sums.scaleOf(o));
      least = o ? std::min(least, low) : low;
      greatest = o ? std::max(greatest, high) : high;
    }
    double magnitude = std::max(std::fabs(least), std::fabs(greatest));
    int64_t needed = magnitude < 1 ? 1 : int64_t(std::ilogb(magnitude)) + 2;
    table.rows.push_back({Cell::of(operand.layer), Cell::of(least, 0),
                          Cell::of(greatest, 0), Cell::of(needed),
                          Cell::of(int64_t(sums.width))});
  }
  return table;
}

//===----------------------------------------------------------------------===//
// Warnings
//===----------------------------------------------------------------------===//

/// "1, 3, 5 and 7 more".
static std::string listOf(ArrayRef<size_t> numbers) {
  constexpr size_t kMost = 8;
  std::string text;
  for (size_t i = 0; i < std::min(numbers.size(), kMost); ++i)
    text += (i ? ", " : "") + std::to_string(numbers[i]);
  if (numbers.size() > kMost)
    text += " and " + std::to_string(numbers.size() - kMost) + " more";
  return text;
}

/// The channels whose values are all the same.
static std::vector<size_t> constantChannels(const TensorStatistics &s) {
  std::vector<size_t> constant;
  for (size_t f = 0; f < s.featureMinimum.size(); ++f)
    if (s.featureMinimum[f] == s.featureMaximum[f])
      constant.push_back(f);
  return constant;
}

/// The channels of a layer's result that are constant, where it is the layer
/// that makes them so: not those that come in constant already, which another
/// layer is warned of.
static std::vector<size_t> deadChannels(const Operand &out,
                                        ArrayRef<Operand> operands) {
  std::vector<size_t> dead = constantChannels(out.statistics);
  if (out.kind == Operand::Kind::Product)
    return dead;
  if (out.kind == Operand::Kind::Other)
    return {};
  for (const Operand &in : operands)
    if (in.layer == out.layer && in.type == out.type &&
        in.role == OperandRole::DataIn) {
      std::vector<size_t> before = constantChannels(in.statistics);
      llvm::erase_if(dead,
                     [&](size_t f) { return llvm::is_contained(before, f); });
    }
  return dead;
}

void mase::diagnose(ModuleOp module, const Measurement &measurement,
                    const JudgedPrecisions *judged) {
  module.walk([&](QuantizableOpInterface op) {
    if (!judged || !judged->contains(op))
      warnOfSaturation(op, op.getLayerPrecision());
  });
  std::string samples =
      "all " + std::to_string(measurement.samples) + " samples";
  for (const Operand &operand : measurement.operands) {
    const TensorStatistics &s = operand.statistics;
    std::string name = quoted(operand.layer) + " (" + operand.type + ")";
    if (operand.role == OperandRole::DataIn) {
      std::optional<OperandQuality> quality = operand.quality();
      if (quality && quality->saturated > kMaxSaturated)
        emitWarning(operand.loc)
            << llvm::formatv("{0:F1}", 100 * quality->saturated).str()
            << " % of the values that enter layer " << name << " saturate in "
            << operand.format << ": they go from "
            << llvm::formatv("{0}", s.minimum).str() << " to "
            << llvm::formatv("{0}", s.maximum).str();
      continue;
    }
    // One sample says nothing about what varies.
    if (measurement.samples < 2 || s.count == 0)
      continue;
    size_t channels = s.featureMinimum.size();
    if (constantChannels(s).size() == channels) {
      emitWarning(operand.loc)
          << "layer " << name << " is dead: its result is the same for "
          << samples;
      continue;
    }
    std::vector<size_t> dead = deadChannels(operand, measurement.operands);
    if (dead.empty())
      continue;
    bool isZero =
        llvm::all_of(dead, [&](size_t f) { return s.featureMaximum[f] == 0; });
    emitWarning(operand.loc)
        << dead.size() << " of " << channels << " channels of layer " << name
        << (dead.size() == 1 ? " is dead: " : " are dead: ")
        << (isZero ? "0 for " : "the same for ") << samples << " ("
        << listOf(dead) << ")";
  }
}
