// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Calibrate/Shrink.h"

#include "ShrinkPath.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <thread>

namespace mase {
namespace {

/// Why the layers of a network can't be shrunk; none if they can.
absl::Status checkLayers(const Network &network,
                         absl::Span<const LayerPrecision> precisions) {
  bool any = false;
  for (size_t k = 0; k < network.steps.size(); ++k) {
    const Step &step = network.steps[k];
    // A weight would change the sums of several particles.
    if (step.particles > 1 || step.kind == Step::Kind::Moves)
      return absl::InvalidArgumentError(absl::StrCat(
          "layer '", step.name,
          "': expected a network without particles and branches that join, "
          "found '",
          step.type, "'"));
    if (step.kind != Step::Kind::Linear)
      continue;
    any = true;
    auto refuse = [&](OperandRole role, const char *expected) {
      const auto &format = precisions[k][role];
      return absl::InvalidArgumentError(absl::StrCat(
          "layer '", step.name, "': ", toString(role), ": expected ", expected,
          ", found ", format ? format->text() : "binary32"));
    };
    auto out = size_t(step.outFeatures);
    const auto &data = precisions[k][OperandRole::DataIn],
               &weight = precisions[k][OperandRole::Weight],
               &bias = precisions[k][OperandRole::Bias];
    if (!data || !featureGrids(*data, size_t(step.inFeatures)))
      return refuse(OperandRole::DataIn,
                    "integers without zero point, of one scale or of powers of "
                    "two apart");
    if (!weight || !codeGrids(*weight, out))
      return refuse(OperandRole::Weight,
                    "integers of one scale for each output channel without "
                    "zero point");
    if (bias && !step.bias.empty() && !codeGrids(*bias, out))
      return refuse(OperandRole::Bias,
                    "integers of one scale for each output channel without "
                    "zero point, or binary32");
  }
  return any ? absl::OkStatus()
             : absl::InvalidArgumentError(
                   "expected a linear or matmul with weights, found none");
}

absl::Status checkSums(const BlockNetwork &blocks) {
  for (size_t k = 0; k < blocks.network().steps.size(); ++k)
    if (const Step &step = blocks.network().steps[k];
        step.kind == Step::Kind::Linear && !blocks.isInteger(k))
      return absl::InvalidArgumentError(
          absl::StrCat("layer '", step.name,
                       "': expected sums below 2^24, found wider ones"));
  return absl::OkStatus();
}

/// All paths, by as many threads as there may be; the first is `start`'s.
template <typename MakePath>
std::vector<PassedStops> walkAll(const ShrinkOptions &options,
                                 absl::Span<const int64_t> stops,
                                 ShrinkPath &start, const MakePath &makePath) {
  auto count = size_t(options.starts);
  std::vector<PassedStops> paths(count);
  std::atomic<size_t> next = 0;
  auto work = [&] {
    for (size_t i; (i = next++) < count;)
      paths[i] = i == 0 ? start.walk(stops, options.seed)
                        : makePath()->walk(stops, options.seed + i);
  };
  std::vector<std::thread> threads;
  for (size_t t = 1; t < std::min(count, size_t(std::max(options.jobs, 1)));
       ++t)
    threads.emplace_back(work);
  work();
  for (std::thread &thread : threads)
    thread.join();
  return paths;
}

/// Of each stop the network nearest to the float one.
absl::StatusOr<Shrinkage> merged(Shrinkage result,
                                 std::vector<PassedStops> paths,
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
    if (!least->partial)
      return absl::InvalidArgumentError(absl::StrCat(
          "expected a budget that can be met, found ", stops.back(),
          ": the least that was reached is ", least->least));
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

absl::StatusOr<Calibration>
calibrateToShrink(const Network &network, absl::Span<const float> x,
                  std::optional<Distance> distance) {
  // Biases are moved by more than a calibrated one: there is room for that.
  constexpr int kData = 8, kWeight = 6, kFiner = 2, kBias = 4;
  std::vector<LayerPrecision> open(network.steps.size());
  for (size_t k = 0; k < open.size(); ++k)
    if (network.steps[k].kind == Step::Kind::Linear)
      open[k] = openLinear(kData, kWeight);
  CalibrationOptions options;
  options.distance = distance.value_or(distanceOf(network));
  absl::StatusOr<Calibration> result = calibrate(network, open, x, options);
  if (!result.ok())
    return result;
  for (LayerPrecision &precision : result->precisions) {
    if (auto &weight = precision[OperandRole::Weight])
      weight = finer(*weight, kFiner, kFiner);
    if (auto &bias = precision[OperandRole::Bias])
      bias = finer(*bias, kFiner, kBias);
  }
  return result;
}

absl::StatusOr<Shrinkage> shrink(const Network &network, const Network &rounded,
                                 absl::Span<const LayerPrecision> precisions,
                                 absl::Span<const float> x,
                                 const ShrinkOptions &options) {
  if (options.budget < 0)
    return absl::InvalidArgumentError(absl::StrCat(
        "expected a budget of at least 0, found ", options.budget));
  if (options.starts < 1)
    return absl::InvalidArgumentError(
        absl::StrCat("expected starts of at least 1, found ", options.starts));
  CalibrationOptions checked;
  checked.instructionSet = options.instructionSet;
  checked.distance = options.distance.value_or(distanceOf(network));
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
  if (absl::Status status = checkLayers(rounded, precisions); !status.ok())
    return status;
  absl::StatusOr<FiniteSamples> finite = finiteSamples(network, x);
  if (!finite.ok())
    return finite.status();
  ShrinkPath::truncate(finite->x, network, options.effort);
  Calibrator reference(network, finite->x, checked);
  auto makeBlocks = [&] {
    return BlockNetwork(rounded, precisions, reference.input(),
                        reference.targets(),
                        options.instructionSet.value_or(bestInstructionSet()));
  };
  BlockNetwork blocks = makeBlocks();
  if (absl::Status status = checkSums(blocks); !status.ok())
    return status;
  ShrinkPath start(std::move(blocks), precisions, reference, options);

  Shrinkage result;
  result.distance = checked.distance;
  finite->warn(result.warnings);
  result.costBefore = start.cost();
  result.divergenceBefore = start.distance();
  std::vector<int64_t> stops = options.stops;
  std::erase_if(stops, [&](int64_t stop) {
    return stop <= options.budget || stop >= result.costBefore;
  });
  stops.push_back(options.budget);
  std::sort(stops.begin(), stops.end(), std::greater<>());
  stops.erase(std::unique(stops.begin(), stops.end()), stops.end());
  if (result.costBefore <= options.budget) {
    result.networks.push_back(start.result(options.budget));
    return result;
  }
  std::vector<PassedStops> paths = walkAll(options, stops, start, [&] {
    return std::make_unique<ShrinkPath>(makeBlocks(), precisions, reference,
                                        options);
  });
  return merged(std::move(result), std::move(paths), stops);
}

} // namespace mase
