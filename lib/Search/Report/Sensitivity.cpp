// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What each layer does to the objectives, from pairs of trials that differ in
// nothing else.
#include "mase/Search/Indicators.h"
#include "mase/Search/Random.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mase;

namespace {

/// Two independent 64-bit hashes: equal by chance once in 10^28 trials.
struct Key {
  uint64_t a = 0, b = 0;
  Key operator^(const Key &other) const { return {a ^ other.a, b ^ other.b}; }
  auto operator<=>(const Key &) const = default;
};

/// A knob's part of a trial's hash (Zobrist): parts are put together, and a
/// layer's taken out again, with exclusive or.
Key keyOf(const Space &space, const Point &point, size_t k) {
  uint64_t choice =
      space.hasConditions() && !space.isActive(point, k) ? 0 : point[k] + 1;
  uint64_t place = uint64_t(k) << 32 | choice;
  return {mixBits(place ^ 0x9e3779b97f4a7c15ull),
          mixBits(place ^ 0xc2b2ae3d27d4eb4full)};
}

/// Sum of |x_i - x_j| over all pairs, in n log n: the i-th smallest is the
/// larger one of i pairs and the smaller one of the others.
double sumOfDifferences(std::vector<double> &values) {
  llvm::sort(values);
  double sum = 0, n = double(values.size());
  for (size_t i = 0; i < values.size(); ++i)
    sum += (values[i] - values.front()) * (2 * double(i) - n + 1);
  return sum;
}

} // namespace

std::vector<LayerSensitivity>
mase::layerSensitivities(const Problem &problem, llvm::ArrayRef<Trial> trials) {
  const Space &space = problem.space;
  std::vector<LayerSensitivity> layers;
  llvm::StringMap<size_t> numbers;
  for (size_t k = 0; k < space.numKnobs(); ++k) {
    llvm::StringRef layer =
        llvm::StringRef(space.knobs()[k].name).split('/').first;
    auto [entry, isNew] = numbers.try_emplace(layer, layers.size());
    if (isNew)
      layers.emplace_back().layer = layer.str();
    layers[entry->second].knobs.push_back(k);
  }

  std::vector<size_t> metrics;
  for (const Objective &objective : problem.objectives)
    metrics.push_back(llvm::find_if(problem.evaluator->metrics(),
                                    [&](const MetricInfo &m) {
                                      return m.name == objective.name;
                                    }) -
                      problem.evaluator->metrics().begin());

  struct Row {
    Key rest;
    Key own;
    uint32_t trial;
    auto operator<=>(const Row &) const = default;
  };
  std::vector<uint32_t> complete;
  std::vector<Key> whole;
  for (size_t i = 0; i < trials.size(); ++i) {
    if (trials[i].state != TrialState::Complete || trials[i].shrunk)
      continue;
    complete.push_back(uint32_t(i));
    Key &key = whole.emplace_back();
    for (size_t k = 0; k < space.numKnobs(); ++k)
      key = key ^ keyOf(space, trials[i].point, k);
  }

  std::vector<Row> rows;
  std::vector<double> values;
  for (LayerSensitivity &layer : layers) {
    rows.clear();
    for (size_t i = 0; i < complete.size(); ++i) {
      Key own;
      for (size_t k : layer.knobs)
        own = own ^ keyOf(space, trials[complete[i]].point, k);
      rows.push_back({whole[i] ^ own, own, complete[i]});
    }
    llvm::sort(rows);
    // A point that was tried twice is no change of the layer.
    rows.erase(llvm::unique(rows,
                            [](const Row &a, const Row &b) {
                              return a.rest == b.rest && a.own == b.own;
                            }),
               rows.end());
    std::vector<double> sums(metrics.size(), 0);
    std::vector<uint64_t> pairs(metrics.size(), 0);
    for (size_t begin = 0, end; begin < rows.size(); begin = end) {
      for (end = begin + 1; end < rows.size(); ++end)
        if (rows[end].rest != rows[begin].rest)
          break;
      if (end - begin < 2)
        continue;
      layer.numPairs += uint64_t(end - begin) * (end - begin - 1) / 2;
      for (size_t m = 0; m < metrics.size(); ++m) {
        values.clear();
        for (size_t r = begin; r < end; ++r) {
          const std::vector<double> &measured = trials[rows[r].trial].metrics;
          if (metrics[m] < measured.size() &&
              std::isfinite(measured[metrics[m]]))
            values.push_back(measured[metrics[m]]);
        }
        sums[m] += sumOfDifferences(values);
        pairs[m] += uint64_t(values.size()) * (values.size() - 1) / 2;
      }
    }
    for (size_t m = 0; m < metrics.size(); ++m)
      layer.meanChange.push_back(
          pairs[m] ? sums[m] / double(pairs[m])
                   : std::numeric_limits<double>::quiet_NaN());
  }
  return layers;
}
