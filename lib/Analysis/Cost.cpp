// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Costs of layers, and the tables of --mase-report.
#include "mase/Analysis/Cost.h"

#include "LoweredCost.h"

#include "mase/Analysis/Activations.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mase;

Cost &Cost::operator+=(const Cost &other) {
  parameters += other.parameters;
  macs += other.macs;
  thopFlops += other.thopFlops;
  bitops += other.bitops;
  ebops += other.ebops;
  parameterBits += other.parameterBits;
  packedBytes += other.packedBytes;
  maseWeights += other.maseWeights;
  maseWeightBits += other.maseWeightBits;
  return *this;
}

static void addTensor(Cost &cost, ArrayRef<int64_t> shape,
                      NumberFormatAttrInterface format) {
  int64_t elements = ShapedType::getNumElements(shape);
  int64_t bits = format ? format.getPackedBits(shape) : elements * kFloatBits;
  cost.parameters += elements;
  cost.parameterBits += bits;
  cost.packedBytes += llvm::divideCeil(bits, 8);
}

/// What thop has a rule for: modules, not functions.
static int64_t thopFlopsOf(LayerOpInterface op) {
  if (isa<LinearOp>(*op))
    return op.getMacs();
  if (isa<BatchNormOp>(*op))
    return thopAffineFlops(op.getMacs());
  if (auto softmax = dyn_cast<SoftmaxOp>(*op)) {
    ArrayRef<int64_t> shape =
        cast<ShapedType>(softmax.getResult().getType()).getShape().drop_front();
    int64_t n = shape.back(), rows = ShapedType::isDynamicShape(shape)
                                         ? 0
                                         : ShapedType::getNumElements(shape) /
                                               std::max<int64_t>(n, 1);
    return rows * (3 * n - 1);
  }
  return 0;
}

LayerCosts::LayerCosts(LayerOpInterface layer)
    : op(dyn_cast<QuantizableOpInterface>(*layer)) {
  fixed.macs = layer.getMacs();
  fixed.thopFlops = thopFlopsOf(layer);
  if (int64_t plain = layer.getUnquantizedParameterCount())
    addTensor(fixed, plain, {});
  if (!op)
    return;
  weightShape = op.getParameterShape(OperandRole::Weight);
  biasShape = op.getParameterShape(OperandRole::Bias);
}

int64_t LayerCosts::weightSpan(NumberFormatAttrInterface format) {
  auto [it, isNew] = spans.try_emplace(format, 0);
  if (!isNew)
    return it->second;
  int64_t elements = ShapedType::getNumElements(weightShape);
  std::optional<FixedPointFormat> fixedPoint = getFixedPointOf(format);
  std::optional<SmallVector<float>> weights = getConstantF32(op->getOperand(1));
  int64_t &span = it->second;
  if (!weights)
    // Not known: whole codes.
    return span = elements * (fixedPoint ? fixedPoint->width : kFloatBits);
  for (float weight : *weights)
    span += fixedPoint ? effectiveBits(quantizeToCode(weight, *fixedPoint))
                       : (weight != 0 ? kFloatBits : 0);
  return span;
}

Cost LayerCosts::in(PrecisionAttr precision) {
  Cost cost = fixed;
  auto formatOf = [&](OperandRole role) {
    return precision ? precision.getFormat(role) : NumberFormatAttrInterface();
  };
  if (!weightShape.empty()) {
    NumberFormatAttrInterface weight = formatOf(OperandRole::Weight);
    int64_t before = cost.parameterBits;
    addTensor(cost, weightShape, weight);
    if (weight && isa<LinearOp>(*op)) {
      cost.maseWeights = ShapedType::getNumElements(weightShape);
      cost.maseWeightBits = cost.parameterBits - before;
    }
    NumberFormatAttrInterface data = formatOf(OperandRole::DataIn);
    cost.bitops = fixed.macs * operandBits(data) * operandBits(weight);
    cost.ebops = weightSpan(weight) * operandBits(data);
  }
  if (!biasShape.empty())
    addTensor(cost, biasShape, formatOf(OperandRole::Bias));
  return cost;
}

LayerCost mase::getLayerCost(LayerOpInterface op, PrecisionAttr precision) {
  return {LayerCosts(op).in(precision), op.getLayerName().str(),
          op.getLayerType().str()};
}

std::vector<LayerCost> mase::getLayerCosts(Operation *root) {
  std::vector<LayerCost> costs;
  root->walk([&](Operation *op) {
    if (auto layer = dyn_cast<LayerOpInterface>(op)) {
      auto quantizable = dyn_cast<QuantizableOpInterface>(op);
      costs.push_back(getLayerCost(layer, quantizable
                                              ? quantizable.getLayerPrecision()
                                              : PrecisionAttr()));
    } else if (std::optional<LayerCost> cost = getLoweredCost(op)) {
      costs.push_back(*std::move(cost));
    }
  });
  return costs;
}

NetworkCost mase::getNetworkCost(Operation *root, ArrayRef<LayerCost> layers) {
  NetworkCost total;
  for (const LayerCost &layer : layers)
    total += layer;
  root->walk([&](func::FuncOp function) {
    if (std::optional<Activations> activations = Activations::create(function);
        activations && !activations->layers().empty()) {
      std::vector<ActivationFormats> formats;
      for (Operation *op : activations->layers()) {
        auto layer = dyn_cast<QuantizableOpInterface>(op);
        formats.push_back(ActivationFormats::of(
            layer ? layer.getLayerPrecision() : PrecisionAttr()));
      }
      total.activationBytes = std::max(total.activationBytes.value_or(0),
                                       activations->largestBytes(formats));
    }
  });
  return total;
}

constexpr llvm::StringLiteral kColumns[] = {
    "layer", "type", "parameters", "macs", "packed bytes", "bits a parameter"};

static std::vector<std::string> toRow(StringRef name, StringRef type,
                                      int64_t parameters, int64_t macs,
                                      int64_t bytes, double bits) {
  return {name.str(),
          type.str(),
          std::to_string(parameters),
          std::to_string(macs),
          std::to_string(bytes),
          parameters ? llvm::formatv("{0:F2}", bits).str() : "-"};
}

static void printTable(ArrayRef<std::vector<std::string>> rows,
                       raw_ostream &os) {
  constexpr size_t columns = std::size(kColumns);
  size_t widths[columns];
  for (size_t c = 0; c < columns; ++c) {
    widths[c] = kColumns[c].size();
    for (const auto &row : rows)
      widths[c] = std::max(widths[c], row[c].size());
  }
  auto rule = [&] {
    for (size_t c = 0; c < columns; ++c)
      os << (c ? "+" : "|") << std::string(widths[c] + 2, '-');
    os << "|\n";
  };
  auto line = [&](auto &&cell) {
    for (size_t c = 0; c < columns; ++c) {
      StringRef text = cell(c);
      // Names to the left, numbers to the right.
      os << "| "
         << (c < 2 ? llvm::left_justify(text, widths[c])
                   : llvm::right_justify(text, widths[c]))
         << ' ';
    }
    os << "|\n";
  };
  line([](size_t c) { return StringRef(kColumns[c]); });
  rule();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i + 1 == rows.size())
      rule();
    line([&](size_t c) { return StringRef(rows[i][c]); });
  }
}

static void printJson(ArrayRef<LayerCost> layers, const NetworkCost &total,
                      raw_ostream &os) {
  llvm::json::OStream json(os, 2);
  json.object([&] {
    json.attributeArray("layers", [&] {
      for (const LayerCost &layer : layers)
        json.object([&] {
          json.attribute("name", layer.name);
          json.attribute("type", layer.type);
          json.attribute("parameters", layer.parameters);
          json.attribute("macs", layer.macs);
          json.attribute("flops", layer.flops());
          json.attribute("thop_flops", layer.thopFlops);
          json.attribute("bitops", layer.bitops);
          json.attribute("ebops", layer.ebops);
          json.attribute("packed_bytes", layer.packedBytes);
          json.attribute("average_bits", layer.averageBits());
        });
    });
    json.attribute("parameters", total.parameters);
    json.attribute("macs", total.macs);
    json.attribute("flops", total.flops());
    json.attribute("thop_flops", total.thopFlops);
    json.attribute("bitops", total.bitops);
    json.attribute("ebops", total.ebops);
    json.attribute("model_bytes", total.packedBytes);
    if (total.activationBytes)
      json.attribute("activation_bytes", *total.activationBytes);
    json.attribute("average_bitwidth", total.averageBitwidth());
    json.attribute("average_bitwidth_all", total.averageBits());
  });
  os << '\n';
}

void mase::printCosts(ArrayRef<LayerCost> layers, const NetworkCost &total,
                      ReportFormat format, raw_ostream &os) {
  std::vector<std::vector<std::string>> rows;
  for (const LayerCost &layer : layers)
    rows.push_back(toRow(layer.name, layer.type, layer.parameters, layer.macs,
                         layer.packedBytes, layer.averageBits()));
  if (format == ReportFormat::Json)
    return printJson(layers, total, os);
  rows.push_back(toRow("total", "", total.parameters, total.macs,
                       total.packedBytes, total.averageBits()));
  if (format == ReportFormat::Csv) {
    os << llvm::join(ArrayRef(kColumns), ",") << '\n';
    for (const auto &row : rows)
      os << llvm::join(row, ",") << '\n';
    return;
  }
  printTable(rows, os);
  os << llvm::formatv(
      "average_bitwidth      {0:F4}  (MASE's: weights of quantised Linear "
      "layers only)\n"
      "average_bitwidth_all  {1:F4}  (every parameter of every layer)\n"
      "model_bytes           {2}\n",
      total.averageBitwidth(), total.averageBits(), total.packedBytes);
  if (total.activationBytes)
    os << llvm::formatv("activation_bytes      {0}  (largest live set, a "
                        "sample)\n",
                        *total.activationBytes);
  os << llvm::formatv(
      "macs                  {0}\n"
      "flops                 {1}  (2 a MAC)\n"
      "thop_flops            {2}  (thop's count)\n"
      "bitops                {3}  (MAC x bits of data x bits of weight)\n"
      "ebops                 {4}  (bits of data x non-zero span of each "
      "weight)\n",
      total.macs, total.flops(), total.thopFlops, total.bitops, total.ebops);
}
