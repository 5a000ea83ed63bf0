// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HiddenUnits.h"

#include "Calibrator.h"

namespace mase {
namespace {

/// Whether the step computes each feature from the same feature of its input.
bool isOfFeature(const Step &step) {
  switch (step.kind) {
  case Step::Kind::Affine:
  case Step::Kind::Relu:
  case Step::Kind::LeakyRelu:
  case Step::Kind::Clip:
  case Step::Kind::Tanh:
  case Step::Kind::Sigmoid:
    return true;
  default:
    return false;
  }
}

/// The elements of `values` that `kept` names, `inner` for each.
template <typename T>
void keepRows(std::vector<T> &values, const std::vector<int64_t> &kept,
              int64_t inner = 1) {
  if (values.empty())
    return;
  std::vector<T> result;
  for (int64_t i : kept)
    result.insert(result.end(), values.begin() + i * inner,
                  values.begin() + (i + 1) * inner);
  values = std::move(result);
}

void keepColumns(std::vector<float> &values, const std::vector<int64_t> &kept,
                 int64_t in) {
  std::vector<float> result;
  for (size_t row = 0; row < values.size(); row += size_t(in))
    for (int64_t i : kept)
      result.push_back(values[row + size_t(i)]);
  values = std::move(result);
}

/// The format of a tensor of `rank` dimensions of whose `dimension` only `kept`
/// is left.
void keepSlices(std::optional<NumberFormat> &format, int rank, int dimension,
                const std::vector<int64_t> &kept) {
  const UniformTensorFormat *uniform = format ? (*format)->uniform() : nullptr;
  if (!uniform || !uniform->axis)
    return;
  const int axis = *uniform->axis < 0 ? *uniform->axis + rank : *uniform->axis;
  if (axis != dimension)
    return;
  UniformTensorFormat result = *uniform;
  keepRows(result.width, kept);
  keepRows(result.scale, kept);
  keepRows(result.zeroPoint, kept);
  format = NumberFormat(std::move(result));
}

/// The rank of a batch of activations, and its last dimension.
int rankOf(const std::vector<int64_t> &shape) {
  return shape.empty() ? 2 : int(shape.size()) + 1;
}

} // namespace

std::vector<HiddenLayer> hiddenLayersOf(const Network &network,
                                        const std::vector<bool> &keeps) {
  std::vector<int> readers = countReaders(network);
  std::vector<int> next(network.steps.size(), -1);
  for (size_t k = 0; k < network.steps.size(); ++k)
    for (int operand : network.steps[k].operands())
      if (operand >= 0)
        next[size_t(operand)] = int(k);
  auto keepsAll = [&](size_t k) {
    return (k < keeps.size() && keeps[k]) || readers[k + 1] != 1 ||
           next[k] < 0 || network.steps[k].particles != 1;
  };
  std::vector<HiddenLayer> result;
  for (size_t k = 0; k < network.steps.size(); ++k) {
    if (network.steps[k].kind != Step::Kind::Linear || keepsAll(k))
      continue;
    HiddenLayer layer{k, size_t(next[k]), {}};
    while (isOfFeature(network.steps[layer.reader]) &&
           !keepsAll(layer.reader)) {
      layer.between.push_back(layer.reader);
      layer.reader = size_t(next[layer.reader]);
    }
    const Step &reader = network.steps[layer.reader];
    if (reader.kind == Step::Kind::Linear && reader.particles == 1)
      result.push_back(std::move(layer));
  }
  return result;
}

int64_t macsOf(const Network &network) {
  int64_t macs = 0;
  for (const Step &step : network.steps)
    if (step.kind == Step::Kind::Linear)
      macs += step.particles * step.inRow() * step.outRow();
  return macs;
}

void keepUnits(RemovedUnits &units, const HiddenLayer &layer,
               const std::vector<int64_t> &kept) {
  std::vector<Step> &steps = units.network.steps;
  const auto count = int64_t(kept.size());
  auto keepFormat = [&](size_t k, OperandRole role, int rank, int dimension) {
    if (!units.precisions.empty())
      keepSlices(units.precisions[k][role], rank, dimension, kept);
  };
  auto setOut = [&](size_t k) {
    const int rank = rankOf(steps[k].outShape);
    keepFormat(k, OperandRole::DataOut, rank, rank - 1);
    steps[k].outFeatures = count;
    if (!steps[k].outShape.empty())
      steps[k].outShape.back() = count;
    // What was kept before is of the network as it came.
    if (units.kept[k].empty())
      units.kept[k] = kept;
    else
      keepRows(units.kept[k], kept);
  };
  auto setIn = [&](size_t k) {
    const int rank = rankOf(steps[k].inShape);
    keepFormat(k, OperandRole::DataIn, rank, rank - 1);
    steps[k].inFeatures = count;
    if (!steps[k].inShape.empty())
      steps[k].inShape.back() = count;
  };
  Step &producer = steps[layer.producer], &reader = steps[layer.reader];
  keepRows(producer.weight, kept, producer.inFeatures);
  keepRows(producer.bias, kept);
  keepFormat(layer.producer, OperandRole::Weight, 2, 0);
  keepFormat(layer.producer, OperandRole::Bias, 1, 0);
  setOut(layer.producer);
  for (size_t k : layer.between) {
    keepRows(steps[k].scale, kept);
    keepRows(steps[k].shift, kept);
    keepFormat(k, OperandRole::Weight, 1, 0);
    keepFormat(k, OperandRole::Bias, 1, 0);
    setIn(k);
    setOut(k);
  }
  keepColumns(reader.weight, kept, reader.inFeatures);
  keepFormat(layer.reader, OperandRole::Weight, 2, 1);
  setIn(layer.reader);
}

} // namespace mase
