// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Partial fronts, part by part.
#include "AdditiveFront.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mase;

namespace {

/// A partial sum, and where it came from.
struct Partial {
  uint32_t before, choice;
};

/// Partial sums, `width` losses each, in one array: a front is joined with
/// some hundred choices, and their vectors would cost more than the sums.
struct Sums {
  size_t width;
  std::vector<double> losses;
  std::vector<Partial> origins;

  size_t size() const { return origins.size(); }
  const double *operator[](size_t i) const { return &losses[i * width]; }
  void add(const double *sum, Partial origin) {
    losses.insert(losses.end(), sum, sum + width);
    origins.push_back(origin);
  }
};

} // namespace

/// The front of `sums`, in lexicographic order, of equals the first.
static Sums frontOf(const Sums &sums) {
  std::vector<uint32_t> order(sums.size());
  for (uint32_t i = 0; i < order.size(); ++i)
    order[i] = i;
  size_t width = sums.width;
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    for (size_t d = 0; d < width; ++d)
      if (sums[a][d] != sums[b][d])
        return sums[a][d] < sums[b][d];
    return a < b;
  });
  Sums front{width, {}, {}};
  for (uint32_t i : order) {
    // Earlier ones are nowhere worse in the first loss; of two losses the last
    // member has the smallest second.
    size_t first = width == 2 && front.size() ? front.size() - 1 : 0;
    bool covered = false;
    for (size_t f = first; f < front.size() && !covered; ++f) {
      covered = true;
      for (size_t d = 1; d < width && covered; ++d)
        covered = front[f][d] <= sums[i][d];
    }
    if (!covered)
      front.add(sums[i], sums.origins[i]);
  }
  return front;
}

/// A front of at most about `maxSize`, by cells of the losses after the first.
static Sums thinned(const Sums &front, size_t maxSize) {
  size_t width = front.width;
  if (front.size() <= maxSize || width < 2)
    return front;
  double cells =
      std::floor(std::pow(double(maxSize), 1 / double(width - 1)) + 1e-9);
  std::vector<double> low(width, HUGE_VAL), high(width, -HUGE_VAL);
  for (size_t i = 0; i < front.size(); ++i)
    for (size_t d = 1; d < width; ++d) {
      low[d] = std::min(low[d], front[i][d]);
      high[d] = std::max(high[d], front[i][d]);
    }
  Sums kept{width, {}, {}};
  llvm::DenseMap<uint64_t, bool> taken;
  for (size_t i = 0; i < front.size(); ++i) { // smallest first loss first
    uint64_t cell = 0;
    for (size_t d = 1; d < width; ++d) {
      double range = high[d] - low[d];
      double at = range > 0 ? (front[i][d] - low[d]) / range * cells : 0;
      cell = cell * uint64_t(cells) + uint64_t(std::min(at, cells - 1));
    }
    if (taken.try_emplace(cell, true).second)
      kept.add(front[i], front.origins[i]);
  }
  return kept;
}

std::vector<std::vector<uint32_t>>
mase::additiveFront(llvm::ArrayRef<std::vector<Losses>> parts,
                    llvm::ArrayRef<double> limits, size_t maxSize) {
  size_t width = limits.size();
  // The least that the parts from each on add.
  std::vector<Losses> rest(parts.size() + 1, Losses(width, 0));
  for (size_t p = parts.size(); p-- > 0;)
    for (size_t d = 0; d < width; ++d) {
      double least = HUGE_VAL;
      for (const Losses &choice : parts[p])
        least = std::min(least, choice[d]);
      rest[p][d] = rest[p + 1][d] + least;
    }
  Sums front{width, Losses(width, 0), {{0, 0}}};
  std::vector<std::vector<Partial>> origins;
  Losses sum(width);
  for (auto [p, choices] : llvm::enumerate(parts)) {
    Sums joined{width, {}, {}};
    for (size_t c : paretoFront(choices))
      for (uint32_t f = 0; f < front.size(); ++f) {
        bool fits = true;
        for (size_t d = 0; d < width; ++d) {
          sum[d] = front[f][d] + choices[c][d];
          double slack = 1e-9 * std::max(1.0, std::fabs(limits[d]));
          fits &= !(sum[d] + rest[p + 1][d] > limits[d] + slack);
        }
        if (fits)
          joined.add(sum.data(), {f, uint32_t(c)});
      }
    front = thinned(frontOf(joined), maxSize);
    origins.push_back(front.origins);
  }
  std::vector<std::vector<uint32_t>> result;
  for (uint32_t i = 0; i < front.size(); ++i) {
    std::vector<uint32_t> chosen(parts.size());
    for (size_t p = parts.size(), at = i; p-- > 0;) {
      chosen[p] = origins[p][at].choice;
      at = origins[p][at].before;
    }
    result.push_back(std::move(chosen));
  }
  return result;
}
