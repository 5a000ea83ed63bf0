// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Extremes, sweeps, paths.
#include "GreedySampler.h"

#include "Opening.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mase;

GreedySampler::GreedySampler(const Space &space, const SamplerOptions &options,
                             const GreedyParameters &parameters)
    : space(space), options(options), parameters(parameters),
      unseen(space, mixBits(options.seed ^ 0x677265656479ull)),
      local(space, mixBits(options.seed ^ 0x6c6f63616cull)) {
  for (size_t k = 0; k < space.numKnobs(); ++k)
    if (space.knobs()[k].choices.size() > 1)
      free.push_back(k);
}

void GreedySampler::tell(llvm::ArrayRef<Observation> observations) {
  for (const Observation &observation : observations) {
    unseen.take(*observation.point);
    points.push_back(*observation.point);
    Outcome outcome = Outcome(observation).withoutInfinities();
    constrained |= outcome.violation > 0;
    losses.push_back(outcome.losses);
    feasible.push_back(outcome.isFeasible());
    // A path from a feasible base ends where it leaves what is feasible.
    if (step == Step::OtherSweep && outcome.violation > 0 && isFeasible(base))
      plan.clear();
    if (!outcome.isFailed())
      local.add(points.back(), std::move(outcome));
  }
  pending -= std::min(pending, observations.size());
}

std::optional<size_t> GreedySampler::find(const Point &point) const {
  for (size_t i = 0; i < points.size(); ++i)
    if (points[i] == point)
      return i;
  return std::nullopt;
}

const Losses *GreedySampler::lossesAt(const Point &point) const {
  std::optional<size_t> place = find(point);
  return place && !losses[*place].empty() ? &losses[*place] : nullptr;
}

bool GreedySampler::isFeasible(const Point &point) const {
  std::optional<size_t> place = find(point);
  return place && feasible[*place];
}

void GreedySampler::planSweep(const Point &from) {
  std::vector<Point> sweep = shuffledSweep(
      space, from,
      RandomStream(options.seed, 0x7377656570ull + uint64_t(step)));
  plan.insert(plan.end(), sweep.begin(), sweep.end());
}

void GreedySampler::planPath() {
  if (!lossesAt(base))
    return;
  std::vector<Change> steps = pathSteps(/*backwards=*/false);
  // From a base that is feasible but the worst by the first objective there
  // is only the way back.
  if (steps.empty() && constrained)
    steps = pathSteps(/*backwards=*/true);
  llvm::sort(steps, [](const Change &a, const Change &b) {
    return a.slope != b.slope ? a.slope < b.slope : a.knob < b.knob;
  });
  Point point = base;
  for (const Change &change : steps) {
    point[change.knob] = change.choice;
    space.canonicalize(point);
    if (!unseen.isTaken(point))
      plan.push_back(point);
  }
}

/// What each knob can do for the objectives after the first at the cost of the
/// first, step by step (backwards: for the first at the cost of the others).
std::vector<GreedySampler::Change>
GreedySampler::pathSteps(bool backwards) const {
  const Losses *start = lossesAt(base);
  size_t m = start->size();
  // What is gained in the objectives after the first adds up in their ranges.
  Losses low = *start, high = *start;
  for (const Losses &l : losses)
    for (size_t d = 0; d < l.size(); ++d) {
      low[d] = std::min(low[d], l[d]);
      high[d] = std::max(high[d], l[d]);
    }
  std::vector<Change> steps;
  for (size_t k : free) {
    std::vector<Change> changes = {{k, base[k], 0, 0, 0}};
    for (uint32_t c = 0; c < space.knobs()[k].choices.size(); ++c) {
      Point point = base;
      point[k] = c;
      const Losses *there = lossesAt(point);
      if (!there || c == base[k])
        continue;
      Change change{k, c, (*there)[0] - (*start)[0], 0, 0};
      for (size_t d = 1; d < m; ++d)
        if (high[d] > low[d])
          change.gain += ((*start)[d] - (*there)[d]) / (high[d] - low[d]);
      if (m == 1) {
        change.gain = -change.loss;
        change.loss = 0;
      } else if (backwards) {
        std::swap(change.loss, change.gain);
        change.loss = -change.loss;
        change.gain = -change.gain;
      }
      if (change.gain > 0)
        changes.push_back(change);
    }
    if (m == 1) {
      auto best = llvm::max_element(
          changes, [](auto &a, auto &b) { return a.gain < b.gain; });
      if (best->choice != base[k]) {
        best->slope = -best->gain;
        steps.push_back(*best);
      }
      continue;
    }
    // The lower convex hull of loss over gain: along it each step costs more
    // for what it gains.
    llvm::sort(changes, [](const Change &a, const Change &b) {
      return a.gain != b.gain ? a.gain < b.gain : a.loss < b.loss;
    });
    size_t at = 0;
    while (at + 1 < changes.size()) {
      size_t next = 0;
      double least = 0;
      for (size_t j = at + 1; j < changes.size(); ++j) {
        double width = changes[j].gain - changes[at].gain;
        if (!(width > 0))
          continue;
        double slope = (changes[j].loss - changes[at].loss) / width;
        if (next == 0 || slope <= least) {
          next = j;
          least = slope;
        }
      }
      if (next == 0)
        break;
      changes[next].slope = least;
      steps.push_back(changes[next]);
      at = next;
    }
  }
  return steps;
}

bool GreedySampler::planNext() {
  if (step == Step::Local)
    return false;
  if (step == Step::Extremes) {
    for (double level : openingLevels(space))
      plan.push_back(pointAtLevel(space, level));
    step = Step::Sweep;
    return true;
  }
  if (pending > 0)
    return false; // its results are needed
  if (step == Step::Sweep) {
    Point high = pointAtLevel(space, 1), low = pointAtLevel(space, 0);
    const Losses *a = lossesAt(high), *b = lossesAt(low);
    bool lowFirst = !a || (b && (*b)[0] < (*a)[0]);
    if (isFeasible(high) != isFeasible(low) && a && b)
      lowFirst = isFeasible(low);
    base = lowFirst ? low : high;
    if (a || b)
      planSweep(base);
    step = Step::Path;
  } else if (step == Step::Path) {
    planPath();
    step = Step::OtherSweep;
  } else {
    Point high = pointAtLevel(space, 1),
          other = base == high ? pointAtLevel(space, 0) : high;
    if (lossesAt(other))
      planSweep(other);
    step = Step::Local;
  }
  return true;
}

std::vector<Point> GreedySampler::ask(uint64_t firstNumber, size_t count) {
  std::vector<Point> result;
  for (uint64_t number = firstNumber; result.size() < count; ++number) {
    Point point;
    while (point.empty()) {
      if (plan.empty() && !planNext())
        break;
      if (plan.empty())
        continue;
      if (unseen.take(plan.front()))
        point = plan.front();
      plan.pop_front();
    }
    // Also where a step waits for results: a batch is never cut short.
    if (point.empty())
      point = local.propose(unseen, number);
    if (point.empty())
      point = unseen.takeRandom();
    if (point.empty())
      break;
    ++pending;
    result.push_back(std::move(point));
  }
  return result;
}
