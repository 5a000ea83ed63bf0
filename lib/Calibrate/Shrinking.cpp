// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Grids of features, and what all moves have in common.
#include "Shrinking.h"

#include "HiddenUnits.h"
#include "mase/Numerics/Slices.h"

#include <cmath>

namespace mase {

/// F must fall by so much for a change to stay.
static constexpr double kLeastFall = 2e-7;
/// By how much logits are moved.
static constexpr double kProbe = 0.3;

static void multiplyBy(const Step &affine, std::vector<double> &scales) {
  for (size_t o = 0; o < affine.scale.size(); ++o)
    scales[o] *= double(std::fabs(affine.scale[o]));
}

/// Steps behind step `k` up to the network's results, as long as each keeps its
/// features' slopes or scales them: the BatchNorm of logits, say.
static std::vector<size_t> stepsToResults(const Network &network, size_t k) {
  std::vector<size_t> result;
  for (size_t s = k + 1; s < network.steps.size(); ++s) {
    const Step &step = network.steps[s];
    if (step.input != int(s) - 1 ||
        (step.kind != Step::Kind::Affine && step.kind != Step::Kind::Relu &&
         step.kind != Step::Kind::LeakyRelu && step.kind != Step::Kind::Clip))
      break;
    if (step.scale.size() <= size_t(network.steps[k].outRow()))
      result.push_back(s);
  }
  return result;
}

Shrinking::Shrinking(BlockNetwork &network,
                     absl::Span<const LayerPrecision> precisions,
                     int64_t samples, const CalibrationKernels &kernels)
    : network(network), given(precisions), samples(samples), kernels(kernels),
      up(1, samples), down(1, samples) {
  const std::vector<HiddenLayer> hiddenLayers =
      hiddenLayersOf(network.network(), /*keeps=*/{});
  for (size_t k = 0; k < precisions.size(); ++k) {
    const Step &step = network.network().steps[k];
    if (step.kind != Step::Kind::Linear)
      continue;
    auto out = size_t(step.outRow());
    Layer layer{k,
                *codeGrids(*precisions[k][OperandRole::Weight], out),
                {},
                0,
                std::vector<double>(out, 1.0)};
    if (const auto &bias = precisions[k][OperandRole::Bias];
        bias && !step.bias.empty())
      layer.bias = *codeGrids(*bias, out);
    for (const HiddenLayer &hidden : hiddenLayers) {
      if (hidden.producer != k)
        continue;
      layer.reader = hidden.reader;
      for (size_t between : hidden.between)
        multiplyBy(network.network().steps[between], layer.readerScale);
    }
    if (layer.reader == 0)
      for (size_t after : stepsToResults(network.network(), k))
        multiplyBy(network.network().steps[after], layer.readerScale);
    layer.readsUnits =
        std::any_of(hiddenLayers.begin(), hiddenLayers.end(),
                    [k](const HiddenLayer &h) { return h.reader == k; });
    currentCost += costOf(layer);
    layers.push_back(std::move(layer));
  }
}

int64_t Shrinking::costOf(const Layer &layer) const {
  int64_t bits = 0;
  for (int64_t i = 0; i < stepOf(layer).inRow(); ++i)
    bits += columnBits(layer, i) * network.grid(layer.step, i).bits;
  return bits * stepOf(layer).particles;
}

double Shrinking::probeOf(const Layer &layer, int64_t row) const {
  double scale = layer.readerScale[size_t(row)];
  if (scale == 0)
    return kProbe;
  if (layer.reader == 0)
    return kProbe / scale;
  return std::ldexp(double(network.inputFormat(layer.reader).scale),
                    network.grid(layer.reader, row).low) /
         scale;
}

float Shrinking::movedBias(const Layer &layer, int64_t row,
                           double units) const {
  double value = double(stepOf(layer).bias[size_t(row)]) +
                 units * double(network.unit(layer.step, row));
  if (layer.bias.empty())
    return float(value);
  const CodeGrid &grid = layer.bias[size_t(row)];
  double code = std::rint(value / double(grid.scale));
  code = std::clamp(code, double(grid.lowest), double(grid.highest));
  return float(code) * grid.scale;
}

bool Shrinking::tryRow(const RowChange &change, double lambda, int64_t saved) {
  if (currentCost - saved > limit)
    return false;
  double allowed = double(samples) * (lambda * double(saved) - kLeastFall);
  if (network.tryRow(change, allowed) != BlockNetwork::Outcome::Kept)
    return false;
  currentCost -= saved;
  return true;
}

bool Shrinking::removesUnit(const Layer &layer, const RowChange &change) const {
  auto isZero = [&](int64_t o, int64_t i) {
    if (o == change.row)
      for (const auto &[input, value] : change.values)
        if (input == i)
          return value == 0;
    return codeOf(layer, o, i) == 0;
  };
  const Step &step = stepOf(layer);
  auto allZero = [&](int64_t n, auto &&zero) {
    for (int64_t i = 0; i < n; ++i)
      if (!zero(i))
        return false;
    return true;
  };
  if (layer.reader != 0 &&
      allZero(step.inRow(), [&](int64_t i) { return isZero(change.row, i); }))
    return true;
  for (const auto &[input, value] : change.values)
    if (layer.readsUnits && input >= 0 && value == 0 &&
        allZero(step.outRow(),
                [&, i = input](int64_t o) { return isZero(o, i); }))
      return true;
  return false;
}

int64_t Shrinking::columnBits(const Layer &layer, int64_t feature) const {
  int64_t bits = 0;
  for (int64_t o = 0; o < stepOf(layer).outRow(); ++o)
    bits += effectiveBits(codeOf(layer, o, feature));
  return bits;
}

bool Shrinking::tryGrid(const Layer &layer, int64_t feature,
                        const FeatureGrid &grid, double lambda, int64_t saved) {
  const Step &step = stepOf(layer);
  GridChange change{layer.step, feature, grid, step.bias};
  double moved = network.meanCodeDelta(layer.step, feature, grid);
  for (int64_t o = 0; o < int64_t(step.bias.size()); ++o)
    if (int64_t code = codeOf(layer, o, feature); code != 0)
      change.bias[size_t(o)] = movedBias(layer, o, -moved * double(code));
  double allowed = double(samples) * (lambda * double(saved) - kLeastFall);
  if (network.tryGrid(change, allowed) != BlockNetwork::Outcome::Kept)
    return false;
  currentCost -= saved;
  return true;
}

/// A feature that is always 0: so are its weights, then.
void Shrinking::removeColumn(const Layer &layer, int64_t feature) {
  for (int64_t o = 0; o < stepOf(layer).outRow(); ++o)
    if (codeOf(layer, o, feature) != 0)
      network.tryRow({layer.step, o, {{feature, 0.0f}}},
                     std::numeric_limits<double>::infinity());
}

bool Shrinking::mayRemoveColumn(const Layer &layer, int64_t feature) const {
  if (mayRemoveUnits)
    return true;
  for (int64_t o = 0; o < stepOf(layer).outRow(); ++o)
    if (removesUnit(layer, {layer.step, o, {{feature, 0.0f}}}))
      return false;
  return !layer.readsUnits;
}

void Shrinking::moveGrid(const Layer &layer, int64_t feature, double lambda) {
  int64_t bits = columnBits(layer, feature);
  if (bits == 0)
    return;
  const FeatureGrid before = network.grid(layer.step, feature);
  // All of it first: what can go should.
  bits *= stepOf(layer).particles;
  if (mayRemoveColumn(layer, feature) &&
      tryGrid(layer, feature, {before.low, 0}, lambda, bits * before.bits)) {
    removeColumn(layer, feature);
    network.tryGrid({layer.step, feature, before, stepOf(layer).bias},
                    std::numeric_limits<double>::infinity());
    return;
  }
  UniformFormat narrower = network.inputFormat(layer.step);
  narrower.width = before.bits - 1;
  if (narrower.width < 1 || narrower.maxCode() < 1)
    return;
  for (int low : {before.low + 1, before.low})
    if (tryGrid(layer, feature, {low, narrower.width}, lambda, bits))
      return;
}

void Shrinking::moveGrids(double lambda) {
  for (size_t l = layers.size(); l-- > 0;)
    for (int64_t i = 0; i < stepOf(layers[l]).inRow(); ++i)
      moveGrid(layers[l], i, lambda);
}

std::vector<size_t> Shrinking::shuffled(size_t n) {
  std::vector<size_t> order(n);
  for (size_t i = 0; i < n; ++i) {
    order[i] = i;
    std::swap(order[i], order[random() % (i + 1)]);
  }
  return order;
}

Shrinking::State Shrinking::state() const {
  State result{network.network().steps, {}, random};
  result.grids.resize(result.steps.size());
  for (const Layer &layer : layers)
    for (int64_t i = 0; i < stepOf(layer).inRow(); ++i)
      result.grids[layer.step].push_back(network.grid(layer.step, i));
  return result;
}

void Shrinking::restore(const State &wanted) {
  constexpr double kAny = std::numeric_limits<double>::infinity();
  currentCost = 0;
  random = wanted.random;
  for (const Layer &layer : layers) {
    const Step &now = stepOf(layer), &then = wanted.steps[layer.step];
    for (int64_t i = 0; i < now.inRow(); ++i)
      if (const FeatureGrid &grid = wanted.grids[layer.step][size_t(i)];
          grid != network.grid(layer.step, i))
        network.tryGrid({layer.step, i, grid, now.bias}, kAny);
    for (int64_t o = 0; o < now.outRow(); ++o) {
      RowChange change{layer.step, o, {}};
      for (int64_t i = 0; i < now.inRow(); ++i) {
        auto at = size_t(o * now.inRow() + i);
        if (now.weight[at] != then.weight[at])
          change.values.push_back({i, then.weight[at]});
      }
      if (!now.bias.empty() && now.bias[size_t(o)] != then.bias[size_t(o)])
        change.values.push_back({-1, then.bias[size_t(o)]});
      if (!change.values.empty())
        network.tryRow(change, kAny);
    }
    currentCost += costOf(layer);
  }
}

std::vector<LayerPrecision> Shrinking::precisions() const {
  std::vector<LayerPrecision> result(given.begin(), given.end());
  for (const Layer &layer : layers) {
    std::optional<NumberFormat> &format =
        result[layer.step][OperandRole::DataIn];
    UniformTensorFormat data = *(*format)->uniform();
    float scale = network.inputFormat(layer.step).scale;
    data.axis = -1;
    data.width.clear();
    data.scale.clear();
    for (int64_t i = 0; i < stepOf(layer).inRow(); ++i) {
      const FeatureGrid &grid = network.grid(layer.step, i);
      data.width.push_back(grid.bits);
      data.scale.push_back(std::ldexp(scale, grid.low));
    }
    auto alike = [](const auto &values) {
      return std::all_of(values.begin(), values.end(),
                         [&](auto v) { return v == values[0]; });
    };
    if (alike(data.width) && alike(data.scale)) {
      data.axis.reset();
      data.common.width = data.width[0];
      data.common.scale = data.scale[0];
      data.width.clear();
      data.scale.clear();
    }
    format = NumberFormat(std::move(data));
  }
  return result;
}

} // namespace mase
