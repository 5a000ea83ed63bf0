// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The order of trials under constraints (Deb, Pratap, Agarwal & Meyarivan
// 2002, doi 10.1109/4235.996017, section VI): any feasible trial comes before
// any infeasible one, infeasible ones are ordered by their violation, feasible
// ones by dominance.
#ifndef MASE_LIB_SEARCH_SAMPLERS_CONSTRAINEDRANKS_H
#define MASE_LIB_SEARCH_SAMPLERS_CONSTRAINEDRANKS_H

#include "mase/Search/Front.h"
#include "mase/Search/Sampler.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <set>
#include <utility>

namespace mase {

/// What a trial has to show.
struct Outcome {
  /// Empty: failed (no violation), or turned down before it was evaluated.
  Losses losses;
  double violation = 0; ///< 0: feasible

  Outcome() = default;
  explicit Outcome(const Observation &observation);

  bool isEvaluated() const { return !losses.empty(); }
  /// Neither better nor worse than others: left out of every order.
  bool isFailed() const { return losses.empty() && !(violation > 0); }
  bool isFeasible() const { return !losses.empty() && !(violation > 0); }
  /// The same with losses that have no differences (Study writes infinite
  /// ones as 1e300) taken for none.
  Outcome withoutInfinities() const;
};

/// Indices of the best of `outcomes`, ascending: the Pareto front of those
/// that are feasible, of equals the first; where none is, the first of those
/// with the least violation. Failed ones have no place in it.
std::vector<size_t> constrainedFront(llvm::ArrayRef<Outcome> outcomes);

/// Ranks in that order, kept up to date as outcomes are added.
class ConstrainedRanks {
public:
  /// Adds outcome number size(), which has not failed.
  void add(Outcome outcome);
  size_t size() const { return all.size(); }
  const Outcome &operator[](size_t i) const { return all[i]; }

  size_t numFeasible() const { return feasible.size(); }
  size_t numEvaluated() const { return evaluated; }

  /// Calls `visit` with the numbers of each rank, best first, until it returns
  /// false: the fronts of the feasible ones, then those of equal violation.
  void
  forEachRank(llvm::function_ref<bool(llvm::ArrayRef<uint32_t>)> visit) const;

private:
  std::vector<Outcome> all;
  size_t evaluated = 0;
  NonDominatedRanks ranks;        ///< of the feasible ones
  std::vector<uint32_t> feasible; ///< their numbers, by number in `ranks`
  std::set<std::pair<double, uint32_t>> infeasible; ///< violation, number
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_CONSTRAINEDRANKS_H
