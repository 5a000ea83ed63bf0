// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sorting trials: by one number each where the space has fewer than 2^64
// points, else by their ranks.
#include "TrialList.h"

#include <algorithm>
#include <numeric>

namespace mase {
namespace {

/// The number of each trial, or nothing where the space is too large.
std::vector<uint64_t> numbersOf(const Compiled &compiled,
                                const std::vector<uint32_t> &ranks,
                                size_t trials) {
  size_t columns = compiled.columns.size();
  std::vector<uint64_t> radix(columns, 1);
  unsigned __int128 points = 1;
  for (size_t c = columns; c-- > 0;) {
    radix[c] = uint64_t(points);
    points *= compiled.plans[size_t(compiled.columns[c])].precisions.size();
    if (points >> 64 != 0)
      return {};
  }
  std::vector<uint64_t> numbers(trials, 0);
  for (size_t t = 0; t < trials; ++t)
    for (size_t c = 0; c < columns; ++c)
      numbers[t] += ranks[t * columns + c] * radix[c];
  return numbers;
}

template <typename Less>
void sortUnlessSorted(std::vector<uint32_t> &index, Less less) {
  if (!std::is_sorted(index.begin(), index.end(), less))
    std::sort(index.begin(), index.end(), less);
}

} // namespace

TrialList::TrialList(const Compiled &compiled,
                     absl::Span<const Assignment> trials)
    : columns(compiled.columns.size()), ranks(trials.size() * columns),
      firstDifference(trials.size(), kSame), index(trials.size()) {
  for (size_t t = 0; t < trials.size(); ++t)
    for (size_t c = 0; c < columns; ++c) {
      size_t step = size_t(compiled.columns[c]);
      ranks[t * columns + c] =
          compiled.plans[step].rankOfChoice[trials[t][step]];
    }
  std::iota(index.begin(), index.end(), 0);
  std::vector<uint64_t> numbers = numbersOf(compiled, ranks, trials.size());
  auto row = [&](uint32_t t) { return ranks.begin() + ptrdiff_t(t * columns); };
  if (!numbers.empty())
    sortUnlessSorted(index, [&](uint32_t a, uint32_t b) {
      return std::pair(numbers[a], a) < std::pair(numbers[b], b);
    });
  else
    sortUnlessSorted(index, [&](uint32_t a, uint32_t b) {
      auto [x, y] = std::mismatch(row(a), row(a) + ptrdiff_t(columns), row(b));
      return x == row(a) + ptrdiff_t(columns) ? a < b : *x < *y;
    });
  std::vector<uint32_t> sorted(ranks.size());
  for (size_t t = 0; t < index.size(); ++t) {
    std::copy_n(row(index[t]), columns,
                sorted.begin() + ptrdiff_t(t * columns));
    if (t == 0) {
      firstDifference[t] = kStart;
      continue;
    }
    for (size_t c = 0; c < columns; ++c)
      if (sorted[t * columns + c] != sorted[(t - 1) * columns + c]) {
        firstDifference[t] = compiled.columns[c];
        break;
      }
  }
  ranks = std::move(sorted);
}

} // namespace mase
