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

/// A choice of several keys as a number: the sum of its values, where all of
/// them grow with it; else NaN.
static std::vector<double> numbersOf(const Knob &knob) {
  std::vector<double> numbers;
  if (knob.parts.empty()) {
    for (const Choice &choice : knob.choices)
      numbers.push_back(numberOf(choice));
    return numbers;
  }
  for (const std::vector<Choice> &values : knob.parts) {
    double sum = 0;
    for (const Choice &value : values)
      sum += numberOf(value);
    numbers.push_back(sum);
  }
  for (size_t a = 0; a < knob.parts.size(); ++a)
    for (size_t b = 0; b < knob.parts.size(); ++b)
      for (size_t p = 0; p < knob.parts[a].size(); ++p)
        if (numbers[a] > numbers[b] &&
            numberOf(knob.parts[a][p]) < numberOf(knob.parts[b][p]))
          return std::vector<double>(numbers.size(), std::nan(""));
  return numbers;
}

std::vector<double> mase::choiceDistances(const Knob &knob) {
  size_t n = knob.choices.size();
  std::vector<double> positions = numbersOf(knob);
  bool numeric = true, positive = true;
  for (double position : positions) {
    numeric &= std::isfinite(position);
    positive &= position > 0;
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
  std::vector<double> numbers = numbersOf(knob);
  for (double number : numbers)
    if (!std::isfinite(number))
      return order;
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return numbers[a] != numbers[b] ? numbers[a] < numbers[b] : a < b;
  });
  return order;
}
