// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tables of --mase-report: costs, formats, MASE's summary.
#include "mase/Analysis/Report.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <map>

using namespace mlir;
using namespace mase;

std::string mase::describeFormat(NumberFormatAttrInterface format) {
  if (!format)
    return "-";
  std::string text;
  llvm::raw_string_ostream(text) << Attribute(format);
  StringRef rest = text;
  rest.consume_front("#mase.");
  return rest.str();
}

static Cell formatCell(NumberFormatAttrInterface format) {
  return format ? Cell::of(describeFormat(format)) : Cell::none();
}

//===----------------------------------------------------------------------===//
// Costs and formats
//===----------------------------------------------------------------------===//

Table mase::costTable(ArrayRef<LayerCost> layers, const NetworkCost &total) {
  Table table;
  table.key = "layers";
  table.heading = "What the layers cost:";
  table.columns = {
      {"layer", "name", true},          {"type", "type", true},
      {"parameters", "parameters"},     {"macs", "macs"},
      {"packed bytes", "packed_bytes"}, {"average bits", "average_bits"}};
  for (const char *name : {"flops", "thop_flops", "bitops", "ebops"})
    table.columns.push_back({name, name, false, /*isExtra=*/true});
  for (OperandRole role : kAllRoles)
    table.columns.push_back({stringify(role).str(), stringify(role).str(), true,
                             /*isExtra=*/true});
  auto row = [&](StringRef name, StringRef type, const Cost &cost) {
    Cell bits =
        cost.parameters ? Cell::of(cost.averageBits(), 2) : Cell::none();
    table.rows.push_back({Cell::of(name), Cell::of(type),
                          Cell::of(cost.parameters), Cell::of(cost.macs),
                          Cell::of(cost.packedBytes), bits,
                          Cell::of(cost.flops()), Cell::of(cost.thopFlops),
                          Cell::of(cost.bitops), Cell::of(cost.ebops)});
  };
  for (const LayerCost &layer : layers) {
    row(layer.name, layer.type, layer);
    for (NumberFormatAttrInterface format : layer.formats)
      table.rows.back().push_back(formatCell(format));
  }
  row("total", "", total);
  table.rows.back().resize(table.columns.size(), Cell::of(""));
  table.hasTotal = true;
  return table;
}

Table mase::formatTable(ArrayRef<LayerCost> layers) {
  Table table;
  table.key = "formats";
  table.heading = "Number formats (- is float32):";
  table.columns = {{"layer", "name", true}};
  for (OperandRole role : kAllRoles)
    table.columns.push_back(
        {stringify(role).str(), stringify(role).str(), true});
  for (const LayerCost &layer : layers) {
    if (llvm::none_of(layer.formats, [](auto format) { return bool(format); }))
      continue;
    table.rows.push_back({Cell::of(layer.name)});
    for (NumberFormatAttrInterface format : layer.formats)
      table.rows.back().push_back(formatCell(format));
  }
  return table;
}

void mase::printTotals(const NetworkCost &total, raw_ostream &os) {
  os << llvm::formatv(
      "average_bitwidth      {0:F4}  (MASE's: weights of quantised Linear "
      "layers only)\n"
      "average_bitwidth_all  {1}  (every parameter of every layer)\n"
      "model_bytes           {2}\n",
      total.averageBitwidth(),
      total.parameters ? llvm::formatv("{0:F4}", total.averageBits()).str()
                       : "-",
      total.packedBytes);
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

void mase::printTotals(const NetworkCost &total, llvm::json::OStream &json) {
  json.attribute("parameters", total.parameters);
  json.attribute("macs", total.macs);
  json.attribute("flops", total.flops());
  json.attribute("thop_flops", total.thopFlops);
  json.attribute("bitops", total.bitops);
  json.attribute("ebops", total.ebops);
  json.attribute("model_bytes", total.packedBytes);
  if (total.activationBytes)
    json.attribute("activation_bytes", *total.activationBytes);
  else
    json.attribute("activation_bytes", nullptr);
  json.attribute("average_bitwidth", total.averageBitwidth());
  if (total.parameters)
    json.attribute("average_bitwidth_all", total.averageBits());
  else
    json.attribute("average_bitwidth_all", nullptr);
}

//===----------------------------------------------------------------------===//
// MASE's summary
//===----------------------------------------------------------------------===//

static constexpr size_t kTabulateSpace = 2;

namespace {

/// How MASE names a layer's node.
struct MaseNode {
  std::string name, maseType, op, originalType, quantizedType;
  bool changed() const { return originalType != quantizedType; }
};

/// "integer_floor" as in a class's name: "IntegerFloor".
std::string toClassName(StringRef format) {
  std::string result;
  for (StringRef word : llvm::split(format, '_')) {
    if (word == "fp" || word == "ieee")
      result += word.upper();
    else if (!word.empty())
      result += llvm::toUpper(word.front()) + word.drop_front().str();
  }
  return result;
}

NumberFormatAttrInterface firstFormat(PrecisionAttr precision) {
  for (OperandRole role : kAllRoles)
    if (NumberFormatAttrInterface format =
            precision ? precision.getFormat(role) : nullptr)
      return format;
  return {};
}

MaseNode toNode(LayerOpInterface layer) {
  StringRef type = layer.getLayerType();
  MaseNode node;
  node.name = layer.getLayerName();
  node.op = layer.getMaseOperation();
  // Functions go by their own name.
  bool isFunction = layer.getTorchModule().empty();
  node.originalType = isFunction ? type : layer.getTorchModule();
  if (isFunction)
    node.maseType = "builtin_func";
  else if (isa<QuantizableOpInterface>(*layer))
    node.maseType = "module_related_func";
  else
    node.maseType = "module";
  node.quantizedType = node.originalType;
  auto quantizable = dyn_cast<QuantizableOpInterface>(*layer);
  if (auto format = firstFormat(quantizable ? quantizable.getLayerPrecision()
                                            : PrecisionAttr())) {
    std::string name = format.getFormatName();
    node.quantizedType += isFunction ? "_" + name : toClassName(name);
  }
  return node;
}

std::vector<MaseNode> nodesOf(ModuleOp module) {
  std::vector<MaseNode> nodes = {{"x", "placeholder", "placeholder", "x", "x"}};
  module.walk([&](LayerOpInterface layer) { nodes.push_back(toNode(layer)); });
  nodes.push_back({"output", "output", "output", "output", "output"});
  return nodes;
}

} // namespace

Table mase::histogramTable(ModuleOp module) {
  Table table;
  table.key = "histogram";
  table.heading = "Quantized graph histogram:";
  table.titleSpace = kTabulateSpace;
  table.columns = {{"Original type", "original_type", true},
                   {"OP", "op", true},
                   {"Total", "total"},
                   {"Changed", "changed"},
                   {"Unchanged", "unchanged"}};
  struct Count {
    int64_t total = 0, changed = 0;
  };
  std::map<std::pair<std::string, std::string>, Count> counts;
  for (const MaseNode &node : nodesOf(module)) {
    Count &count = counts[{node.originalType, node.op}];
    ++count.total;
    count.changed += node.changed();
  }
  for (const auto &[key, count] : counts)
    table.rows.push_back({Cell::of(key.first), Cell::of(key.second),
                          Cell::of(count.total), Cell::of(count.changed),
                          Cell::of(count.total - count.changed)});
  return table;
}

Table mase::nodeTable(ModuleOp module) {
  Table table;
  table.key = "nodes";
  table.heading = "Quantized graph nodes:";
  table.titleSpace = kTabulateSpace;
  for (auto [title, key] : {std::pair("Ori name", "ori_name"),
                            {"New name", "new_name"},
                            {"MASE_TYPE", "mase_type"},
                            {"Mase_OP", "mase_op"},
                            {"Original type", "original_type"},
                            {"Quantized type", "quantized_type"},
                            {"Changed", "changed"}})
    table.columns.push_back({title, key, true});
  for (const MaseNode &node : nodesOf(module)) {
    Cell changed{node.changed() ? "True" : "False", node.changed()};
    table.rows.push_back({Cell::of(node.name), Cell::of(node.name),
                          Cell::of(node.maseType), Cell::of(node.op),
                          Cell::of(node.originalType),
                          Cell::of(node.quantizedType), changed});
  }
  return table;
}
