// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Costs of layers, and the tables of --mase-report.
#include "mase/Analysis/Cost.h"

#include "LoweredCost.h"

#include "mase/Support/Quoting.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mase;

constexpr int64_t kFloatBits = 32;

void NetworkCost::add(const LayerCost &layer) {
  parameters += layer.parameters;
  macs += layer.macs;
  parameterBits += layer.parameterBits;
  packedBytes += layer.packedBytes;
  maseWeights += layer.maseWeights;
  maseWeightBits += layer.maseWeightBits;
}

LayerCost mase::getLayerCost(LayerOpInterface op, PrecisionAttr precision) {
  LayerCost cost;
  cost.name = op.getLayerName();
  cost.type = op.getLayerType();
  cost.macs = op.getMacs();
  auto addTensor = [&](int64_t elements, int64_t bits) {
    cost.parameters += elements;
    cost.parameterBits += bits;
    cost.packedBytes += llvm::divideCeil(bits, 8);
  };
  int64_t plain = op.getUnquantizedParameterCount();
  addTensor(plain, plain * kFloatBits);
  auto quantizable = dyn_cast<QuantizableOpInterface>(*op);
  if (!quantizable)
    return cost;
  for (OperandRole role : kAllRoles) {
    SmallVector<int64_t> shape = quantizable.getParameterShape(role);
    if (shape.empty())
      continue;
    int64_t elements = ShapedType::getNumElements(shape);
    NumberFormatAttrInterface format =
        precision ? precision.getFormat(role) : NumberFormatAttrInterface();
    int64_t bits = format ? format.getPackedBits(shape) : elements * kFloatBits;
    addTensor(elements, bits);
    if (role == OperandRole::Weight && format && isa<LinearOp>(*op)) {
      cost.maseWeights = elements;
      cost.maseWeightBits = bits;
    }
  }
  return cost;
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
          json.attribute("packed_bytes", layer.packedBytes);
          json.attribute("average_bits", layer.averageBits());
        });
    });
    json.attribute("parameters", total.parameters);
    json.attribute("macs", total.macs);
    json.attribute("model_bytes", total.packedBytes);
    json.attribute("average_bitwidth", total.averageBitwidth());
    json.attribute("average_bitwidth_all", total.averageBitwidthAll());
  });
  os << '\n';
}

void mase::printCosts(ArrayRef<LayerCost> layers, ReportFormat format,
                      raw_ostream &os) {
  NetworkCost total;
  std::vector<std::vector<std::string>> rows;
  for (const LayerCost &layer : layers) {
    total.add(layer);
    rows.push_back(toRow(layer.name, layer.type, layer.parameters, layer.macs,
                         layer.packedBytes, layer.averageBits()));
  }
  if (format == ReportFormat::Json)
    return printJson(layers, total, os);
  rows.push_back(toRow("total", "", total.parameters, total.macs,
                       total.packedBytes, total.averageBitwidthAll()));
  if (format == ReportFormat::Csv) {
    os << llvm::join(ArrayRef(kColumns), ",") << '\n';
    for (const auto &row : rows)
      os << toCsvLine(row);
    return;
  }
  printTable(rows, os);
  os << llvm::formatv(
      "average_bitwidth      {0:F4}  (MASE's: weights of quantised Linear "
      "layers only)\n"
      "average_bitwidth_all  {1:F4}  (every parameter of every layer)\n"
      "model_bytes           {2}\n",
      total.averageBitwidth(), total.averageBitwidthAll(), total.packedBytes);
}
