// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Calibrate/Shrink.h"

#include "EffectiveBits.h"
#include "Shrinking.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cmath>

namespace mase {
namespace {

/// Where lambda begins, or where all bit operations are worth so many nats if
/// that is less; and where weights that cost anything are gone from every
/// network.
constexpr double kFirst = 3e-7, kFirstNats = 0.03, kLast = 10;

struct Effort {
  double factor; ///< by which lambda rises
  /// So many times lambda is what rows go to first, before they come back: what
  /// is dearest goes, and the others make that good.
  double beyond;
  size_t samples;          ///< that are looked at, at most
  int64_t curvatureBlocks; ///< of them from which curvatures come
};
constexpr Effort kFull = {1.15, 6, std::numeric_limits<size_t>::max(), 32},
                 kFast = {2, 7, 3072, 16};

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
    if (!data || !codeGrid(*data))
      return refuse(OperandRole::DataIn,
                    "integers of one scale without zero point");
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

ShrunkNetwork resultOf(int64_t budget, const BlockNetwork &blocks,
                       const Shrinking &shrinking, double divergence) {
  ShrunkNetwork result;
  result.budget = budget;
  result.cost = shrinking.cost();
  result.divergence = divergence;
  result.network = blocks.network();
  result.precisions = shrinking.precisions();
  int64_t bits = 0;
  for (size_t k = 0; k < result.network.steps.size(); ++k) {
    const Step &step = result.network.steps[k];
    result.weights += int64_t(step.weight.size());
    for (size_t i = 0; i < step.weight.size(); ++i)
      if (step.weight[i] == 0)
        ++result.zeroWeights;
      else
        bits += blocks.grid(k, int64_t(i) % step.inFeatures).bits;
  }
  if (result.weights > result.zeroWeights)
    result.meanWidth =
        double(bits) / double(result.weights - result.zeroWeights);
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

absl::StatusOr<Calibration> calibrateToShrink(const Network &network,
                                              absl::Span<const float> x) {
  // Biases are moved by more than a calibrated one: there is room for that.
  constexpr int kData = 8, kWeight = 6, kFiner = 2, kBias = 4;
  std::vector<LayerPrecision> open(network.steps.size());
  for (size_t k = 0; k < open.size(); ++k)
    if (network.steps[k].kind == Step::Kind::Linear)
      open[k] = openLinear(kData, kWeight);
  absl::StatusOr<Calibration> result = calibrate(network, open, x);
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
  CalibrationOptions checked;
  checked.instructionSet = options.instructionSet;
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
  const Effort &effort =
      options.effort == ShrinkOptions::Effort::Full ? kFull : kFast;
  auto features = size_t(network.inFeatures);
  if (finite->x.size() / features > effort.samples)
    finite->x.resize(effort.samples * features);

  InstructionSet set = options.instructionSet.value_or(bestInstructionSet());
  Calibrator reference(network, finite->x, checked);
  BlockNetwork blocks(rounded, precisions, reference.input(),
                      reference.targets(), set);
  for (size_t k = 0; k < precisions.size(); ++k)
    if (rounded.steps[k].kind == Step::Kind::Linear && !blocks.isInteger(k))
      return absl::InvalidArgumentError(
          absl::StrCat("layer '", rounded.steps[k].name,
                       "': expected sums below 2^24, found wider ones"));
  int64_t samples = reference.input().samples();
  auto divergence = [&] {
    return blocks.loss() / double(samples) - reference.targets().entropy();
  };
  Shrinking shrinking(blocks, precisions, samples, calibrationKernels(set),
                      options.seed);

  Shrinkage result;
  finite->warn(result.warnings);
  result.costBefore = shrinking.cost();
  result.divergenceBefore = divergence();
  std::vector<int64_t> stops;
  for (int64_t stop : options.stops)
    if (stop > options.budget && stop < result.costBefore)
      stops.push_back(stop);
  stops.push_back(options.budget);
  std::sort(stops.begin(), stops.end(), std::greater<>());
  stops.erase(std::unique(stops.begin(), stops.end()), stops.end());

  shrinking.curvatureBlocks = effort.curvatureBlocks;
  double lambda = std::min(
      kFirst, kFirstNats / double(std::max<int64_t>(result.costBefore, 1)));
  auto add = [&](int64_t budget) {
    result.networks.push_back(
        resultOf(budget, blocks, shrinking, divergence()));
  };
  auto next = stops.begin();
  if (result.costBefore <= options.budget) {
    add(options.budget);
    return result;
  }
  auto isInterrupted = [&] {
    return options.interrupt && options.interrupt->load();
  };
  while (lambda < kLast) {
    shrinking.moveGrids(lambda);
    if (!isInterrupted())
      shrinking.moveRows(effort.beyond * lambda);
    if (!isInterrupted())
      shrinking.moveRows(lambda);
    while (next != stops.end() && shrinking.cost() <= *next) {
      // One sweep that spends what is left, on a copy.
      Shrinking::State before = shrinking.state();
      shrinking.limit = *next;
      shrinking.moveRows(lambda / 5);
      shrinking.limit = std::numeric_limits<int64_t>::max();
      add(*next);
      if (++next != stops.end())
        shrinking.restore(before);
    }
    if (next == stops.end())
      return result;
    if (isInterrupted()) {
      add(options.budget);
      result.isPartial = true;
      return result;
    }
    lambda *= effort.factor;
  }
  result.least = shrinking.cost();
  return result;
}

} // namespace mase
