// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which knobs belong together, and what their choices cost.
#include "KnobBlocks.h"

#include "ChoiceOrder.h"

#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mase;

KnobBlocks::KnobBlocks(const Space &space, const SamplerOptions &options,
                       const Point &base)
    : space(space), options(options), base(base),
      numObjectives(options.numObjectives) {
  for (size_t k = 0; k < space.numKnobs(); ++k)
    if (space.knobs()[k].choices.size() > 1)
      free.push_back(k);
  atBase = costsAt(base);
  bounds.assign(atBase.size(), HUGE_VAL);
  for (size_t d = numObjectives; d < atBase.size(); ++d)
    bounds[d] = -atBase[d];
  chooseScales();
  group();
  tabulate();
  dropParallel();
}

/// Losses, then excesses; NaN: not known.
Losses KnobBlocks::costsAt(const Point &point) const {
  if (!options.foresee)
    return Losses(numObjectives, std::nan(""));
  Foreknowledge known = options.foresee(point);
  Losses costs = std::move(known.losses);
  llvm::append_range(costs, known.excess);
  return costs;
}

/// Of each cost the scale in which the fewest pairs of knobs do not add up.
void KnobBlocks::chooseScales() {
  scales.resize(atBase.size());
  if (llvm::all_of(atBase, [](double cost) { return std::isnan(cost); }))
    return;
  // Of every knob the choices that are furthest from the base's in its order
  // and half as far.
  std::vector<std::vector<Point>> alone;
  auto changed = [&](Point point, size_t k, uint32_t c) {
    point[k] = c;
    space.canonicalize(point);
    return point;
  };
  std::vector<std::vector<uint32_t>> tried;
  std::vector<std::vector<Losses>> costs;
  for (size_t k : free) {
    std::vector<uint32_t> order = choiceOrder(space.knobs()[k]);
    auto place = size_t(llvm::find(order, base[k]) - order.begin());
    size_t far = place < order.size() - 1 - place ? order.size() - 1 : 0;
    std::vector<uint32_t> choices = {order[far]};
    if (size_t half = (far + place) / 2; half != far && half != place)
      choices.push_back(order[half]);
    costs.emplace_back();
    for (uint32_t c : choices)
      costs.back().push_back(costsAt(changed(base, k, c)));
    tried.push_back(std::move(choices));
  }
  std::vector<LossScale> candidates;
  size_t width = atBase.size(), numKinds = std::size(LossScale::kKinds);
  for (double cost : atBase)
    for (LossScale::Kind kind : LossScale::kKinds)
      candidates.push_back(LossScale(kind, 0, cost < 0));
  // By cost and scale.
  std::vector<std::vector<std::pair<size_t, size_t>>> coupled(width * numKinds);
  for (size_t a = 0; a < free.size() && free.size() <= kMostTested; ++a)
    for (size_t b = 0; b < a; ++b) {
      std::vector<bool> adds(coupled.size(), true);
      for (auto [i, c] : llvm::enumerate(tried[a]))
        for (auto [j, e] : llvm::enumerate(tried[b])) {
          Losses both = costsAt(changed(changed(base, free[b], e), free[a], c));
          for (size_t s = 0; s < adds.size(); ++s) {
            size_t d = s / numKinds;
            if (std::isnan(atBase[d]))
              continue;
            const LossScale &scale = candidates[s];
            double one = scale.forward(costs[a][i][d]),
                   other = scale.forward(costs[b][j][d]),
                   joint = scale.forward(both[d]),
                   start = scale.forward(atBase[d]);
            double size = std::max({std::fabs(one), std::fabs(other),
                                    std::fabs(joint), std::fabs(start)});
            adds[s] = adds[s] &&
                      std::fabs(joint - one - other + start) <= 1e-9 * size;
          }
        }
      for (size_t s = 0; s < adds.size(); ++s)
        if (!adds[s])
          coupled[s].push_back({a, b});
    }
  for (size_t d = 0; d < width; ++d) {
    // A bound is 0 in the linear scale alone.
    size_t best = d * numKinds;
    for (size_t s = best; s < (d + 1) * numKinds && d < numObjectives; ++s)
      if (coupled[s].size() < coupled[best].size())
        best = s;
    scales[d] = candidates[best];
    llvm::append_range(together, coupled[best]);
  }
}

void KnobBlocks::group() {
  llvm::EquivalenceClasses<size_t> classes;
  for (size_t a = 0; a < free.size(); ++a)
    classes.insert(a);
  std::vector<double> joint; // by leader
  for (size_t k : free)
    joint.push_back(double(space.knobs()[k].choices.size()));
  auto join = [&](size_t a, size_t b) {
    size_t x = classes.getLeaderValue(a), y = classes.getLeaderValue(b);
    if (x == y || joint[x] * joint[y] > double(kMostJoint))
      return;
    double product = joint[x] * joint[y];
    joint[*classes.unionSets(x, y)] = product;
  };
  // What exists only beside another knob's choice first.
  for (auto [a, k] : llvm::enumerate(free))
    if (const auto &condition = space.knobs()[k].condition)
      if (auto parent = llvm::find(free, condition->parent);
          parent != free.end())
        join(a, size_t(parent - free.begin()));
  for (auto [a, b] : together)
    join(a, b);
  // In the order of the knobs.
  std::vector<size_t> blockOf(free.size(), free.size());
  for (auto [a, k] : llvm::enumerate(free)) {
    size_t &block = blockOf[classes.getLeaderValue(a)];
    if (block == free.size()) {
      block = list.size();
      list.emplace_back();
    }
    list[block].knobs.push_back(k);
  }
}

void KnobBlocks::tabulate() {
  for (Block &block : list) {
    std::vector<uint32_t> choice(block.knobs.size(), 0);
    for (bool more = true; more;) {
      Point point = base;
      for (auto [k, c] : llvm::zip_equal(block.knobs, choice))
        point[k] = c;
      space.canonicalize(point);
      bool isItself = true;
      for (auto [k, c] : llvm::zip_equal(block.knobs, choice))
        isItself &= point[k] == c;
      if (isItself) {
        Losses costs = costsAt(point);
        bool isKnownHere = true;
        for (size_t d = 0; d < costs.size(); ++d) {
          costs[d] = scales[d].forward(costs[d]) - scales[d].forward(atBase[d]);
          isKnownHere &= std::isfinite(costs[d]) || std::isnan(atBase[d]);
        }
        if (isKnownHere) {
          block.choices.push_back(choice);
          block.known.push_back(std::move(costs));
        }
      }
      more = false;
      for (size_t i = 0; i < choice.size() && !more; ++i) {
        more = ++choice[i] < space.knobs()[block.knobs[i]].choices.size();
        if (!more)
          choice[i] = 0;
      }
    }
  }
}

/// Drops the excesses that say nothing that a loss does not say: those that
/// grow with it become a bound of it, those that take a trial are no bound.
void KnobBlocks::dropParallel() {
  for (size_t e = atBase.size(); e-- > numObjectives;) {
    bool drop = std::isnan(atBase[e]);
    for (size_t d = 0; d < numObjectives && !drop; ++d) {
      if (!isKnown(d))
        continue;
      double ratio = 0;
      for (const Block &block : list)
        for (const Losses &costs : block.known)
          if (costs[d] != 0 && ratio == 0)
            ratio = costs[e] / costs[d];
      drop = ratio > 0;
      for (const Block &block : list)
        for (const Losses &costs : block.known)
          drop = drop && std::fabs(costs[e] - ratio * costs[d]) <=
                             1e-9 * std::fabs(costs[e]) + 1e-12;
      if (drop)
        bounds[d] = std::min(bounds[d], bounds[e] / ratio);
    }
    if (!drop)
      continue;
    bounds.erase(bounds.begin() + ptrdiff_t(e));
    for (Block &block : list)
      for (Losses &costs : block.known)
        costs.erase(costs.begin() + ptrdiff_t(e));
  }
}
