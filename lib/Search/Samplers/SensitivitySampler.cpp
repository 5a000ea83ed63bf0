// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Turns: the sweep, the additive front, local search.
#include "SensitivitySampler.h"

#include "Acquisition.h"
#include "AdditiveFront.h"
#include "Opening.h"
#include "UpperFence.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mase;

SensitivitySampler::SensitivitySampler(const Space &space,
                                       const SamplerOptions &options,
                                       const SensitivityParameters &parameters)
    : space(space), options(options), parameters(parameters),
      unseen(space, mixBits(options.seed ^ 0x73656e7369ull)),
      spread(space, mixBits(options.seed ^ 0x737072656164ull)),
      local(space, mixBits(options.seed ^ 0x6c6f63616cull)) {
  for (const Knob &knob : space.knobs()) {
    everyKnob.push_back(everyKnob.size());
    failed.emplace_back(knob.choices.size(), false);
  }
  worked = failed;
  for (double level : openingLevels(space)) {
    start.push_back(pointAtLevel(space, level));
    opening.push_back({level, start.back()});
  }
  llvm::sort(opening);
}

void SensitivitySampler::tell(llvm::ArrayRef<Observation> observations) {
  for (const Observation &observation : observations) {
    unseen.take(*observation.point);
    points.push_back(*observation.point);
    outcomes.push_back(Outcome(observation).withoutInfinities());
    const Outcome &outcome = outcomes.back();
    numFeasible += outcome.isFeasible();
    if (!outcome.isFailed())
      local.add(points.back(), outcome);
    if (outcome.isFailed() || outcome.isEvaluated())
      for (auto [k, c] : llvm::enumerate(points.back()))
        (outcome.isFailed() ? failed : worked)[k][c] = true;
  }
  isCurrent = false;
}

bool SensitivitySampler::breaksConstraint(const Point &point) const {
  return options.foresee &&
         llvm::any_of(options.foresee(point).excess,
                      [](double excess) { return excess > 0; });
}

/// Whether a choice has failed, and not worked anywhere.
bool SensitivitySampler::willFail(llvm::ArrayRef<size_t> knobs,
                                  llvm::ArrayRef<uint32_t> choices) const {
  return llvm::any_of(llvm::zip_equal(knobs, choices), [&](auto pair) {
    auto [k, c] = pair;
    return failed[k][c] && !worked[k][c];
  });
}

std::vector<Point> SensitivitySampler::ask(uint64_t firstNumber, size_t count) {
  std::vector<Point> result;
  while (result.size() < count) {
    uint64_t number = firstNumber + result.size();
    Point point = propose(number);
    if (point.empty())
      point = takeOther(number);
    if (point.empty())
      break;
    result.push_back(std::move(point));
  }
  return result;
}

/// Local search's proposal, or a random point. What is known to be turned down
/// or to fail waits until nothing else is found.
Point SensitivitySampler::takeOther(uint64_t number) {
  for (size_t tries = 0; tries < kMostTries && heldBack.size() < kMostHeldBack;
       ++tries) {
    Point point = local.propose(unseen, number);
    if (point.empty())
      point = unseen.takeRandom();
    if (point.empty())
      break;
    if (!breaksConstraint(point) && !willFail(everyKnob, point))
      return point;
    heldBack.push_back(std::move(point));
  }
  Point point = unseen.takeRandom();
  if (point.empty() && !heldBack.empty()) {
    point = std::move(heldBack.front());
    heldBack.pop_front();
  }
  return point;
}

Point SensitivitySampler::propose(uint64_t number) {
  if (Point point = takeFirst(start); !point.empty())
    return point;
  if (!base && numFeasible)
    chooseBase();
  if (!sweep.empty()) {
    // A few points from anywhere tell how single changes add up.
    if (number % parameters.spreadEvery == parameters.spreadEvery - 1) {
      std::deque<Point> next;
      for (Point &point : spread.ask(number, 1))
        next.push_back(std::move(point));
      if (Point point = takeFirst(next); !point.empty())
        return point;
    }
    if (number % parameters.frontEvery != 0)
      if (Point point = takeFirst(sweep); !point.empty())
        return point;
  }
  if (base && mayModel(number))
    if (Point point = takePromising(number); !point.empty())
      return point;
  return takeFirst(sweep);
}

/// Whether it is the model's turn to propose, rather than local search's.
bool SensitivitySampler::mayModel(uint64_t number) const {
  if (!sweep.empty())
    return true;
  if (points.size() >= sweepEnd + kModelTrials)
    return false;
  return !isStill() || number % 2 == 0;
}

/// The first point of a plan that was not tried and is not known to break a
/// constraint, now marked as tried.
Point SensitivitySampler::takeFirst(std::deque<Point> &plan) {
  while (!plan.empty()) {
    Point point = std::move(plan.front());
    plan.pop_front();
    if (!breaksConstraint(point) && unseen.take(point))
      return point;
  }
  return {};
}

void SensitivitySampler::chooseBase() {
  const Losses *best = nullptr;
  auto consider = [&](bool onlyOpening) {
    for (auto [point, outcome] : llvm::zip_equal(points, outcomes)) {
      if (!outcome.isFeasible() || (best && (*best)[0] <= outcome.losses[0]) ||
          (onlyOpening && llvm::none_of(opening, [&](const auto &uniform) {
             return uniform.second == point;
           })))
        continue;
      best = &outcome.losses;
      base = point;
    }
  };
  consider(/*onlyOpening=*/true);
  if (!base)
    consider(/*onlyOpening=*/false);
  blocks.emplace(space, options, *base);
  models.assign(options.numObjectives, EffectModel(space));
  std::vector<Point> singles =
      shuffledSweep(space, *base, RandomStream(options.seed, 0x7377656570ull));
  sweep.assign(singles.begin(), singles.end());
  sweepEnd = points.size() + sweep.size();
}

/// Tells the models of what was told since they learnt last, or of all.
void SensitivitySampler::learn(bool anew) {
  if (anew) {
    fences.clear();
    for (size_t d = 0; d < models.size(); ++d) {
      std::vector<double> losses;
      for (const Outcome &outcome : outcomes)
        if (outcome.isEvaluated())
          losses.push_back(outcome.losses[d]);
      fences.push_back(upperFence(std::move(losses)));
    }
    isGood.clear();
  }
  std::vector<const Point *> learnt;
  std::vector<size_t> places;
  size_t baseNumber = 0;
  std::vector<EffectModel::Uniform> uniform;
  for (size_t i = isGood.size(); i < points.size(); ++i) {
    const Losses &losses = outcomes[i].losses;
    bool isOutlier = false;
    for (size_t d = 0; d < losses.size(); ++d)
      isOutlier |= losses[d] > fences[d];
    isGood.push_back(outcomes[i].isFeasible() && !isOutlier);
    if (isOutlier || losses.empty())
      continue;
    if (points[i] == *base)
      baseNumber = learnt.size();
    for (const auto &[level, point] : opening)
      if (points[i] == point)
        uniform.push_back({level, learnt.size()});
    learnt.push_back(&points[i]);
    places.push_back(i);
  }
  llvm::sort(uniform,
             [](const auto &a, const auto &b) { return a.level < b.level; });
  numBad = size_t(llvm::count(isGood, false));
  for (auto [d, model] : llvm::enumerate(models)) {
    if (blocks->isKnown(d))
      continue;
    std::vector<double> losses;
    for (size_t i : places)
      losses.push_back(outcomes[i].losses[d]);
    if (anew)
      model.fit(learnt, losses, baseNumber, uniform);
    else
      model.append(learnt, losses);
  }
  if (anew)
    numFitted = points.size();
}

/// The front of the sums.
void SensitivitySampler::solve() {
  std::vector<std::vector<Losses>> parts;
  std::vector<std::vector<size_t>> choiceOf; // by part: numbers in the block
  for (const KnobBlocks::Block &block : blocks->blocks()) {
    std::vector<Losses> &part = parts.emplace_back();
    std::vector<size_t> &numbers = choiceOf.emplace_back();
    for (auto [number, choice] : llvm::enumerate(block.choices)) {
      if (willFail(block.knobs, choice))
        continue;
      Losses costs = block.known[number];
      for (size_t d = 0; d < models.size(); ++d) {
        if (blocks->isKnown(d))
          continue;
        costs[d] = 0;
        for (auto [k, c] : llvm::zip_equal(block.knobs, choice))
          costs[d] += models[d].effect(k, c);
      }
      part.push_back(std::move(costs));
      numbers.push_back(number);
    }
  }
  llvm::ArrayRef<double> limits = blocks->limits();
  size_t most = limits.size() <= 2 ? kMostMembers : kMostMembers / 8;
  members.clear();
  for (const std::vector<uint32_t> &chosen :
       additiveFront(parts, limits, most)) {
    Point point = *base;
    for (auto [block, numbers, choice] :
         llvm::zip_equal(blocks->blocks(), choiceOf, chosen))
      for (auto [k, c] :
           llvm::zip_equal(block.knobs, block.choices[numbers[choice]]))
        point[k] = c;
    space.canonicalize(point);
    members.push_back(std::move(point));
  }
}

/// By how often near points kept the constraints, and were no outliers.
double SensitivitySampler::feasibilityOf(const Point &point) const {
  if (numBad == 0)
    return 1;
  double all = 0, good = 0;
  for (auto [i, other] : llvm::enumerate(points)) {
    unsigned differing = 0;
    for (size_t k = 0; k < point.size(); ++k)
      differing += point[k] != other[k];
    double weight = std::exp(-double(differing));
    all += weight;
    good += isGood[i] ? weight : 0;
  }
  return (good + 1e-3) / (all + 2e-3);
}

/// Lists `point`, unless it was tried or is known to be no good.
void SensitivitySampler::addCandidate(Point point) {
  if (unseen.isTaken(point) || breaksConstraint(point) ||
      willFail(everyKnob, point))
    return;
  Foreknowledge foreknown;
  if (options.foresee)
    foreknown = options.foresee(point);
  Candidate candidate;
  for (auto [d, model] : llvm::enumerate(models)) {
    auto [mean, deviation] = blocks->isKnown(d)
                                 ? EffectModel::Forecast{foreknown.losses[d], 0}
                                 : model.forecast(point);
    candidate.means.push_back(
        float(std::clamp((mean - low[d]) / range[d], -10.0, 10.0)));
    candidate.deviations.push_back(
        float(std::clamp(deviation / range[d], 1e-6, 10.0)));
  }
  candidate.feasibility = feasibilityOf(point);
  candidate.point = std::move(point);
  candidates.push_back(std::move(candidate));
}

/// The members of the additive front and the neighbours of the one that was
/// found.
void SensitivitySampler::listCandidates() {
  std::vector<size_t> found = constrainedFront(outcomes);
  if (found != front) {
    front = std::move(found);
    grownAt = points.size();
  }
  low = outcomes[front[0]].losses;
  Losses high = low;
  for (size_t i : front)
    for (size_t d = 0; d < low.size(); ++d) {
      low[d] = std::min(low[d], outcomes[i].losses[d]);
      high[d] = std::max(high[d], outcomes[i].losses[d]);
    }
  range.clear();
  for (size_t d = 0; d < low.size(); ++d)
    range.push_back(high[d] > low[d] ? high[d] - low[d] : 1);
  known.clear();
  for (size_t i : front) {
    Losses &scaled = known.emplace_back(outcomes[i].losses);
    for (size_t d = 0; d < low.size(); ++d)
      scaled[d] = (scaled[d] - low[d]) / range[d];
  }
  candidates.clear();
  PointSet listed(space);
  for (const Point &point : members)
    if (listed.insert(point))
      addCandidate(point);
  for (size_t i : front)
    for (Point &point : singleChanges(space, points[i]))
      if (candidates.size() < kMostCandidates && listed.insert(point))
        addCandidate(std::move(point));
  // Steps of one knob never leave some fronts.
  RandomStream random(options.seed, 0x6368696c64ull + points.size());
  for (size_t i = 0; i < kChildren; ++i) {
    Point child = points[front[random.below(front.size())]];
    const Point &other = points[front[random.below(front.size())]];
    for (size_t k = 0; k < child.size(); ++k) {
      if (random.next() >> 63)
        child[k] = other[k];
      if (random.uniform() * double(child.size()) < 1)
        child[k] = uint32_t(random.below(space.knobs()[k].choices.size()));
    }
    space.canonicalize(child);
    if (listed.insert(child))
      addCandidate(std::move(child));
  }
}

/// The candidate with the largest expected improvement, now marked as tried,
/// and imagined to come out as forecast until the next tell; empty if there is
/// none.
Point SensitivitySampler::takePromising(uint64_t number) {
  if (!isCurrent) {
    bool anew = numFitted == 0 || points.size() >= numFitted + numFitted / 16;
    learn(anew);
    if (anew)
      solve();
    listCandidates();
    isCurrent = true;
  }
  Acquisition acquisition(known, Losses(low.size(), 0), Losses(low.size(), 1),
                          RandomStream(options.seed, number));
  const Candidate *best = nullptr;
  double most = 0;
  for (const Candidate &candidate : candidates) {
    if (unseen.isTaken(candidate.point))
      continue;
    double value =
        candidate.feasibility *
        acquisition(candidate.means.data(), candidate.deviations.data());
    if (value > most) {
      most = value;
      best = &candidate;
    }
  }
  if (!best)
    return {};
  unseen.take(best->point);
  // An improvement that may turn out infeasible is none to build on.
  if (best->feasibility >= 0.5)
    known.push_back(Losses(best->means.begin(), best->means.end()));
  return best->point;
}
