// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Neighbours of the front: what one knob did elsewhere says what it will do
// here.
#ifndef MASE_LIB_SEARCH_LOCALSEARCH_H
#define MASE_LIB_SEARCH_LOCALSEARCH_H

#include "UnseenPoints.h"

#include "mase/Search/Front.h"

#include <array>
#include <map>

namespace mase {

/// Pareto local search (Paquete, Chiarandini & Stuetzle 2004) with a forecast:
/// among the points that differ from a member of the front in one knob, the
/// one with the largest expected improvement. A neighbour's losses are
/// forecast as the member's plus the mean of what the same change did
/// elsewhere, near places counting more. Where the front has no neighbours
/// left the next rank has its turn.
class LocalSearch {
public:
  LocalSearch(const Space &space, uint64_t seed);

  /// A point with its losses (not a failed one).
  void add(const Point &point, const Losses &losses);
  size_t size() const { return points.size(); }

  /// The most promising neighbour that was not tried, now marked as tried, and
  /// imagined to come out as forecast until the next add; empty if there is
  /// none.
  Point propose(UnseenPoints &unseen, uint64_t number);

private:
  static constexpr size_t kMaxCandidates = 1500, kMaxExamples = 24;
  /// A change of one knob that was made at some place.
  struct Example {
    uint32_t place; ///< number of the point before the change
    Losses change;
  };
  struct Forecast {
    Point point;
    std::vector<float> means, deviations; ///< standardised
  };

  void forecast(const UnseenPoints &unseen);

  const Space &space;
  uint64_t seed;
  std::vector<size_t> free;
  std::vector<Point> points;
  NonDominatedRanks ranks;
  /// By knob, old choice, new choice.
  std::map<std::array<uint32_t, 3>, std::vector<Example>> examples;
  std::vector<Forecast> forecasts; ///< of the candidates, until the next add
  std::vector<Losses> known;       ///< standardised; then what was imagined
};

} // namespace mase

#endif // MASE_LIB_SEARCH_LOCALSEARCH_H
