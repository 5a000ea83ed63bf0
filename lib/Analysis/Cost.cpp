// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Costs of layers.
#include "mase/Analysis/Cost.h"

#include "LoweredCost.h"

#include "mase/Analysis/Activations.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mase;

#include "mase/Analysis/CostOpInterface.cpp.inc"

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

LayerCosts::LayerCosts(LayerOpInterface layer)
    : product(dyn_cast<ProductOpInterface>(*layer)),
      isLinear(layer.getTorchModule() == "Linear") {
  fixed.macs = layer.getMacs();
  fixed.thopFlops = layer.getThopFlops();
  if (int64_t plain = layer.getUnquantizedParameterCount())
    addTensor(fixed, plain, {});
  auto op = dyn_cast<QuantizableOpInterface>(*layer);
  if (!op)
    return;
  if (product) {
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(product.getInput().getType()).getShape();
    inputShape.assign(shape.begin(), shape.end());
    for (int64_t &size : inputShape) // one sample
      size = ShapedType::isDynamic(size) ? 1 : size;
    inputShape.front() = 1;
  }
  weightShape = op.getParameterShape(OperandRole::Weight);
  biasShape = op.getParameterShape(OperandRole::Bias);
}

const WeightBits &LayerCosts::weightBits(NumberFormatAttrInterface format) {
  std::unique_ptr<WeightBits> &known = bits[format];
  if (known)
    return *known;
  unsigned inputDim = product.isWeightInOut() ? 0 : 1;
  std::optional<SmallVector<float>> weights =
      getConstantF32(product.getWeight());
  known = std::make_unique<WeightBits>(
      format, weightShape, inputDim, [&](int64_t k) {
        // Not known: whole codes.
        return weights ? effectiveBits((*weights)[k], format, k, weightShape)
                       : operandBits(format, k, weightShape);
      });
  return *known;
}

LayerCosts::~LayerCosts() = default;

Cost LayerCosts::in(PrecisionAttr precision) {
  Cost cost = fixed;
  auto formatOf = [&](OperandRole role) {
    return precision ? precision.getFormat(role) : NumberFormatAttrInterface();
  };
  if (!weightShape.empty()) {
    NumberFormatAttrInterface weight = formatOf(OperandRole::Weight);
    int64_t before = cost.parameterBits;
    addTensor(cost, weightShape, weight);
    if (weight && isLinear) {
      cost.maseWeights = ShapedType::getNumElements(weightShape);
      cost.maseWeightBits = cost.parameterBits - before;
    }
    if (product)
      weightBits(weight).setOperations(cost, formatOf(OperandRole::DataIn),
                                       inputShape);
  }
  if (!biasShape.empty())
    addTensor(cost, biasShape, formatOf(OperandRole::Bias));
  return cost;
}

LayerCost mase::getLayerCost(LayerOpInterface op, PrecisionAttr precision) {
  LayerCost cost{LayerCosts(op).in(precision),
                 op.getLayerName().str(),
                 op.getLayerType().str(),
                 {}};
  if (precision)
    for (OperandRole role : kAllRoles)
      cost.formats[size_t(role)] = precision.getFormat(role);
  return cost;
}

/// Gives formats that are in ops of their own to their layers, of which nothing
/// else may be left: those get a place where the op is. `formats` begin with
/// how many of `costs` come before.
static std::vector<LayerCost>
withOwnFormats(std::vector<LayerCost> costs,
               ArrayRef<std::pair<size_t, OwnFormat>> formats) {
  llvm::StringMap<size_t> places;
  for (const LayerCost &cost : costs)
    places.try_emplace(cost.name);
  std::vector<LayerCost> result;
  auto next = formats.begin();
  for (size_t i = 0; i <= costs.size(); ++i) {
    for (; next != formats.end() && next->first == i; ++next)
      if (places.try_emplace(next->second.layer).second)
        result.push_back({Cost(), next->second.layer.str(), "quantize", {}});
    if (i < costs.size())
      result.push_back(std::move(costs[i]));
  }
  for (size_t i = result.size(); i-- > 0;)
    places[result[i].name] = i; // the first of a name
  for (const auto &[before, own] : formats)
    if (auto &format = result[places[own.layer]].formats[size_t(own.role)];
        !format)
      format = own.format;
  return result;
}

std::vector<LayerCost> mase::getLayerCosts(Operation *root) {
  std::vector<LayerCost> costs;
  std::vector<std::pair<size_t, OwnFormat>> formats;
  root->walk([&](Operation *op) {
    if (auto layer = dyn_cast<LayerOpInterface>(op)) {
      auto quantizable = dyn_cast<QuantizableOpInterface>(op);
      costs.push_back(getLayerCost(layer, quantizable
                                              ? quantizable.getLayerPrecision()
                                              : PrecisionAttr()));
      return;
    }
    auto lowered = dyn_cast<CostOpInterface>(op);
    if (!lowered)
      return;
    if (std::optional<OwnFormat> own = lowered.getOwnFormat())
      formats.emplace_back(costs.size(), *own);
    if (std::optional<LayerCost> cost = lowered.getCost())
      costs.push_back(*std::move(cost));
  });
  return withOwnFormats(std::move(costs), formats);
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
