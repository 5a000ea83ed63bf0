// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "NarrowPath.h"

#include "EffectiveBits.h"
#include "HiddenUnits.h"
#include "Shrinking.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mase {
namespace {

/// Units are gone, where the second path begins, to so much of D; and in each
/// that follows to so many times as much.
constexpr double kFirstDistance = 0.0015, kNextDistance = 2.5;
/// Paths that pay: the greedy one alone keeps too many units.
constexpr int kStarts = 6;
/// A stage has at most so much of the multiplications of the one before.
constexpr double kShare = 0.98;
/// Of the rows of weights, where a network is kept.
constexpr int kSweeps = 3;
/// Samples from which curvatures come then, in blocks.
constexpr int64_t kCurvatureBlocks = 32;
constexpr OperandRole kNarrowed[] = {OperandRole::DataIn, OperandRole::Weight,
                                     OperandRole::Bias};

/// The format with its scale open, where it may get narrower.
std::optional<NumberFormat> opened(const NumberFormat &format, size_t slices) {
  const UniformTensorFormat *uniform = format->uniform();
  std::optional<std::vector<CodeGrid>> grids = codeGrids(format, slices);
  if (!grids || uniform->common.width < CodeGrid::kMinWidth ||
      !uniform->width.empty())
    return std::nullopt;
  OpenFormat open;
  open.known = uniform->common;
  open.known.scale = 1;
  open.isSigned = open.known.isSigned;
  if (uniform->slices() > 1)
    open.axis = 0;
  for (const CodeGrid &grid : *grids) {
    int exponent = 0;
    open.powerOfTwo &= std::frexp(grid.scale, &exponent) == 0.5f;
  }
  return NumberFormat(open);
}

/// Of Linears what may get narrower is open.
std::vector<LayerPrecision>
openedPrecisions(const Network &network,
                 absl::Span<const LayerPrecision> precisions) {
  std::vector<LayerPrecision> result(precisions.begin(), precisions.end());
  for (size_t k = 0; k < result.size(); ++k)
    for (OperandRole role : kNarrowed) {
      const Step &step = network.steps[k];
      std::optional<NumberFormat> &format = result[k][role];
      if (step.kind != Step::Kind::Linear || !format)
        continue;
      size_t slices = role == OperandRole::DataIn ? 1 : size_t(step.outRow());
      if (std::optional<NumberFormat> open = opened(*format, slices))
        format = std::move(open);
    }
  return result;
}

bool hasAxis(absl::Span<const LayerPrecision> precisions) {
  return std::any_of(precisions.begin(), precisions.end(), [](const auto &p) {
    const OpenFormat *open = openFormat(p[OperandRole::Weight]);
    return open && open->axis;
  });
}

} // namespace

NarrowPaths::NarrowPaths(const Network &network,
                         absl::Span<const LayerPrecision> precisions,
                         absl::Span<const float> x,
                         const ShrinkOptions &options, Distance distance) {
  calibration.distance = distance;
  calibration.instructionSet = options.instructionSet;
  RemoveUnitsOptions removing;
  removing.distance = distance;
  removing.instructionSet = options.instructionSet;
  removing.keeps = options.keeps;
  removing.precisions = openedPrecisions(network, precisions);
  // Scales of channels that are all alike have no axis.
  if (!hasAxis(removing.precisions))
    calibration.granularity = CalibrationOptions::Granularity::Tensor;
  removing.maxDivergence =
      options.units ? std::numeric_limits<double>::infinity() : -1;
  stages = removalPath(network, x, removing, kShare);
}

std::vector<size_t> NarrowPaths::starts(const ShrinkOptions &options) const {
  std::vector<size_t> result = {0};
  // With units alone all ways are one.
  const int count = options.cost == ShrinkOptions::Cost::Macs ? 1
                    : options.starts > 0                      ? options.starts
                                                              : kStarts;
  double from = kFirstDistance;
  for (int i = 1; i < count; ++i, from *= kNextDistance) {
    auto found = std::find_if(
        stages.begin(), stages.end(),
        [&](const RemovedUnits &stage) { return stage.divergence >= from; });
    if (found == stages.end())
      break;
    if (auto at = size_t(found - stages.begin()); at != result.back())
      result.push_back(at);
  }
  return result;
}

NarrowPath::NarrowPath(const NarrowPaths &paths, absl::Span<const float> x,
                       const Calibrator &reference,
                       const ShrinkOptions &options, size_t stage)
    : paths(paths), x(x), reference(reference), options(options), stage(stage) {
  const RemovedUnits &start = paths.stages[stage];
  auto calibrator = std::make_shared<Calibrator>(
      start.network, x, paths.calibration, reference.sharedTargets());
  Rounded rounded{calibrator, Calibrating(*calibrator, start.precisions)};
  for (int pass = 0; pass < paths.calibration.exponentPasses; ++pass)
    rounded.state.moveScales();
  now = std::make_shared<Rounded>(std::move(rounded));
  for (size_t k = 0; k < start.precisions.size(); ++k)
    for (OperandRole role : kNarrowed)
      if (openFormat(start.precisions[k][role]))
        candidates.push_back({k, role});
  candidates.push_back({0, OperandRole::Weight, /*isStage=*/true});
}

std::shared_ptr<const NarrowPath::Rounded>
NarrowPath::roundedAt(size_t wanted) const {
  const RemovedUnits &to = paths.stages[wanted];
  auto calibrator = std::make_shared<Calibrator>(
      to.network, x, paths.calibration, reference.sharedTargets());
  std::vector<LayerPrecision> precisions = to.precisions;
  for (size_t k = 0; k < precisions.size(); ++k)
    for (OperandRole role : kNarrowed)
      if (openFormat(precisions[k][role]))
        precisions[k][role] = now->state.wanted(k)[role];
  return std::make_shared<Rounded>(Rounded{
      calibrator, Calibrating(*calibrator, precisions, now->state.moved())});
}

int64_t NarrowPath::costOf(const Rounded &rounded) const {
  int64_t sum = options.fixedCost;
  for (size_t k = 0; k < paths.stages[0].network.steps.size(); ++k)
    sum += mase::costOf(rounded.state.rounded(k).step,
                        rounded.state.rounded(k).precision, options.cost);
  return sum;
}

std::optional<LayerPrecision> NarrowPath::changed(const Rounded &rounded,
                                                  size_t step, OperandRole role,
                                                  int by) const {
  LayerPrecision result = rounded.state.wanted(step);
  OpenFormat format = *openFormat(result[role]);
  format.known.width += by;
  const OpenFormat &widest =
      *openFormat(paths.stages[0].precisions[step][role]);
  if (format.known.width < CodeGrid::kMinWidth ||
      format.known.width > widest.known.width)
    return std::nullopt;
  result[role] = NumberFormat(format);
  return result;
}

int64_t NarrowPath::saved(const Rounded &rounded, size_t step,
                          const LayerPrecision &changed) const {
  const Step &of = rounded.state.rounded(step).step;
  return mase::costOf(of, rounded.state.wanted(step), options.cost) -
         mase::costOf(of, changed, options.cost);
}

bool NarrowPath::measure(Candidate &candidate) {
  candidate.version = version;
  double loss = 0;
  int64_t less = 0;
  if (candidate.isStage) {
    if (stage + 1 == paths.stages.size())
      return false;
    candidate.rounded = roundedAt(stage + 1);
    loss = candidate.rounded->state.loss();
    less = costOf(*now) - costOf(*candidate.rounded);
  } else {
    std::optional<LayerPrecision> narrower =
        changed(*now, candidate.step, candidate.role, -1);
    if (!narrower)
      return false;
    less = saved(*now, candidate.step, *narrower);
    if (less > 0)
      loss = now->state.lossWith(candidate.step, *narrower);
  }
  candidate.price = (loss - now->state.loss()) / double(less);
  return less > 0;
}

bool NarrowPath::descend() {
  for (;;) {
    // A step costs more the more others were taken, as a rule: only the
    // cheapest is measured again, until one stays the cheapest.
    auto best = std::min_element(
        candidates.begin(), candidates.end(),
        [](const auto &a, const auto &b) { return a.price < b.price; });
    if (best == candidates.end())
      return false;
    if (best->version != version) {
      if (!measure(*best))
        candidates.erase(best);
      continue;
    }
    if (best->isStage) {
      now = std::move(best->rounded);
      ++stage;
    } else {
      Rounded next = *now;
      next.state.set(best->step, *changed(next, best->step, best->role, -1));
      next.state.moveScale(best->step, best->role);
      now = std::make_shared<Rounded>(std::move(next));
    }
    ++version;
    best->price = -std::numeric_limits<double>::infinity();
    return true;
  }
}

void NarrowPath::spend(Rounded &rounded, int64_t budget) const {
  for (;;) {
    int64_t left = budget - costOf(rounded);
    double most = 0;
    const Candidate *best = nullptr;
    for (const Candidate &candidate : candidates) {
      if (candidate.isStage)
        continue;
      std::optional<LayerPrecision> wider =
          changed(rounded, candidate.step, candidate.role, 1);
      if (!wider || saved(rounded, candidate.step, *wider) < -left)
        continue;
      double gained =
          rounded.state.loss() - rounded.state.lossWith(candidate.step, *wider);
      if (gained > most) {
        most = gained;
        best = &candidate;
      }
    }
    if (!best)
      return;
    rounded.state.set(best->step, *changed(rounded, best->step, best->role, 1));
  }
}

ShrunkNetwork NarrowPath::result(Rounded rounded, int64_t budget) const {
  const RemovedUnits &smaller = paths.stages[stage];
  Calibration calibration = rounded.state.result();
  ShrunkNetwork result;
  result.budget = budget;
  result.network = std::move(calibration.network);
  result.precisions = std::move(calibration.precisions);
  double loss = calibration.lossToFloat;
  InstructionSet set = options.instructionSet.value_or(bestInstructionSet());
  if (checkShrinkable(result.network, result.precisions).ok()) {
    BlockNetwork blocks(result.network, result.precisions, reference.input(),
                        reference.targets(), set);
    if (blocks.areAllInteger()) {
      Shrinking shrinking(blocks, result.precisions,
                          reference.input().samples(), calibrationKernels(set));
      shrinking.curvatureBlocks = kCurvatureBlocks;
      shrinking.mayRemoveUnits = options.units;
      for (int sweep = 0; sweep < kSweeps; ++sweep)
        shrinking.moveRows(/*lambda=*/0);
      result.network = blocks.network();
      loss = blocks.loss() / double(reference.input().samples());
    }
  }
  result.divergence = loss - reference.targets().least();
  result.cost = mase::costOf(result.network, result.precisions, options.cost) +
                options.fixedCost;
  count(result);
  result.units = smaller.units;
  if (smaller.removed > 0)
    result.removed = std::make_shared<RemovedUnits>(smaller);
  return result;
}

PassedStops NarrowPath::walk(absl::Span<const int64_t> stops) {
  PassedStops passed;
  for (;;) {
    while (passed.networks.size() < stops.size() &&
           costOf(*now) <= stops[passed.networks.size()]) {
      int64_t budget = stops[passed.networks.size()];
      Rounded copy = *now;
      spend(copy, budget);
      passed.networks.push_back(result(std::move(copy), budget));
    }
    passed.least = costOf(*now);
    if (passed.networks.size() == stops.size())
      return passed;
    if (isInterrupted(options)) {
      passed.partial = result(*now, stops.back());
      return passed;
    }
    if (!descend())
      return passed;
  }
}

} // namespace mase
