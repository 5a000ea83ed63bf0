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
    if (space.knobs()[k].choices.size() > 1)
      free.push_back(k);
}

void LocalSearch::add(const Point &point, const Losses &losses) {
  uint32_t number = uint32_t(points.size());
  for (uint32_t other = 0; other < number; ++other) {
    size_t knob = 0, differing = 0;
    for (size_t k : free)
      if (points[other][k] != point[k]) {
        knob = k;
        if (++differing > 1)
          break;
      }
    if (differing != 1)
      continue;
    Losses change = losses, back = losses;
    for (size_t d = 0; d < losses.size(); ++d) {
      change[d] = losses[d] - ranks[other][d];
      back[d] = -change[d];
    }
    uint32_t k = uint32_t(knob), from = points[other][k], to = point[k];
    auto keep = [&](std::array<uint32_t, 3> key, Example example) {
      std::vector<Example> &list = examples[key];
      // The latest are nearer to the front.
      if (list.size() == kMaxExamples)
        list.erase(list.begin());
      list.push_back(std::move(example));
    };
    keep({k, from, to}, {other, change});
    keep({k, to, from}, {number, back});
  }
  points.push_back(point);
  ranks.add(losses);
  forecasts.clear();
  known.clear();
}

void LocalSearch::forecast(const UnseenPoints &unseen) {
  size_t n = points.size(), m = ranks[0].size();
  Losses mean(m, 0), deviation(m, 0);
  for (size_t d = 0; d < m; ++d) {
    double most = 1;
    for (size_t i = 0; i < n; ++i) {
      mean[d] += ranks[i][d] / double(n);
      most = std::max(most, std::fabs(ranks[i][d]));
    }
    for (size_t i = 0; i < n; ++i)
      deviation[d] += (ranks[i][d] - mean[d]) * (ranks[i][d] - mean[d]);
    deviation[d] = std::sqrt(deviation[d] / double(n));
    if (!(deviation[d] > 1e-12 * std::fabs(mean[d])) ||
        !std::isfinite(deviation[d]))
      deviation[d] = most;
  }
  for (size_t i = 0; i < n; ++i) {
    known.push_back(ranks[i]);
    for (size_t d = 0; d < m; ++d)
      known[i][d] = (known[i][d] - mean[d]) / deviation[d];
  }
  PointSet candidates(space);
  for (const std::vector<uint32_t> &front : ranks.fronts()) {
    for (uint32_t i : front)
      for (size_t k : free) {
        if (!space.isActive(points[i], k))
          continue;
        for (uint32_t c = 0; c < space.knobs()[k].choices.size(); ++c) {
          Point point = points[i];
          if (c == point[k])
            continue;
          point[k] = c;
          space.canonicalize(point);
          if (unseen.isTaken(point) || forecasts.size() >= kMaxCandidates ||
              !candidates.insert(point))
            continue;
          Forecast f{std::move(point), std::vector<float>(m),
                     std::vector<float>(m, 0.5f)};
          for (size_t d = 0; d < m; ++d)
            f.means[d] = float(known[i][d]);
          auto found = examples.find({uint32_t(k), points[i][k], c});
          if (found != examples.end()) {
            std::vector<double> sum(m, 0), squares(m, 0);
            double total = 0;
            for (const Example &example : found->second) {
              size_t differing = 0;
              for (size_t other : free)
                differing += points[example.place][other] != points[i][other];
              double weight = std::exp(-double(differing));
              total += weight;
              for (size_t d = 0; d < m; ++d) {
                double change = example.change[d] / deviation[d];
                sum[d] += weight * change;
                squares[d] += weight * change * change;
              }
            }
            for (size_t d = 0; d < m; ++d) {
              double average = sum[d] / total;
              double variance = squares[d] / total - average * average;
              f.means[d] += float(average);
              f.deviations[d] = float(std::sqrt(
                  std::max(variance, 0.0) + 0.01 * average * average + 1e-5));
            }
          }
          forecasts.push_back(std::move(f));
        }
      }
    if (!forecasts.empty())
      break;
  }
}

Point LocalSearch::propose(UnseenPoints &unseen, uint64_t number) {
  if (points.empty())
    return {};
  if (known.empty())
    forecast(unseen);
  // No objectives: nothing to compare by.
  if (known[0].empty())
    return {};
  Acquisition acquisition(known, RandomStream(seed, number));
  size_t best = forecasts.size();
  double most = -1;
  for (size_t j = 0; j < forecasts.size(); ++j) {
    const Forecast &f = forecasts[j];
    double value = acquisition(f.means.data(), f.deviations.data());
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
  known.push_back(Losses(chosen.means.begin(), chosen.means.end()));
  return std::move(chosen.point);
}
