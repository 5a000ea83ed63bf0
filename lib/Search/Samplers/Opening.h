// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a search that knows nothing tries first.
#ifndef MASE_LIB_SEARCH_SAMPLERS_OPENING_H
#define MASE_LIB_SEARCH_SAMPLERS_OPENING_H

#include "mase/Search/Random.h"
#include "mase/Search/Space.h"

namespace mase {

/// A point with every knob about as far between its smallest choice (level 0)
/// and its largest (1).
Point pointAtLevel(const Space &space, double level);

/// Levels of distinct points, both ends first, then what halves the gaps: as
/// many as the longest knob has choices, at most.
std::vector<double> openingLevels(const Space &space);

/// The points that differ from `point` in one knob (and what depends on it).
std::vector<Point> singleChanges(const Space &space, const Point &point);

/// The same in an order that `random` decides: a sensitivity sweep.
std::vector<Point> shuffledSweep(const Space &space, const Point &base,
                                 RandomStream random);

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_OPENING_H
