// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Neighbours of the front: what one knob did elsewhere says what it will do
// here.
#ifndef MASE_LIB_SEARCH_SAMPLERS_LOCALSEARCH_H
#define MASE_LIB_SEARCH_SAMPLERS_LOCALSEARCH_H

#include "ConstrainedRanks.h"
#include "UnseenPoints.h"

#include "mase/Search/Random.h"

#include "absl/container/flat_hash_map.h"

#include <array>
#include <map>

namespace mase {

/// Pareto local search (Paquete, Chiarandini & Stuetzle 2004) with a forecast:
/// among the points that differ from a member of the front in one knob, the
/// one with the largest expected improvement. A neighbour's losses are
/// forecast as the member's plus the mean of what the same change did
/// elsewhere, near places counting more. Where the front has no neighbours
/// left the next rank has its turn. Every fourth proposal is a child of two
/// members of the front instead. Under constraints the improvement counts
/// by how often the same change would have kept them; while no point is
/// feasible, the violation is what is to improve.
class LocalSearch {
public:
  LocalSearch(const Space &space, uint64_t seed);

  /// A point that has not failed, with losses that are finite (or none).
  void add(const Point &point, Outcome outcome);
  size_t size() const { return points.size(); }

  /// The most promising neighbour that was not tried, now marked as tried, and
  /// imagined to come out as forecast until the next add; empty if there is
  /// none.
  Point propose(UnseenPoints &unseen, uint64_t number);

private:
  static constexpr size_t kMaxCandidates = 1500, kMaxExamples = 24;
  static constexpr uint64_t kCrossoverEvery = 4;
  /// A change of one knob that was made at some place.
  struct Example {
    uint32_t place;   ///< number of the point before the change
    Losses change;    ///< empty: not known of both points
    double violation; ///< change of the violation
  };
  struct Forecast {
    Point point;
    std::vector<float> means, deviations; ///< standardised
    double feasibility = 1;               ///< probability
  };
  /// Mean, spread and range of a loss.
  struct Moments {
    double mean = 0, squares = 0, low = 0, high = 0, most = 1;
    size_t count = 0;
    void add(double value);
    double deviation() const;
  };

  std::vector<uint32_t> neighboursOf(const Point &point) const;
  void forecast(const UnseenPoints &unseen);
  Point crossover(const UnseenPoints &unseen, RandomStream random) const;
  Forecast forecastChange(Point point, uint32_t from, size_t knob) const;
  double standardise(double loss, size_t d) const {
    return (loss - moments[d].mean) / deviations[d];
  }

  const Space &space;
  uint64_t seed;
  std::vector<size_t> free;
  size_t numNeighbours = 0; ///< of a point
  std::vector<Point> points;
  std::vector<uint32_t> rows; ///< points x free
  absl::flat_hash_map<Point, uint32_t> numbers;
  ConstrainedRanks ranks;
  std::vector<Moments> moments; ///< of evaluated points
  /// By knob, old choice, new choice.
  std::map<std::array<uint32_t, 3>, std::vector<Example>> examples;

  // Until the next add:
  bool ready = false;
  std::vector<uint32_t> members; ///< of the front, once some are feasible
  std::vector<double> deviations;
  std::vector<Forecast> forecasts; ///< of the candidates
  std::vector<Losses> known; ///< the front, standardised; what was imagined
  Losses low, high;          ///< of all, standardised
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_LOCALSEARCH_H
