// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The joint Parzen estimator.
#include "TpeSampler.h"

#include "ChoiceOrder.h"

#include <algorithm>
#include <cmath>

using namespace mase;

TpeSampler::TpeSampler(const Space &space, const SamplerOptions &options,
                       const TpeParameters &parameters)
    : space(space), options(options), parameters(parameters),
      randomPoints("random", space, mixBits(options.seed ^ 0x747065ull)),
      seen(space) {
  for (size_t k = 0; k < space.numKnobs(); ++k) {
    size_t n = space.knobs()[k].choices.size();
    if (n < 2)
      continue;
    if (groups.empty() || groups.back().size * n > kGroupSize)
      groups.push_back({free.size(), free.size(), 1});
    free.push_back(k);
    choices.push_back(n);
    distances.push_back(choiceDistances(space.knobs()[k]));
    groups.back().end = free.size();
    groups.back().size *= n;
  }
  products.resize(groups.size());
}

void TpeSampler::tell(llvm::ArrayRef<Observation> observations) {
  for (const Observation &observation : observations) {
    const Point &point = *observation.point;
    seen.insert(point);
    uint32_t number = uint32_t(points.size());
    points.push_back(point);
    for (const Group &group : groups) {
      size_t code = 0;
      for (size_t t = group.begin; t < group.end; ++t)
        code = code * choices[t] + point[free[t]];
      codes.push_back(uint32_t(code));
    }
    Outcome outcome(observation);
    if (outcome.isFailed()) {
      failures.push_back(number);
      continue;
    }
    ranked.push_back(number);
    ranks.add(std::move(outcome));
  }
}

std::vector<uint32_t> TpeSampler::goodObservations() const {
  // Points that were turned down unseen are no share of what was learnt,
  // unless nothing else is there.
  size_t told = ranks.numEvaluated() ? ranks.numEvaluated() : ranks.size();
  size_t wanted = std::max<size_t>(
      1, size_t(std::ceil(parameters.goodShare * double(told))));
  std::vector<uint32_t> result;
  ranks.forEachRank([&](llvm::ArrayRef<uint32_t> front) {
    size_t missing = wanted - result.size();
    if (front.size() <= missing) {
      result.insert(result.end(), front.begin(), front.end());
      return result.size() < wanted;
    }
    if (!ranks[front[0]].isFeasible()) {
      front = front.take_front(missing);
      result.insert(result.end(), front.begin(), front.end());
      return false;
    }
    std::vector<Losses> losses;
    for (uint32_t i : front)
      losses.push_back(ranks[i].losses);
    for (size_t i : hypervolumeSubset(losses, missing))
      result.push_back(front[i]);
    return false;
  });
  return result;
}

void TpeSampler::buildMixtures() {
  std::vector<bool> isGood(ranked.size(), false);
  for (uint32_t i : goodObservations())
    isGood[i] = true;
  good.members.clear();
  bad.members = failures;
  for (size_t i = 0; i < ranked.size(); ++i)
    (isGood[i] ? good : bad).members.push_back(ranked[i]);
  buildTables(good);
  buildTables(bad);
}

void TpeSampler::buildTables(Mixture &mixture) const {
  double kernels = double(mixture.members.size()) + parameters.prior;
  mixture.tables.resize(free.size());
  mixture.stay.resize(free.size());
  mixture.prior = parameters.prior;
  for (size_t t = 0; t < free.size(); ++t) {
    size_t n = choices[t];
    std::vector<double> &table = mixture.tables[t];
    table.resize(n * n);
    // The more observations, the less each says about choices not its own.
    double away = std::min(0.9, parameters.spread * double(n - 1) /
                                    (kernels + double(n)));
    mixture.stay[t] = 1 - away;
    mixture.prior /= double(n) * mixture.stay[t];
    for (size_t c = 0; c < n; ++c) {
      double sum = 0;
      for (size_t x = 0; x < n; ++x) {
        double weight = std::exp(-parameters.decay * distances[t][c * n + x]);
        table[c * n + x] = weight;
        sum += x == c ? 0 : weight;
      }
      for (size_t x = 0; x < n; ++x)
        table[c * n + x] =
            x == c ? 1 : table[c * n + x] / sum * away / mixture.stay[t];
    }
  }
}

double TpeSampler::density(const Mixture &mixture, const Point &point) {
  // Products over the knobs of a group, for every combination that a kernel
  // may be centred on.
  for (size_t g = 0; g < groups.size(); ++g) {
    std::vector<double> &table = products[g];
    table.resize(groups[g].size);
    table[0] = 1;
    size_t size = 1;
    for (size_t t = groups[g].begin; t < groups[g].end; ++t) {
      size_t n = choices[t];
      const double *column = &mixture.tables[t][point[free[t]]];
      for (size_t i = size; i-- > 0;) {
        double product = table[i];
        for (size_t c = 0; c < n; ++c)
          table[i * n + c] = product * column[c * n];
      }
      size *= n;
    }
  }
  double sum = mixture.prior;
  size_t stride = groups.size();
  for (uint32_t member : mixture.members) {
    const uint32_t *code = &codes[member * stride];
    double product = 1;
    for (size_t g = 0; g < stride; ++g)
      product *= products[g][code[g]];
    sum += product;
  }
  // Hundreds of knobs may underflow; then the two densities say nothing.
  return std::max(sum, 1e-300);
}

Point TpeSampler::draw(RandomStream &random) const {
  Point point(space.numKnobs(), 0);
  size_t n = good.members.size();
  size_t kernel = size_t(random.uniform() * (double(n) + parameters.prior));
  for (size_t t = 0; t < free.size(); ++t) {
    size_t k = free[t];
    if (kernel >= n) {
      point[k] = uint32_t(random.below(choices[t]));
      continue;
    }
    size_t c = points[good.members[kernel]][k], x = c;
    double u = random.uniform() - good.stay[t];
    if (u >= 0) {
      for (size_t other = 0; other < choices[t]; ++other) {
        if (other == c)
          continue;
        x = other;
        u -= good.tables[t][c * choices[t] + other] * good.stay[t];
        if (u < 0)
          break;
      }
    }
    point[k] = uint32_t(x);
  }
  space.canonicalize(point);
  return point;
}

/// The best of the candidates that were never tried; empty if all were.
Point TpeSampler::propose(uint64_t number) {
  RandomStream random(options.seed, number);
  Point best;
  double bestRatio = 0;
  size_t candidates = 0;
  for (size_t tries = 0;
       tries < 8 * parameters.candidates && candidates < parameters.candidates;
       ++tries) {
    Point point = draw(random);
    if (seen.contains(point))
      continue;
    ++candidates;
    double ratio = density(good, point) / density(bad, point);
    if (ratio > bestRatio) {
      bestRatio = ratio;
      best = std::move(point);
    }
  }
  return best;
}

std::vector<Point> TpeSampler::ask(uint64_t firstNumber, size_t count) {
  std::vector<Point> result;
  bool estimates = points.size() >= parameters.startup && !ranked.empty();
  if (estimates)
    buildMixtures();
  for (size_t i = 0; i < count && !seen.isFull(); ++i) {
    Point point;
    if (estimates)
      point = propose(firstNumber + i);
    while (point.empty()) {
      std::vector<Point> next = randomPoints.ask(firstNumber + i, 1);
      if (next.empty())
        return result;
      if (!seen.contains(next[0]))
        point = std::move(next[0]);
    }
    seen.insert(point);
    result.push_back(std::move(point));
  }
  return result;
}
