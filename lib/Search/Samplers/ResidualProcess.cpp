// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Cholesky factors that grow.
#include "ResidualProcess.h"

#include "ChoiceOrder.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mase;

ResidualProcess::ResidualProcess(const Space &space) {
  for (const Knob &knob : space.knobs()) {
    sizes.push_back(knob.choices.size());
    std::vector<double> &apart = distances.emplace_back();
    if (knob.choices.size() == 1) {
      apart.push_back(0);
      continue;
    }
    apart = choiceDistances(knob);
    double most = *llvm::max_element(apart);
    for (double &distance : apart)
      if (distance > 0)
        distance = 0.5 + 0.5 * distance / most;
  }
}

double ResidualProcess::correlation(const uint32_t *a, double sumA,
                                    const uint32_t *b, double sumB) const {
  double distance = 0;
  for (size_t k = 0; k < sizes.size(); ++k)
    distance += importances[k] * distances[k][a[k] * sizes[k] + b[k]];
  double apart = (sumA - sumB) / width;
  return 0.5 * std::exp(-range * distance) +
         0.5 * std::exp(-0.5 * apart * apart);
}

void ResidualProcess::append(const Point &point, double sum, double target) {
  size_t n = sizes.size(), i = factor.size();
  rows.insert(rows.end(), point.begin(), point.end());
  sums.push_back(sum);
  std::vector<double> &row = factor.emplace_back();
  for (size_t j = 0; j <= i; ++j) {
    double entry = correlation(&rows[i * n], sum, &rows[j * n], sums[j]);
    if (i == j)
      entry += kNoise;
    for (size_t t = 0; t < j; ++t)
      entry -= row[t] * factor[j][t];
    if (i == j) {
      row.push_back(std::sqrt(entry));
      break;
    }
    row.push_back(entry / factor[j][j]);
    target -= row[j] * whitened[j];
  }
  whitened.push_back(target / row[i]);
}

void ResidualProcess::fit(llvm::ArrayRef<const Point *> points,
                          llvm::ArrayRef<double> newSums,
                          llvm::ArrayRef<double> targets, double newWidth,
                          llvm::ArrayRef<double> newImportances) {
  width = newWidth;
  importances = newImportances.vec();
  auto learnWith = [&](double newRange) {
    range = newRange;
    rows.clear();
    sums.clear();
    factor.clear();
    whitened.clear();
    // The logarithm of the likelihood at the variance that is likeliest.
    double likelihood = 0, squares = 0;
    for (auto [point, sum, target] :
         llvm::zip_equal(points, newSums, targets)) {
      append(*point, sum, target);
      likelihood -= std::log(factor.back().back());
      squares += whitened.back() * whitened.back();
    }
    return likelihood - 0.5 * double(points.size()) * std::log(squares + 1e-12);
  };
  double most = -HUGE_VAL, likeliest = 1;
  for (double candidate : {0.1, 0.3, 0.8, 2.0})
    if (double likelihood = learnWith(candidate); likelihood > most) {
      most = likelihood;
      likeliest = candidate;
    }
  if (range != likeliest)
    learnWith(likeliest);
  solve();
}

void ResidualProcess::solve() {
  weights = whitened;
  for (size_t i = weights.size(); i-- > 0;) {
    weights[i] /= factor[i][i];
    for (size_t t = 0; t < i; ++t)
      weights[t] -= factor[i][t] * weights[i];
  }
}

ResidualProcess::Forecast ResidualProcess::forecast(const Point &point,
                                                    double sum) const {
  Forecast result{0, 0};
  for (size_t i = 0; i < weights.size(); ++i) {
    double near =
        correlation(&rows[i * sizes.size()], sums[i], point.data(), sum);
    result.nearness = std::max(result.nearness, near);
    result.mean += near * weights[i];
  }
  return result;
}
