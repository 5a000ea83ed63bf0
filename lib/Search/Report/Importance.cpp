// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Knob importances: PED-ANOVA over categorical marginals.
#include "mase/Search/Indicators.h"
#include "mase/Search/Random.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace mase;

namespace {

/// With three objectives or more, choosing from a rank by hypervolume takes
/// the square of its size and more.
constexpr size_t kMostToChooseFrom = 200;

/// With three objectives or more, trials that are looked at: fronts of
/// thousands make ranks a matter of minutes beyond that.
constexpr size_t kMostTrials = 20'000;

/// The `most` of `trials` that a hash of their numbers chooses.
std::vector<const Trial *> someOf(llvm::ArrayRef<Trial> trials, size_t most) {
  std::vector<const Trial *> some;
  for (const Trial &trial : trials)
    if (trial.state == TrialState::Complete && !trial.values.empty() &&
        !trial.shrunk)
      some.push_back(&trial);
  if (some.size() <= most)
    return some;
  auto byHash = [](const Trial *a, const Trial *b) {
    return mixBits(a->number + 1) < mixBits(b->number + 1);
  };
  std::nth_element(some.begin(), some.begin() + most, some.end(), byHash);
  some.resize(most);
  llvm::sort(some, [](const Trial *a, const Trial *b) {
    return a->number < b->number;
  });
  return some;
}

/// Ranks of non-domination, 0 the best; equal vectors share one. In
/// lexicographic order a vector is only dominated by earlier ones, and being
/// dominated by a front implies it for all better fronts, so its rank is found
/// by bisection (ENS-BS; Zhang, Tian, Cheng & Jin 2015): n log n for two
/// objectives, where NonDominatedRanks, made for additions one by one, is too
/// slow for 100,000.
std::vector<uint32_t> nonDominationRanks(llvm::ArrayRef<Losses> losses) {
  std::vector<uint32_t> order(losses.size()), ranks(losses.size());
  std::iota(order.begin(), order.end(), 0u);
  llvm::sort(order, [&](uint32_t a, uint32_t b) {
    return losses[a] != losses[b] ? losses[a] < losses[b] : a < b;
  });
  std::vector<std::vector<uint32_t>> fronts;
  const Losses *last = nullptr;
  uint32_t lastRank = 0;
  for (uint32_t i : order) {
    const Losses &own = losses[i];
    if (!last || *last != own) {
      auto isDominatedBy = [&](const std::vector<uint32_t> &front) {
        // With two objectives the last member has the smallest second.
        if (own.size() == 2)
          return losses[front.back()][1] <= own[1];
        return std::any_of(front.rbegin(), front.rend(), [&](uint32_t m) {
          return dominates(losses[m], own);
        });
      };
      auto place =
          std::partition_point(fronts.begin(), fronts.end(), isDominatedBy);
      lastRank = uint32_t(place - fronts.begin());
      if (place == fronts.end())
        fronts.emplace_back();
      fronts[lastRank].push_back(i);
      last = &own;
    }
    ranks[i] = lastRank;
  }
  return ranks;
}

/// The best `wanted` of several values' losses.
std::vector<uint32_t> bestByRank(llvm::ArrayRef<Losses> losses, size_t wanted) {
  std::vector<uint32_t> ranks = nonDominationRanks(losses);
  std::vector<std::vector<uint32_t>> fronts;
  for (uint32_t i = 0; i < ranks.size(); ++i) {
    if (ranks[i] >= fronts.size())
      fronts.resize(ranks[i] + 1);
    fronts[ranks[i]].push_back(i);
  }
  std::vector<uint32_t> best;
  for (const std::vector<uint32_t> &front : fronts) {
    if (best.size() >= wanted)
      break;
    size_t missing = wanted - best.size();
    if (front.size() <= missing ||
        (losses[0].size() > 2 && front.size() > kMostToChooseFrom)) {
      best.insert(best.end(), front.begin(), front.end());
      continue;
    }
    std::vector<Losses> members;
    for (uint32_t i : front)
      members.push_back(losses[i]);
    for (size_t i : hypervolumeSubset(members, missing))
      best.push_back(front[i]);
  }
  return best;
}

/// All that are not worse than the `wanted`-th best.
std::vector<uint32_t> bestByLoss(llvm::ArrayRef<double> losses, size_t wanted) {
  std::vector<double> sorted(losses.begin(), losses.end());
  std::nth_element(sorted.begin(), sorted.begin() + (wanted - 1), sorted.end());
  double cutoff = sorted[wanted - 1];
  std::vector<uint32_t> best;
  for (uint32_t i = 0; i < losses.size(); ++i)
    if (losses[i] <= cutoff)
      best.push_back(i);
  return best;
}

/// What an observation of a choice makes likely: mostly itself, and each of
/// the C choices a little, as with a prior of weight 1 spread over one kernel
/// per observed choice and one for the prior itself.
std::vector<double> smoothed(llvm::ArrayRef<uint64_t> counts) {
  double numChoices = double(counts.size()), total = 0, kernels = 1;
  for (uint64_t count : counts) {
    total += double(count);
    kernels += count != 0;
  }
  double other = 1 / kernels, norm = 1 + numChoices * other;
  std::vector<double> density;
  for (uint64_t count : counts)
    density.push_back(
        ((double(count) + total * other) / norm + 1 / numChoices) /
            (total + 1) +
        1e-12);
  return density;
}

double pearsonDivergence(llvm::ArrayRef<double> top,
                         llvm::ArrayRef<double> all) {
  double sum = 0;
  for (size_t c = 0; c < top.size(); ++c) {
    double ratio = top[c] / all[c] - 1;
    sum += all[c] * (ratio * ratio);
  }
  return sum;
}

std::vector<double> divergences(const Space &space,
                                llvm::ArrayRef<const Trial *> trials,
                                llvm::ArrayRef<uint32_t> top) {
  std::vector<double> result;
  std::vector<bool> isTop(trials.size(), false);
  for (uint32_t i : top)
    isTop[i] = true;
  for (size_t k = 0; k < space.numKnobs(); ++k) {
    size_t numChoices = space.knobs()[k].choices.size();
    std::vector<uint64_t> all(numChoices, 0), good(numChoices, 0);
    uint64_t numAll = 0, numGood = 0;
    for (size_t i = 0; i < trials.size(); ++i) {
      const Point &point = trials[i]->point;
      if (space.hasConditions() && !space.isActive(point, k))
        continue;
      ++all[point[k]];
      ++numAll;
      good[point[k]] += isTop[i];
      numGood += isTop[i];
    }
    // One trial says nothing of a distribution.
    if (numChoices < 2 || numAll < 2 || numGood == 0) {
      result.push_back(0);
      continue;
    }
    double shareOfGood = double(numGood) / double(top.size());
    double shareOfAll = double(numAll) / double(trials.size());
    result.push_back(shareOfGood * shareOfGood / shareOfAll *
                     pearsonDivergence(smoothed(good), smoothed(all)));
  }
  // Rounding alone is no importance.
  double sum = 0;
  for (double &value : result)
    sum += value = value < 1e-15 ? 0 : value;
  for (double &value : result)
    value = sum > 0 ? value / sum : 0;
  return result;
}

} // namespace

KnobImportances mase::knobImportances(const Problem &problem,
                                      llvm::ArrayRef<Trial> trials,
                                      double quantile) {
  const Space &space = problem.space;
  KnobImportances result;
  result.overall.assign(space.numKnobs(), 0);
  result.perObjective.assign(problem.objectives.size(), result.overall);

  std::vector<const Trial *> complete =
      someOf(trials, problem.numValues() > 2 ? kMostTrials : trials.size());
  std::vector<uint32_t> feasible, infeasible;
  std::vector<Losses> losses;
  for (uint32_t i = 0; i < complete.size(); ++i) {
    if (complete[i]->violation == 0) {
      feasible.push_back(i);
      losses.push_back(lossesOf(problem, complete[i]->values));
    } else {
      infeasible.push_back(i);
    }
  }
  result.numTrials = complete.size();
  if (complete.size() < 2)
    return result;
  size_t wanted =
      std::clamp<size_t>(size_t(std::ceil(quantile * double(complete.size()))),
                         1, complete.size());

  // Overall: the feasible first, then those that break the constraints least.
  std::vector<uint32_t> top;
  if (!feasible.empty()) {
    size_t ofFeasible = std::min(wanted, feasible.size());
    if (problem.numValues() == 1) {
      std::vector<double> single;
      for (const Losses &l : losses)
        single.push_back(l[0]);
      top = bestByLoss(single, ofFeasible);
    } else {
      top = bestByRank(losses, ofFeasible);
    }
    for (uint32_t &i : top)
      i = feasible[i];
  }
  if (top.size() < wanted) {
    std::vector<double> violations;
    for (uint32_t i : infeasible)
      violations.push_back(complete[i]->violation);
    for (uint32_t i : bestByLoss(violations, wanted - top.size()))
      top.push_back(infeasible[i]);
  }
  result.numTop = top.size();
  result.overall = divergences(space, complete, top);

  auto infos = problem.evaluator->metrics();
  for (size_t o = 0; o < problem.objectives.size(); ++o) {
    const Objective &objective = problem.objectives[o];
    size_t metric = llvm::find_if(infos,
                                  [&](const MetricInfo &m) {
                                    return m.name == objective.name;
                                  }) -
                    infos.begin();
    bool maximize = problem.direction(problem.sumScaledMetrics ? 0 : o) ==
                    Direction::Maximize;
    std::vector<double> single;
    for (const Trial *trial : complete) {
      double value = metric < trial->metrics.size()
                         ? objective.scale * trial->metrics[metric]
                         : std::nan("");
      // Not measured: the worst.
      single.push_back(std::isnan(value) ? INFINITY
                       : maximize        ? -value
                                         : value);
    }
    result.perObjective[o] =
        divergences(space, complete, bestByLoss(single, wanted));
  }
  return result;
}
