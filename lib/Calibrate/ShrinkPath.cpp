// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ShrinkPath.h"

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
                 kFast = {2, 7, 2816, 16};

const Effort &effortOf(ShrinkOptions::Effort effort) {
  return effort == ShrinkOptions::Effort::Full ? kFull : kFast;
}

} // namespace

ShrinkPath::ShrinkPath(BlockNetwork network,
                       absl::Span<const LayerPrecision> precisions,
                       const Calibrator &reference,
                       const ShrinkOptions &options)
    : reference(reference), options(options), blocks(std::move(network)),
      shrinking(blocks, precisions, reference.input().samples(),
                calibrationKernels(
                    options.instructionSet.value_or(bestInstructionSet()))) {
  shrinking.curvatureBlocks = effortOf(options.effort).curvatureBlocks;
  shrinking.mayRemoveUnits = options.units;
}

absl::Span<const float> lookedAt(absl::Span<const float> x,
                                 const Network &network,
                                 ShrinkOptions::Effort effort) {
  // Sizes that disagree are for others to say.
  auto features = size_t(std::max<int64_t>(network.inFeatures, 1));
  size_t most = effortOf(effort).samples;
  return x.size() / features > most ? x.first(most * features) : x;
}

ShrunkNetwork ShrinkPath::result(int64_t budget) const {
  ShrunkNetwork result;
  result.budget = budget;
  result.cost = shrinking.cost();
  result.divergence = blocks.loss() / double(reference.input().samples()) -
                      reference.targets().least();
  result.network = blocks.network();
  result.precisions = shrinking.precisions();
  count(result);
  return result;
}

PassedStops ShrinkPath::walk(absl::Span<const int64_t> stops, uint64_t seed) {
  const Effort &effort = effortOf(options.effort);
  PassedStops passed;
  shrinking.seed(seed);
  // It may gain bits again where lambda is less than it was, but no more.
  const int64_t most = shrinking.cost();
  shrinking.limit = most;
  double lambda =
      std::min(kFirst, kFirstNats / double(std::max<int64_t>(most, 1)));
  while (lambda < kLast) {
    shrinking.moveGrids(lambda);
    if (!isInterrupted(options))
      shrinking.moveRows(effort.beyond * lambda);
    if (!isInterrupted(options))
      shrinking.moveRows(lambda);
    for (size_t next; (next = passed.networks.size()) < stops.size() &&
                      shrinking.cost() <= stops[next];) {
      // One sweep that spends what is left, on a copy.
      Shrinking::State before = shrinking.state();
      shrinking.limit = stops[next];
      shrinking.moveRows(lambda / 5);
      shrinking.limit = most;
      passed.networks.push_back(result(stops[next]));
      if (next + 1 < stops.size())
        shrinking.restore(before);
    }
    if (passed.networks.size() == stops.size())
      break;
    if (isInterrupted(options)) {
      passed.partial = result(stops.back());
      break;
    }
    lambda *= effort.factor;
  }
  passed.least = shrinking.cost();
  return passed;
}

} // namespace mase
