// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Calibrate/DeadUnits.h"

#include "Evaluate/Precision.h"
#include "HiddenUnits.h"
#include "StepRunner.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cmath>

namespace mase {
namespace {

/// The values that a Linear computes with.
std::vector<float> rounded(const std::vector<float> &values,
                           const std::optional<NumberFormat> &format,
                           const std::vector<int64_t> &shape) {
  std::vector<float> result = values;
  if (format)
    (*format)->quantize(values, shape, absl::MakeSpan(result));
  return result;
}

std::vector<float> weightOf(const Step &step, const LayerPrecision &precision) {
  return rounded(step.weight, precision[OperandRole::Weight],
                 {step.outFeatures, step.inFeatures});
}

/// Whether sums with and without some features or channels round alike: the
/// finest scale may be gone, and with it the grid that has the bias.
bool roundAlike(const std::optional<LinearSums> &a,
                const std::optional<LinearSums> &b) {
  constexpr int kExactWidth = 25; // signed, in binary32
  if (!a || !b)
    return !a && !b;
  return a->biasInSum == b->biasInSum ||
         std::max(a->width, b->width) <= kExactWidth;
}

class Cleaner {
public:
  Cleaner(const Network &network, const std::vector<LayerPrecision> &precisions,
          const std::vector<bool> &keeps)
      : runner(bestInstructionSet()) {
    result.smaller.network = network;
    result.smaller.precisions = precisions;
    result.smaller.kept.resize(network.steps.size());
    result.smaller.macsBefore = macsOf(network);
    layers = hiddenLayersOf(network, keeps);
    for (const HiddenLayer &layer : layers)
      result.smaller.units += network.steps[layer.producer].outFeatures;
  }

  DeadUnits run() {
    // From the end, for what reads nothing but dead units is dead; again, for
    // what is constant makes what reads nothing else constant.
    bool changed = true;
    while (changed) {
      changed = false;
      result.inFloat = 0;
      for (size_t l = layers.size(); l-- > 0;)
        changed |= clean(layers[l]);
    }
    result.smaller.removed = result.unread + result.constant;
    result.smaller.macsAfter = macsOf(result.smaller.network);
    return std::move(result);
  }

private:
  /// What the reader sees of each unit if the units' own weights are zero.
  std::vector<float> constantsOf(const HiddenLayer &layer) const;
  /// The bias of `reader`, step `k`, with `value` times the weights of `unit`
  /// in it, if that gives the same bits.
  std::optional<std::vector<float>>
  withConstant(size_t k, const Step &reader, size_t unit, float value) const;
  bool clean(const HiddenLayer &layer);

  const Step &step(size_t k) const { return result.smaller.network.steps[k]; }
  const LayerPrecision &precision(size_t k) const {
    return result.smaller.precisions[k];
  }

  StepRunner runner;
  DeadUnits result;
  std::vector<HiddenLayer> layers;
};

std::vector<float> Cleaner::constantsOf(const HiddenLayer &layer) const {
  const Step &producer = step(layer.producer);
  Blocks value(std::vector<float>(size_t(producer.inFeatures), 0.0f),
               producer.inFeatures);
  value = runner.run(producer, precision(layer.producer), {&value});
  for (size_t k : layer.between)
    value = runner.run(step(k), precision(k), {&value});
  if (const auto &format = precision(layer.reader)[OperandRole::DataIn])
    runner.round(*format, step(layer.reader).inShape, value);
  std::vector<float> constants;
  for (int64_t i = 0; i < value.rows(); ++i)
    constants.push_back(value.row(0, i)[0]);
  return constants;
}

std::optional<std::vector<float>> Cleaner::withConstant(size_t k,
                                                        const Step &reader,
                                                        size_t unit,
                                                        float value) const {
  const LayerPrecision &formats = precision(k);
  const auto &format = formats[OperandRole::Bias];
  // The bias is one of the integers that are added up, and stays one.
  std::optional<IntegerLinear> linear = IntegerLinear::make(reader, formats);
  if (!linear || !linear->biasInSum || !format)
    return std::nullopt;
  const std::vector<float> weight = weightOf(reader, formats);
  std::vector<float> bias = rounded(reader.bias, format, {reader.outFeatures});
  for (size_t o = 0; o < bias.size(); ++o) {
    const double sum =
        double(bias[o]) +
        double(value) * double(weight[o * size_t(reader.inFeatures) + unit]);
    bias[o] = float(sum);
    if (double(bias[o]) != sum)
      return std::nullopt;
  }
  if (rounded(bias, format, {reader.outFeatures}) != bias)
    return std::nullopt;
  return bias;
}

bool Cleaner::clean(const HiddenLayer &layer) {
  const auto units = size_t(step(layer.producer).outFeatures);
  auto sumsOf = [&](size_t k) { return linearSumsOf(step(k), precision(k)); };
  const auto readSums = sumsOf(layer.reader), ownSums = sumsOf(layer.producer);
  const std::vector<float> own =
      weightOf(step(layer.producer), precision(layer.producer));
  const std::vector<float> read =
      weightOf(step(layer.reader), precision(layer.reader));
  const size_t in = own.size() / units;
  auto isUnread = [&](size_t u) {
    for (size_t at = u; at < read.size(); at += units)
      if (read[at] != 0)
        return false;
    return true;
  };
  auto isConstant = [&](size_t u) {
    return ownSums && std::all_of(&own[u * in], &own[u * in] + in,
                                  [](float w) { return w == 0; });
  };
  if (!readSums) {
    for (size_t u = 0; u < units && units > 1; ++u)
      result.inFloat += isUnread(u) ? 1 : 0;
    return false;
  }
  Step reader = step(layer.reader);
  std::vector<float> constants;
  auto goesIntoBias = [&](size_t u) {
    if (constants.empty())
      constants = constantsOf(layer);
    if (constants[u] == 0)
      return true;
    auto bias = withConstant(layer.reader, reader, u, constants[u]);
    if (!bias)
      return false;
    reader.bias = *std::move(bias);
    return true;
  };
  std::vector<int64_t> kept;
  size_t unread = 0, constant = 0;
  for (size_t u = 0; u < units; ++u)
    if (unread + constant + 1 == units)
      kept.push_back(int64_t(u)); // one stays
    else if (isUnread(u))
      ++unread;
    else if (isConstant(u) && goesIntoBias(u))
      ++constant;
    else
      kept.push_back(int64_t(u));
  if (kept.size() == units)
    return false;
  RemovedUnits before = result.smaller;
  result.smaller.network.steps[layer.reader] = std::move(reader);
  keepUnits(result.smaller, layer, kept);
  if (!roundAlike(readSums, sumsOf(layer.reader)) ||
      !roundAlike(ownSums, sumsOf(layer.producer))) {
    result.smaller = std::move(before);
    return false;
  }
  result.unread += int64_t(unread);
  result.constant += int64_t(constant);
  return true;
}

} // namespace

absl::StatusOr<DeadUnits>
removeDeadUnits(const Network &network,
                const std::vector<LayerPrecision> &precisions,
                const std::vector<bool> &keeps) {
  if (precisions.size() != network.steps.size())
    return absl::InvalidArgumentError(
        absl::StrCat("expected precisions for ", network.steps.size(),
                     " layers, found ", precisions.size()));
  return Cleaner(network, precisions, keeps).run();
}

} // namespace mase
