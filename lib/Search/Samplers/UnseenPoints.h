// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a sampler knows of the points that were tried, and where it turns when
// its own ideas have all been.
#ifndef MASE_LIB_SEARCH_SAMPLERS_UNSEENPOINTS_H
#define MASE_LIB_SEARCH_SAMPLERS_UNSEENPOINTS_H

#include "PermutationSampler.h"

namespace mase {

/// The points tried so far, and random ones among the others.
class UnseenPoints {
public:
  UnseenPoints(const Space &space, uint64_t seed)
      : seen(space), random("random", space, seed) {}

  /// Marks a point as tried; whether it was new.
  bool take(const Point &point) { return seen.insert(point); }
  bool isTaken(const Point &point) const { return seen.contains(point); }
  size_t numTaken() const { return seen.size(); }
  /// No point is left.
  bool isEmpty() const { return seen.isFull(); }

  /// A random point that was not tried, now marked as tried; empty where none
  /// is left. All calls together cost one walk through the space at most.
  Point takeRandom() {
    while (!seen.isFull()) {
      std::vector<Point> next = random.ask(0, 1);
      if (next.empty())
        break;
      if (seen.insert(next[0]))
        return std::move(next[0]);
    }
    return {};
  }

private:
  PointSet seen;
  PermutationSampler random;
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_UNSEENPOINTS_H
