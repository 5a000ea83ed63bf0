// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Feasible before infeasible.
#include "ConstrainedRanks.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mase;

Outcome::Outcome(const Observation &observation)
    : losses(observation.losses.vec()), violation(observation.violation) {
  // What cannot be compared is as bad as can be.
  if (std::isnan(violation))
    violation = 1e300;
  violation = std::min(violation, 1e300);
}

Outcome Outcome::withoutInfinities() const {
  Outcome result = *this;
  if (llvm::any_of(losses, [](double l) { return !(std::fabs(l) < 1e299); }))
    result.losses.clear();
  return result;
}

std::vector<size_t> mase::constrainedFront(llvm::ArrayRef<Outcome> outcomes) {
  std::vector<Losses> feasible;
  std::vector<size_t> places;
  size_t least = outcomes.size();
  for (size_t i = 0; i < outcomes.size(); ++i)
    if (outcomes[i].isFeasible()) {
      feasible.push_back(outcomes[i].losses);
      places.push_back(i);
    } else if (!outcomes[i].isFailed() &&
               (least == outcomes.size() ||
                outcomes[i].violation < outcomes[least].violation)) {
      least = i;
    }
  if (feasible.empty())
    return least == outcomes.size() ? std::vector<size_t>()
                                    : std::vector<size_t>{least};
  std::vector<size_t> front = paretoFront(feasible);
  for (size_t &f : front)
    f = places[f];
  return front;
}

void ConstrainedRanks::add(Outcome outcome) {
  uint32_t number = uint32_t(all.size());
  evaluated += outcome.isEvaluated();
  if (outcome.isFeasible()) {
    ranks.add(outcome.losses);
    feasible.push_back(number);
  } else {
    infeasible.insert({outcome.violation, number});
  }
  all.push_back(std::move(outcome));
}

void ConstrainedRanks::forEachRank(
    llvm::function_ref<bool(llvm::ArrayRef<uint32_t>)> visit) const {
  std::vector<uint32_t> rank;
  for (const std::vector<uint32_t> &front : ranks.fronts()) {
    rank.clear();
    for (uint32_t i : front)
      rank.push_back(feasible[i]);
    if (!visit(rank))
      return;
  }
  for (auto next = infeasible.begin(); next != infeasible.end();) {
    rank.clear();
    double violation = next->first;
    for (; next != infeasible.end() && next->first == violation; ++next)
      rank.push_back(next->second);
    if (!visit(rank))
      return;
  }
}
