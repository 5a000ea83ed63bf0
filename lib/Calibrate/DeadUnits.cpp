// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Calibrate/DeadUnits.h"

#include "HiddenUnits.h"
#include "StepRunner.h"
#include "mase/Numerics/LinearSums.h"
#include "mase/Numerics/ReduceSums.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cmath>

namespace mase {
namespace {

const UniformTensorFormat *codesOf(const std::optional<NumberFormat> &format) {
  return format ? (*format)->uniform() : nullptr;
}

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

/// The sums of a Linear, if they are of integers: what is zero adds nothing.
std::optional<LinearSums> sumsOf(const Step &step,
                                 const LayerPrecision &precision) {
  const UniformTensorFormat *data = codesOf(precision[OperandRole::DataIn]),
                            *weight = codesOf(precision[OperandRole::Weight]);
  if (!data || !weight)
    return std::nullopt;
  auto features = formatOfFeatures(
      *data, step.inShape.empty() ? 2 : int64_t(step.inShape.size()) + 1);
  if (!features)
    return std::nullopt;
  return linearSums(step.outFeatures, step.inFeatures, *features, *weight,
                    step.bias.empty() ? nullptr
                                      : codesOf(precision[OperandRole::Bias]));
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
  /// The reader with `value` times the weights of `unit` in its bias, if that
  /// gives the same bits.
  std::optional<std::vector<float>>
  withConstant(const HiddenLayer &layer, size_t unit, float value) const;
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

std::optional<std::vector<float>>
Cleaner::withConstant(const HiddenLayer &layer, size_t unit,
                      float value) const {
  const Step &reader = step(layer.reader);
  const LayerPrecision &formats = precision(layer.reader);
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
  const DeadUnits before = result;
  const auto readSums = sumsOf(step(layer.reader), precision(layer.reader)),
             ownSums = sumsOf(step(layer.producer), precision(layer.producer));
  const bool exact = readSums.has_value();
  const std::vector<float> own =
      weightOf(step(layer.producer), precision(layer.producer));
  const std::vector<float> read =
      weightOf(step(layer.reader), precision(layer.reader));
  const size_t in = own.size() / units;
  std::vector<float> constants;
  std::vector<int64_t> kept;
  int64_t left = int64_t(units);
  for (size_t u = 0; u < units; ++u) {
    auto isUnread = [&] {
      for (size_t at = u; at < read.size(); at += units)
        if (read[at] != 0)
          return false;
      return true;
    };
    auto isConstant = [&] {
      return ownSums && std::all_of(&own[u * in], &own[u * in] + in,
                                    [](float w) { return w == 0; });
    };
    auto removes = [&] {
      if (left == 1)
        return false;
      if (isUnread()) {
        ++(exact ? result.unread : result.inFloat);
        return exact;
      }
      if (!exact || !isConstant())
        return false;
      if (constants.empty())
        constants = constantsOf(layer);
      if (constants[u] != 0) {
        auto bias = withConstant(layer, u, constants[u]);
        if (!bias)
          return false;
        result.smaller.network.steps[layer.reader].bias = *std::move(bias);
      }
      ++result.constant;
      return true;
    };
    if (removes())
      --left;
    else
      kept.push_back(int64_t(u));
  }
  if (kept.size() == units)
    return false;
  keepUnits(result.smaller, layer, kept);
  if (roundAlike(readSums,
                 sumsOf(step(layer.reader), precision(layer.reader))) &&
      roundAlike(ownSums,
                 sumsOf(step(layer.producer), precision(layer.producer))))
    return true;
  result = before;
  return false;
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
