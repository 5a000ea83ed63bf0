// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Order and distances of choices.
#include "ChoiceOrder.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace mase;

/// A choice as a number, or NaN.
static double numberOf(const Choice &choice) {
  if (const int64_t *i = std::get_if<int64_t>(&choice))
    return double(*i);
  if (const double *d = std::get_if<double>(&choice))
    return *d;
  return std::nan("");
}

std::vector<double> mase::choiceDistances(const Knob &knob) {
  size_t n = knob.choices.size();
  std::vector<double> positions;
  bool numeric = true, positive = true;
  for (const Choice &choice : knob.choices) {
    positions.push_back(numberOf(choice));
    if (!std::isfinite(positions.back()))
      numeric = false;
    positive &= positions.back() > 0;
  }
  if (numeric && positive)
    for (double &p : positions)
      p = std::log2(p);
  auto [low, high] = std::minmax_element(positions.begin(), positions.end());
  double step = (*high - *low) / double(n - 1);
  std::vector<double> distances(n * n, 1.0);
  for (size_t a = 0; a < n; ++a)
    for (size_t b = 0; b < n; ++b)
      if (a == b)
        distances[a * n + b] = 0;
      else if (numeric && step > 0)
        distances[a * n + b] = std::fabs(positions[a] - positions[b]) / step;
  return distances;
}

std::vector<uint32_t> mase::choiceOrder(const Knob &knob) {
  std::vector<uint32_t> order(knob.choices.size());
  std::iota(order.begin(), order.end(), 0u);
  std::vector<double> numbers;
  for (const Choice &choice : knob.choices) {
    numbers.push_back(numberOf(choice));
    if (!std::isfinite(numbers.back()))
      return order;
  }
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return numbers[a] != numbers[b] ? numbers[a] < numbers[b] : a < b;
  });
  return order;
}
