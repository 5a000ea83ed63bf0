// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models, candidates and the best of them.
#include "GpSampler.h"

#include "Acquisition.h"
#include "UpperFence.h"

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
  for (size_t d = 0; d < m; ++d)
    losses.emplace_back(inputs);
  violation.emplace(inputs);
  limit = parameters.maxObservations;
  if (space.isIndexable() && space.size() <= parameters.maxEnumerated) {
    size_t n = size_t(space.size());
    limit =
        std::min(limit, std::max<size_t>(100, parameters.maxSolves / (n * m)));
    taken.assign(n, 0);
    std::vector<Point> all;
    for (size_t i = 0; i < n; ++i)
      all.push_back(space.pointAt(i));
    GpCandidates candidates = candidatesOf(all);
    for (GpOutput &output : losses)
      output.keepSolved(candidates);
    violation->keepSolved(std::move(candidates));
  }
}

GpSampler::Row GpSampler::rowOf(const Point &point) const {
  Row row;
  for (size_t k : free)
    row.push_back(point[k]);
  return row;
}

GpCandidates GpSampler::candidatesOf(llvm::ArrayRef<Point> points) const {
  std::vector<uint32_t> rows;
  for (const Point &point : points)
    for (size_t k : free)
      rows.push_back(point[k]);
  return GpCandidates(inputs, rows);
}

void GpSampler::tell(llvm::ArrayRef<Observation> observations) {
  for (const Observation &observation : observations) {
    unseen.take(*observation.point);
    if (!taken.empty())
      taken[size_t(space.indexOf(*observation.point))] = 1;
    points.push_back(*observation.point);
    const Outcome &outcome =
        outcomes.emplace_back(Outcome(observation).withoutInfinities());
    numEvaluated += outcome.isEvaluated();
    numRejected += !outcome.isEvaluated() && !outcome.isFailed();
    constrained |= outcome.violation > 0;
  }
  first.tell(observations);
  later.tell(observations);
}

/// The losses of trials that were evaluated are told, feasible or not, and
/// standardised; failures are as bad as the worst; trials that were
/// turned down have none.
void GpSampler::updateLosses(bool refit) {
  size_t m = losses.size();
  std::vector<uint32_t> rows;
  for (size_t i = 0; i < points.size(); ++i)
    if (outcomes[i].isEvaluated() || outcomes[i].isFailed())
      for (size_t k : free)
        rows.push_back(points[i][k]);
  known.clear();
  for (const Outcome &outcome : outcomes)
    if (outcome.isFeasible())
      known.push_back(outcome.losses);
  low.assign(m, 0);
  high.assign(m, 0);
  for (size_t d = 0; d < m; ++d) {
    std::vector<double> values;
    for (const Outcome &outcome : outcomes)
      if (outcome.isEvaluated())
        values.push_back(outcome.losses[d]);
    double limit = upperFence(values);
    double mean = 0, squares = 0, worst = -1e300, best = 1e300, most = 1;
    for (double &loss : values) {
      loss = std::min(loss, limit);
      mean += loss / double(numEvaluated);
      worst = std::max(worst, loss);
      best = std::min(best, loss);
      most = std::max(most, std::fabs(loss));
    }
    for (double loss : values)
      squares += (loss - mean) * (loss - mean);
    double deviation = std::sqrt(squares / double(numEvaluated));
    // All equal, or beyond what a square can hold: nothing to learn.
    if (!(deviation > 1e-12 * std::fabs(mean)) || !std::isfinite(deviation))
      deviation = most;
    std::vector<double> targets;
    for (const Outcome &outcome : outcomes)
      if (outcome.isEvaluated() || outcome.isFailed()) {
        double loss = outcome.isFailed() ? worst : outcome.losses[d];
        targets.push_back((std::min(loss, limit) - mean) / deviation);
      }
    for (Losses &l : known)
      l[d] = (std::min(l[d], limit) - mean) / deviation;
    low[d] = (best - mean) / deviation;
    high[d] = (worst - mean) / deviation;
    losses[d].update(rows, std::move(targets), refit);
  }
}

/// Violations in units of their mean; what is feasible is half a unit on the
/// other side of the bound.
void GpSampler::updateViolation(bool refit) {
  std::vector<uint32_t> rows;
  std::vector<double> targets;
  double sum = 0, broken = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    if (outcomes[i].isFailed())
      continue;
    for (size_t k : free)
      rows.push_back(points[i][k]);
    targets.push_back(outcomes[i].violation);
    sum += outcomes[i].violation;
    broken += outcomes[i].violation > 0;
  }
  double unit = std::max(sum / broken, 1e-300), mean = 0, squares = 0;
  least = 1e300;
  for (double &v : targets) {
    v = v > 0 ? v / unit : -0.5;
    mean += v / double(targets.size());
    least = std::min(least, v);
  }
  for (double v : targets)
    squares += (v - mean) * (v - mean);
  double deviation = std::sqrt(squares / double(targets.size()));
  if (!(deviation > 1e-9) || !std::isfinite(deviation))
    deviation = 1;
  for (double &v : targets)
    v = (v - mean) / deviation;
  bound = (0 - mean) / deviation;
  least = (least - mean) / deviation;
  violation->update(rows, std::move(targets), refit);
}

void GpSampler::updateModels() {
  bool refit = points.size() >= nextFit;
  known.clear();
  if (numEvaluated)
    updateLosses(refit);
  if (constrained)
    updateViolation(refit);
  if (refit)
    nextFit = points.size() + std::max<size_t>(2, points.size() / 5);
}

std::vector<GpOutput *> GpSampler::outputs() {
  std::vector<GpOutput *> result;
  for (GpOutput &output : losses)
    if (!output.isEmpty())
      result.push_back(&output);
  if (!violation->isEmpty())
    result.push_back(&*violation);
  return result;
}

std::pair<size_t, double>
GpSampler::bestOf(llvm::ArrayRef<GpCandidates *> candidates,
                  llvm::function_ref<bool(size_t)> isTaken, uint64_t number) {
  std::vector<GpOutput *> models = outputs();
  size_t m = losses.size(), count = candidates[0]->count;
  std::vector<std::vector<float>> means(models.size());
  for (size_t d = 0; d < models.size(); ++d)
    models[d]->predict(*candidates[d], means[d]);
  auto deviationAt = [&](size_t d, size_t j) {
    return std::sqrt(std::max(candidates[d]->variance[j], 1e-8f));
  };
  // Where nothing is feasible, what is broken least.
  bool feasible = !known.empty();
  size_t from = feasible ? 0 : models.size() - 1, to = feasible ? m : from + 1;
  RandomStream random(options.seed ^ 0x61637175ull, number);
  std::vector<Losses> leastBroken = {{least}};
  Acquisition acquisition = feasible ? Acquisition(known, low, high, random)
                                     : Acquisition(leastBroken, leastBroken[0],
                                                   leastBroken[0], random);
  std::vector<float> mean(m), deviation(m);
  // Every second proposal doubts the models: where they are sure of the wrong
  // thing the others would never find out.
  float doubt = number % 2 ? 2.0f : 1.0f;
  std::pair<size_t, double> best = {count, -1};
  for (size_t j = 0; j < count; ++j) {
    if (isTaken(j))
      continue;
    double uncertainty = 0;
    for (size_t d = from; d < to; ++d) {
      mean[d - from] = means[d][j];
      deviation[d - from] = doubt * deviationAt(d, j);
      uncertainty += deviation[d - from];
    }
    // Where nothing is expected to improve, what is known least.
    double value =
        acquisition(mean.data(), deviation.data()) + 1e-12 * uncertainty;
    if (feasible && constrained)
      value *= 0.5 *
               std::erfc((means[m][j] - bound) / deviationAt(m, j) * M_SQRT1_2);
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
  std::vector<size_t> front = constrainedFront(outcomes);
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
  std::vector<GpOutput *> models = outputs();
  std::vector<GpCandidates> own;
  std::vector<GpCandidates *> from;
  size_t at = 0;
  if (!taken.empty()) {
    for (GpOutput *model : models)
      from.push_back(&model->keptSolved());
    at = bestOf(from, [&](size_t j) { return taken[j] != 0; }, number).first;
    if (at == taken.size())
      return {};
    point = space.pointAt(at);
    taken[at] = 1;
  } else {
    RandomStream random(options.seed, number);
    std::vector<Point> around = lookAround(random);
    double value = -1;
    for (int step = 0; step < 6; ++step) {
      std::vector<GpCandidates> candidates(models.size(), candidatesOf(around));
      std::vector<GpCandidates *> pointers;
      for (GpCandidates &c : candidates)
        pointers.push_back(&c);
      auto best = bestOf(
          pointers, [&](size_t j) { return unseen.isTaken(around[j]); },
          number);
      if (best.first == around.size() || best.second <= value)
        break;
      value = best.second;
      at = best.first;
      point = around[at];
      own = std::move(candidates);
      around = neighbours(point);
    }
    if (point.empty())
      return {};
    for (GpCandidates &c : own)
      from.push_back(&c);
  }
  // The prediction becomes an observation until the real one is told.
  Losses imagined;
  for (size_t d = 0; d < models.size(); ++d) {
    double mean = models[d]->meanAt(*from[d], at);
    models[d]->imagine(rowOf(point), mean);
    imagined.push_back(mean);
  }
  bool likely = !constrained || imagined.back() <= bound;
  if (known.empty())
    least = std::min(least, imagined.back());
  else if (imagined.resize(losses.size()); likely)
    known.push_back(imagined);
  if (!known.empty() && likely)
    for (size_t d = 0; d < low.size(); ++d) {
      low[d] = std::min(low[d], imagined[d]);
      high[d] = std::max(high[d], imagined[d]);
    }
  return point;
}

std::vector<Point> GpSampler::ask(uint64_t firstNumber, size_t count) {
  std::vector<Point> result;
  // Where most are turned down there is enough to learn from that.
  bool model = (numEvaluated >= parameters.startup ||
                numEvaluated + numRejected >= 2 * parameters.startup) &&
               !free.empty();
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
