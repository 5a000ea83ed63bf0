// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Calibrate/Shrink.h"

#include "EffectiveBits.h"
#include "NarrowPath.h"
#include "ShrinkPath.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cmath>
#include <thread>

namespace mase {
namespace {

/// All paths, by as many threads as there may be.
template <typename Walk>
std::vector<PassedStops> walkAll(size_t count, int jobs, const Walk &walk) {
  std::vector<PassedStops> paths(count);
  std::atomic<size_t> next = 0;
  auto work = [&] {
    for (size_t i; (i = next++) < count;)
      paths[i] = walk(i);
  };
  std::vector<std::thread> threads;
  for (size_t t = 1; t < std::min(count, size_t(std::max(jobs, 1))); ++t)
    threads.emplace_back(work);
  work();
  for (std::thread &thread : threads)
    thread.join();
  return paths;
}

/// Of each stop the network nearest to the float one.
Shrinkage merged(Shrinkage result, std::vector<PassedStops> paths,
                 absl::Span<const int64_t> stops) {
  PassedStops *least = &paths[0];
  for (size_t i = 0; i < stops.size(); ++i) {
    ShrunkNetwork *nearest = nullptr;
    for (PassedStops &path : paths) {
      if (i < path.networks.size() &&
          (!nearest || path.networks[i].divergence < nearest->divergence))
        nearest = &path.networks[i];
      if (path.least < least->least)
        least = &path;
    }
    if (nearest) {
      result.networks.push_back(std::move(*nearest));
      continue;
    }
    if (!least->partial) {
      result.least = least->least;
      break;
    }
    result.networks.push_back(*std::move(least->partial));
    result.isPartial = true;
    break;
  }
  return result;
}

/// The same codes on a grid of 2^shift as many, wider by `more` bits.
NumberFormat finer(const NumberFormat &format, int shift, int more) {
  UniformTensorFormat result = *format->uniform();
  float factor = std::ldexp(1.0f, -shift);
  result.common.width += more;
  for (int &width : result.width)
    width += more;
  result.common.scale *= factor;
  for (float &scale : result.scale)
    scale *= factor;
  return NumberFormat(std::move(result));
}

} // namespace

Distance distanceOf(const Network &network) {
  return network.output().isBinary() && network.outputKind == OutputKind::Logits
             ? Distance::SquaredError
             : Distance::Divergence;
}

absl::StatusOr<Calibration> calibrateToShrink(const Network &network,
                                              absl::Span<const float> x,
                                              const ShrinkOptions &options) {
  // Biases are moved by more than a calibrated one: there is room for that.
  constexpr int kData = 8, kWeight = 6, kFiner = 2, kBias = 4;
  const bool isEffective =
      options.cost == ShrinkOptions::Cost::EffectiveBitOperations;
  std::vector<LayerPrecision> open(network.steps.size());
  for (size_t k = 0; k < open.size(); ++k)
    if (network.steps[k].kind == Step::Kind::Linear)
      open[k] = openLinear(kData, isEffective ? kWeight : kWeight + kFiner);
  CalibrationOptions chosen;
  chosen.distance = options.distance.value_or(distanceOf(network));
  chosen.instructionSet = options.instructionSet;
  absl::StatusOr<Calibration> result =
      calibrate(network, open, lookedAt(x, network, options.effort), chosen);
  if (!result.ok() || !isEffective)
    return result;
  for (LayerPrecision &precision : result->precisions) {
    if (auto &weight = precision[OperandRole::Weight])
      weight = finer(*weight, kFiner, kFiner);
    if (auto &bias = precision[OperandRole::Bias])
      bias = finer(*bias, kFiner, kBias);
  }
  return result;
}

/// What must hold before anything is looked at.
static absl::Status check(const Network &network, const Network &rounded,
                          absl::Span<const LayerPrecision> precisions,
                          const CalibrationOptions &checked,
                          const ShrinkOptions &options) {
  if (options.budget < 0)
    return absl::InvalidArgumentError(absl::StrCat(
        "expected a budget of at least 0, found ", options.budget));
  if (options.starts < 0)
    return absl::InvalidArgumentError(absl::StrCat(
        "expected starts of at least 1, or 0, found ", options.starts));
  if (options.cost == ShrinkOptions::Cost::Macs && !options.units)
    return absl::InvalidArgumentError(
        "expected units that may go, where multiplications are to be saved");
  if (absl::Status status = checkCalibration(rounded, precisions, checked);
      !status.ok())
    return status;
  if (absl::Status status = checkCalibration(
          network, std::vector<LayerPrecision>(network.steps.size()), checked);
      !status.ok())
    return status;
  if (network.inFeatures != rounded.inFeatures ||
      network.outFeatures != rounded.outFeatures)
    return absl::InvalidArgumentError(absl::StrCat(
        "expected a rounded network of as many inputs and results as the float "
        "one, ",
        network.inFeatures, " and ", network.outFeatures, ", found ",
        rounded.inFeatures, " and ", rounded.outFeatures));
  return checkShrinkable(rounded, precisions);
}

absl::StatusOr<Shrinkage> shrink(const Network &network, const Network &rounded,
                                 absl::Span<const LayerPrecision> precisions,
                                 absl::Span<const float> x,
                                 const ShrinkOptions &options) {
  CalibrationOptions checked;
  checked.instructionSet = options.instructionSet;
  checked.distance = options.distance.value_or(distanceOf(network));
  if (absl::Status status =
          check(network, rounded, precisions, checked, options);
      !status.ok())
    return status;
  absl::StatusOr<FiniteSamples> finite = finiteSamples(network, x);
  if (!finite.ok())
    return finite.status();
  finite->x.resize(lookedAt(finite->x, network, options.effort).size());
  Calibrator reference(network, finite->x, checked);
  auto makeBlocks = [&] {
    return BlockNetwork(rounded, precisions, reference.input(),
                        reference.targets(),
                        options.instructionSet.value_or(bestInstructionSet()));
  };
  BlockNetwork blocks = makeBlocks();
  const bool isEffective =
      options.cost == ShrinkOptions::Cost::EffectiveBitOperations;
  if (const Step *other = blocks.firstOther(); isEffective && other)
    return absl::InvalidArgumentError(
        absl::StrCat("layer '", other->name,
                     "': expected sums below 2^24, found wider ones"));

  ShrunkNetwork before;
  before.budget = options.budget;
  before.network = blocks.network();
  before.precisions.assign(precisions.begin(), precisions.end());
  before.cost =
      costOf(before.network, precisions, options.cost) + options.fixedCost;
  before.divergence = blocks.loss() / double(reference.input().samples()) -
                      reference.targets().least();
  count(before);
  Shrinkage result;
  result.distance = checked.distance;
  finite->warn(result.warnings);
  result.costBefore = before.cost;
  result.divergenceBefore = before.divergence;
  if (before.cost <= options.budget) {
    result.networks.push_back(std::move(before));
    return result;
  }
  std::vector<int64_t> stops = options.stops;
  std::erase_if(stops, [&](int64_t stop) {
    return stop <= options.budget || stop >= result.costBefore;
  });
  stops.push_back(options.budget);
  std::sort(stops.begin(), stops.end(), std::greater<>());
  stops.erase(std::unique(stops.begin(), stops.end()), stops.end());
  std::vector<PassedStops> paths;
  if (isEffective) {
    paths = walkAll(
        size_t(std::max(options.starts, 1)), options.jobs, [&](size_t i) {
          return ShrinkPath(i == 0 ? std::move(blocks) : makeBlocks(),
                            precisions, reference, options)
              .walk(stops, options.seed + i);
        });
  } else {
    const NarrowPaths narrow(network, precisions, finite->x, options,
                             checked.distance);
    const std::vector<size_t> starts = narrow.starts(options);
    paths = walkAll(starts.size(), options.jobs, [&](size_t i) {
      return NarrowPath(narrow, finite->x, reference, options, starts[i])
          .walk(stops);
    });
  }
  return merged(std::move(result), std::move(paths), stops);
}

} // namespace mase
