// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models, candidates and the best of them.
#include "GpSampler.h"

#include "Acquisition.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mase;

GpSampler::GpSampler(const Space &space, const SamplerOptions &options,
                     const GpParameters &parameters)
    : space(space), options(options), parameters(parameters),
      unseen(space, mixBits(options.seed ^ 0x6770ull)),
      first(space, options.seed), later(space, options) {
  for (size_t k = 0; k < space.numKnobs(); ++k) {
    size_t n = space.knobs()[k].choices.size();
    if (n < 2)
      continue;
    free.push_back(k);
    inputs.addKnob(n);
  }
  size_t m = std::max<size_t>(1, options.numObjectives);
  limit = parameters.maxObservations;
  if (space.isIndexable() && space.size() <= parameters.maxEnumerated) {
    size_t n = size_t(space.size());
    limit =
        std::min(limit, std::max<size_t>(100, parameters.maxSolves / (n * m)));
    taken.assign(n, 0);
    std::vector<Point> all;
    for (size_t i = 0; i < n; ++i)
      all.push_back(space.pointAt(i));
    everything = candidatesOf(all);
  }
  for (size_t d = 0; d < m; ++d)
    models.emplace_back(inputs);
}

GpSampler::Row GpSampler::rowOf(const Point &point) const {
  Row row;
  for (size_t k : free)
    row.push_back(point[k]);
  return row;
}

std::vector<GpCandidates>
GpSampler::candidatesOf(llvm::ArrayRef<Point> points) const {
  std::vector<uint32_t> rows;
  for (const Point &point : points)
    for (size_t k : free)
      rows.push_back(point[k]);
  return std::vector<GpCandidates>(std::max<size_t>(1, options.numObjectives),
                                   GpCandidates(inputs, rows));
}

void GpSampler::tell(llvm::ArrayRef<Observation> observations) {
  for (const Observation &observation : observations) {
    unseen.take(*observation.point);
    if (!taken.empty())
      taken[size_t(space.indexOf(*observation.point))] = 1;
    points.push_back(*observation.point);
    // Infinite losses (as Study writes them) have no mean; they are failures.
    bool usable = llvm::all_of(observation.losses, [](double loss) {
      return std::fabs(loss) < 1e299;
    });
    losses.push_back(usable ? observation.losses.vec() : Losses());
    numComplete += !losses.back().empty();
  }
  first.tell(observations);
  later.tell(observations);
}

void GpSampler::standardise() {
  size_t m = models.size();
  targets.assign(m, {});
  known.assign(numComplete, Losses(m));
  for (size_t d = 0; d < m; ++d) {
    double mean = 0, squares = 0, worst = -1e300, most = 1;
    for (const Losses &l : losses)
      if (!l.empty()) {
        mean += l[d] / double(numComplete);
        worst = std::max(worst, l[d]);
        most = std::max(most, std::fabs(l[d]));
      }
    for (const Losses &l : losses)
      if (!l.empty())
        squares += (l[d] - mean) * (l[d] - mean);
    double deviation = std::sqrt(squares / double(numComplete));
    // All equal, or beyond what a square can hold: nothing to learn.
    if (!(deviation > 1e-12 * std::fabs(mean)) || !std::isfinite(deviation))
      deviation = most;
    size_t c = 0;
    for (const Losses &l : losses) {
      double z = ((l.empty() ? worst : l[d]) - mean) / deviation;
      targets[d].push_back(z);
      if (!l.empty())
        known[c++][d] = z;
    }
  }
}

void GpSampler::addRow(const Row &row) {
  for (size_t d = 0; d < models.size(); ++d) {
    models[d].append(row);
    if (!everything.empty())
      models[d].solve(everything[d]);
  }
}

/// Brings the models up to the observations.
void GpSampler::updateModels() {
  standardise();
  bool refit = points.size() >= nextFit;
  bool extends = modelled.size() <= points.size() &&
                 std::equal(modelled.begin(), modelled.end(), points.begin());
  if (refit || !extends) {
    std::vector<uint32_t> rows;
    for (const Point &point : points)
      for (size_t k : free)
        rows.push_back(point[k]);
    for (size_t d = 0; d < models.size(); ++d) {
      if (refit)
        models[d].fit(rows, targets[d]);
      else
        models[d].clear();
      if (!everything.empty())
        everything[d].numSolved = 0;
      for (const Point &point : points)
        models[d].append(rowOf(point));
      if (!everything.empty())
        models[d].solve(everything[d]);
    }
    if (refit)
      nextFit = points.size() + std::max<size_t>(2, points.size() / 5);
  } else {
    for (size_t i = modelled.size(); i < points.size(); ++i)
      addRow(rowOf(points[i]));
  }
  modelled = points;
  weights.clear();
  for (size_t d = 0; d < models.size(); ++d)
    weights.push_back(models[d].weights(targets[d]));
}

std::pair<size_t, double>
GpSampler::bestOf(std::vector<GpCandidates> &candidates,
                  llvm::function_ref<bool(size_t)> isTaken, uint64_t number) {
  size_t m = models.size(), count = candidates[0].count;
  std::vector<std::vector<float>> means(m);
  for (size_t d = 0; d < m; ++d) {
    models[d].solve(candidates[d]);
    models[d].mean(candidates[d], weights[d], means[d]);
  }
  Acquisition acquisition(known,
                          RandomStream(options.seed ^ 0x61637175ull, number));
  std::vector<float> mean(m), deviation(m);
  std::pair<size_t, double> best = {count, -1};
  for (size_t j = 0; j < count; ++j) {
    if (isTaken(j))
      continue;
    double uncertainty = 0;
    for (size_t d = 0; d < m; ++d) {
      mean[d] = means[d][j];
      deviation[d] = std::sqrt(std::max(candidates[d].variance[j], 1e-8f));
      uncertainty += deviation[d];
    }
    // Where nothing is expected to improve, what is known least.
    double value =
        acquisition(mean.data(), deviation.data()) + 1e-12 * uncertainty;
    if (value > best.second)
      best = {j, value};
  }
  return best;
}

std::vector<Point> GpSampler::neighbours(const Point &point) const {
  std::vector<Point> result;
  for (size_t t = 0; t < free.size(); ++t) {
    if (!space.isActive(point, free[t]))
      continue;
    for (uint32_t c = 0; c < inputs.choices[t]; ++c) {
      if (c == point[free[t]])
        continue;
      Point other = point;
      other[free[t]] = c;
      space.canonicalize(other);
      result.push_back(std::move(other));
    }
  }
  return result;
}

std::vector<Point> GpSampler::lookAround(RandomStream &random) const {
  constexpr size_t most = 600, others = 200;
  std::vector<Losses> complete;
  std::vector<size_t> places;
  for (size_t i = 0; i < losses.size(); ++i)
    if (!losses[i].empty()) {
      complete.push_back(losses[i]);
      places.push_back(i);
    }
  std::vector<size_t> front;
  for (size_t i : paretoFront(complete))
    front.push_back(places[i]);
  std::vector<Point> result;
  for (size_t i : front)
    for (Point &point : neighbours(points[i]))
      result.push_back(std::move(point));
  // A random part of them where there are many.
  for (size_t i = 0; i < std::min(most, result.size()); ++i)
    std::swap(result[i], result[i + random.below(result.size() - i)]);
  if (result.size() > most)
    result.resize(most);
  auto member = [&] { return points[front[random.below(front.size())]]; };
  for (size_t i = 0; i < 3 * others; ++i) {
    Point point = member();
    Point other = member();
    bool fresh = i >= 2 * others;
    for (size_t t = 0; t < free.size(); ++t) {
      if (random.next() >> 63 && i % 2 == 0)
        point[free[t]] = other[free[t]];
      if (fresh || random.uniform() * double(free.size()) < 2)
        point[free[t]] = uint32_t(random.below(inputs.choices[t]));
    }
    space.canonicalize(point);
    result.push_back(std::move(point));
  }
  return result;
}

/// The best point by the models, not yet marked as tried; empty if all
/// candidates were. Imagines that it came out as predicted.
Point GpSampler::propose(uint64_t number) {
  Point point;
  std::vector<GpCandidates> own;
  std::vector<GpCandidates> *from = &everything;
  size_t at = 0;
  if (!everything.empty()) {
    auto best =
        bestOf(everything, [&](size_t j) { return taken[j] != 0; }, number);
    at = best.first;
    if (at == taken.size())
      return {};
    point = space.pointAt(at);
    taken[at] = 1;
  } else {
    RandomStream random(options.seed, number);
    std::vector<Point> around = lookAround(random);
    double value = -1;
    for (int step = 0; step < 6; ++step) {
      std::vector<GpCandidates> candidates = candidatesOf(around);
      auto best = bestOf(
          candidates, [&](size_t j) { return unseen.isTaken(around[j]); },
          number);
      if (best.first == around.size() || best.second <= value)
        break;
      value = best.second;
      at = best.first;
      point = around[at];
      own = std::move(candidates);
      from = &own;
      around = neighbours(point);
    }
    if (point.empty())
      return {};
  }
  // The prediction becomes an observation until the real one is told.
  Losses imagined;
  for (size_t d = 0; d < models.size(); ++d) {
    double mean = 0;
    for (size_t i = 0; i < weights[d].size(); ++i)
      mean += weights[d][i] * (*from)[d].solves[i * (*from)[d].count + at];
    imagined.push_back(mean);
    targets[d].push_back(mean);
  }
  known.push_back(imagined);
  addRow(rowOf(point));
  modelled.push_back(point);
  for (size_t d = 0; d < models.size(); ++d)
    weights[d] = models[d].weights(targets[d]);
  return point;
}

std::vector<Point> GpSampler::ask(uint64_t firstNumber, size_t count) {
  std::vector<Point> result;
  bool model = numComplete >= parameters.startup && !free.empty();
  if (model && points.size() + count > limit) {
    result = later.ask(firstNumber, count);
    for (const Point &point : result)
      unseen.take(point);
    return result;
  }
  if (model)
    updateModels();
  for (uint64_t number = firstNumber; result.size() < count; ++number) {
    Point point;
    if (model) {
      point = propose(number);
      if (!point.empty())
        unseen.take(point);
    } else if (std::vector<Point> next = first.ask(number, 1); !next.empty()) {
      if (unseen.take(next[0]))
        point = std::move(next[0]);
    }
    if (point.empty())
      point = unseen.takeRandom();
    if (point.empty())
      break;
    if (!taken.empty())
      taken[size_t(space.indexOf(point))] = 1;
    result.push_back(std::move(point));
  }
  return result;
}

std::string GpSampler::note() const {
  if (points.size() <= limit)
    return {};
  return "gp: tpe from trial " + std::to_string(limit) +
         " on, for more observations than a Gaussian process is good for";
}
