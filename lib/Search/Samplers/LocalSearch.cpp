// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Forecasts for the neighbours of the front.
#include "LocalSearch.h"

#include "Acquisition.h"

#include <algorithm>
#include <cmath>

using namespace mase;

LocalSearch::LocalSearch(const Space &space, uint64_t seed)
    : space(space), seed(seed) {
  for (size_t k = 0; k < space.numKnobs(); ++k)
    if (size_t n = space.knobs()[k].choices.size(); n > 1) {
      free.push_back(k);
      numNeighbours += n - 1;
    }
}

void LocalSearch::Moments::add(double value) {
  low = count == 0 ? value : std::min(low, value);
  high = count == 0 ? value : std::max(high, value);
  most = std::max(most, std::fabs(value));
  // Welford (1962).
  double before = value - mean;
  mean += before / double(++count);
  squares += before * (value - mean);
}

double LocalSearch::Moments::deviation() const {
  double result = std::sqrt(squares / double(count));
  // All equal, or beyond what a square can hold: nothing to scale by.
  return result > 1e-12 * std::fabs(mean) && std::isfinite(result) ? result
                                                                   : most;
}

/// Numbers of the points that differ from `point` in one position, ascending.
std::vector<uint32_t> LocalSearch::neighboursOf(const Point &point) const {
  std::vector<uint32_t> result;
  if (points.size() < 8 * numNeighbours) {
    for (uint32_t other = 0; other < points.size(); ++other) {
      size_t differing = 0;
      for (size_t t = 0; t < free.size() && differing < 2; ++t)
        differing += rows[other * free.size() + t] != point[free[t]];
      if (differing == 1)
        result.push_back(other);
    }
    return result;
  }
  Point other = point;
  for (size_t k : free) {
    for (uint32_t c = 0; c < space.knobs()[k].choices.size(); ++c) {
      other[k] = c;
      if (auto found = numbers.find(other);
          c != point[k] && found != numbers.end())
        result.push_back(found->second);
    }
    other[k] = point[k];
  }
  std::sort(result.begin(), result.end());
  return result;
}

void LocalSearch::add(const Point &point, Outcome outcome) {
  uint32_t number = uint32_t(points.size());
  for (uint32_t other : neighboursOf(point)) {
    size_t k = 0;
    while (points[other][k] == point[k])
      ++k;
    const Outcome &before = ranks[other];
    Losses change, back;
    if (outcome.isEvaluated() && before.isEvaluated())
      for (size_t d = 0; d < outcome.losses.size(); ++d) {
        change.push_back(outcome.losses[d] - before.losses[d]);
        back.push_back(-change[d]);
      }
    double violation = outcome.violation - before.violation;
    uint32_t from = points[other][k], to = point[k];
    auto keep = [&](std::array<uint32_t, 3> key, Example example) {
      std::vector<Example> &list = examples[key];
      // The latest are nearer to the front.
      if (list.size() == kMaxExamples)
        list.erase(list.begin());
      list.push_back(std::move(example));
    };
    keep({uint32_t(k), from, to}, {other, std::move(change), violation});
    keep({uint32_t(k), to, from}, {number, std::move(back), -violation});
  }
  points.push_back(point);
  for (size_t k : free)
    rows.push_back(point[k]);
  numbers.insert({point, number});
  moments.resize(std::max(moments.size(), outcome.losses.size()));
  for (size_t d = 0; d < outcome.losses.size(); ++d)
    moments[d].add(outcome.losses[d]);
  ranks.add(std::move(outcome));
  forecasts.clear();
  ready = false;
}

/// What comes of changing `knob` of point number `from` to `point`'s choice.
LocalSearch::Forecast LocalSearch::forecastChange(Point point, uint32_t from,
                                                  size_t knob) const {
  const Outcome &before = ranks[from];
  size_t m = ranks.numFeasible() ? moments.size() : 1;
  bool constrained = ranks.numFeasible() < ranks.size();
  Forecast f{std::move(point), std::vector<float>(m),
             std::vector<float>(m, 0.5f)};
  // While nothing is feasible the violation is the only loss; its unit is the
  // least one.
  double unit = ranks.numFeasible() ? 1 : known[0][0];
  for (size_t d = 0; d < m; ++d)
    f.means[d] = float(ranks.numFeasible() ? standardise(before.losses[d], d)
                                           : before.violation / unit);
  std::vector<double> sum(m, 0), squares(m, 0);
  double total = 0, all = 0, feasible = 0;
  auto found =
      examples.find({uint32_t(knob), points[from][knob], f.point[knob]});
  if (found != examples.end())
    for (const Example &example : found->second) {
      const uint32_t *a = &rows[example.place * free.size()];
      const uint32_t *b = &rows[from * free.size()];
      unsigned differing = 0;
      for (size_t t = 0; t < free.size(); ++t)
        differing += a[t] != b[t];
      double weight = std::exp(-double(differing));
      all += weight;
      feasible += before.violation + example.violation <= 1e-12 ? weight : 0.0;
      if (example.change.empty() && ranks.numFeasible())
        continue;
      total += weight;
      for (size_t d = 0; d < m; ++d) {
        double change = ranks.numFeasible() ? example.change[d] / deviations[d]
                                            : example.violation / unit;
        sum[d] += weight * change;
        squares[d] += weight * change * change;
      }
    }
  for (size_t d = 0; d < m && total > 0; ++d) {
    double average = sum[d] / total;
    double variance = squares[d] / total - average * average;
    f.means[d] += float(average);
    f.deviations[d] = float(
        std::sqrt(std::max(variance, 0.0) + 0.01 * average * average + 1e-5));
  }
  // Half an example says yes, half says no.
  if (constrained && ranks.numFeasible())
    f.feasibility = (feasible + 0.25) / (all + 0.5);
  return f;
}

void LocalSearch::forecast(const UnseenPoints &unseen) {
  bool anyFeasible = ranks.numFeasible() > 0;
  ready = true;
  known.clear();
  deviations.clear();
  low.clear();
  high.clear();
  for (size_t d = 0; d < moments.size() && anyFeasible; ++d) {
    deviations.push_back(moments[d].deviation());
    low.push_back(standardise(moments[d].low, d));
    high.push_back(standardise(moments[d].high, d));
  }
  PointSet candidates(space);
  ranks.forEachRank([&](llvm::ArrayRef<uint32_t> front) {
    if (known.empty() && !anyFeasible) {
      // What is to fall is the violation, in units of the least.
      known.push_back({std::max(ranks[front[0]].violation, 1e-300)});
      low = high = {1};
    } else if (known.empty()) {
      members = front.vec();
      for (uint32_t i : front) {
        known.push_back(ranks[i].losses);
        for (size_t d = 0; d < known.back().size(); ++d)
          known.back()[d] = standardise(known.back()[d], d);
      }
    }
    for (uint32_t i : front)
      for (size_t k : free) {
        if (!space.isActive(points[i], k) ||
            (anyFeasible && !ranks[i].isEvaluated()))
          continue;
        for (uint32_t c = 0; c < space.knobs()[k].choices.size(); ++c) {
          if (forecasts.size() >= kMaxCandidates)
            return false;
          Point point = points[i];
          if (c == point[k])
            continue;
          point[k] = c;
          space.canonicalize(point);
          if (!unseen.isTaken(point) && candidates.insert(point))
            forecasts.push_back(forecastChange(std::move(point), i, k));
        }
      }
    return forecasts.empty();
  });
  if (!anyFeasible)
    known[0][0] = 1;
}

/// A child of two points of the front, with one knob more or less drawn at
/// random; empty if none was new.
Point LocalSearch::crossover(const UnseenPoints &unseen,
                             RandomStream random) const {
  for (size_t tries = 0; tries < 8 && members.size() > 1; ++tries) {
    Point point = points[members[random.below(members.size())]];
    const Point &other = points[members[random.below(members.size())]];
    for (size_t k : free)
      if (random.next() >> 63)
        point[k] = other[k];
    for (size_t k : free)
      if (random.uniform() * double(free.size()) < 1)
        point[k] = uint32_t(random.below(space.knobs()[k].choices.size()));
    space.canonicalize(point);
    if (!unseen.isTaken(point))
      return point;
  }
  return {};
}

Point LocalSearch::propose(UnseenPoints &unseen, uint64_t number) {
  if (points.empty())
    return {};
  if (!ready)
    forecast(unseen);
  // No objectives: nothing to compare by.
  if (known[0].empty())
    return {};
  // Steps of one knob never leave some fronts.
  if (number % kCrossoverEvery == kCrossoverEvery - 1) {
    RandomStream random(seed ^ 0x63726f7373ull, number);
    if (Point child = crossover(unseen, random); !child.empty()) {
      unseen.take(child);
      return child;
    }
  }
  Acquisition acquisition(known, low, high, RandomStream(seed, number));
  size_t best = forecasts.size();
  double most = -1;
  for (size_t j = 0; j < forecasts.size(); ++j) {
    const Forecast &f = forecasts[j];
    double value =
        acquisition(f.means.data(), f.deviations.data()) * f.feasibility;
    if (value > most && !unseen.isTaken(f.point)) {
      most = value;
      best = j;
    }
  }
  if (best == forecasts.size())
    return {};
  Forecast chosen = std::move(forecasts[best]);
  forecasts.erase(forecasts.begin() + ptrdiff_t(best));
  unseen.take(chosen.point);
  // An improvement that may turn out infeasible is none to build on.
  if (chosen.feasibility >= 0.5) {
    known.push_back(Losses(chosen.means.begin(), chosen.means.end()));
    for (size_t d = 0; d < low.size(); ++d) {
      low[d] = std::min(low[d], known.back()[d]);
      high[d] = std::max(high[d], known.back()[d]);
    }
  }
  return std::move(chosen.point);
}
