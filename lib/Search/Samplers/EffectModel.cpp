// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weighted least squares, one effect after the other.
#include "EffectModel.h"

#include "ChoiceOrder.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mase;

EffectModel::EffectModel(const Space &space) : process(space) {
  for (const Knob &knob : space.knobs()) {
    first.push_back(level.size());
    std::vector<uint32_t> order = choiceOrder(knob);
    level.resize(level.size() + order.size(), 0);
    for (auto [place, c] : llvm::enumerate(order))
      if (order.size() > 1)
        level[first.back() + c] = double(place) / double(order.size() - 1);
  }
}

static double medianOf(std::vector<double> values) {
  auto middle = values.begin() + ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double EffectModel::sumOf(const uint32_t *row) const {
  double sum = intercept;
  for (size_t k = 0; k < first.size(); ++k)
    sum += effects[row[k]];
  return sum;
}

double EffectModel::lossOf(double value) const {
  return std::min(worst, scale.backward(scale.forward(losses[base]) + value));
}

void EffectModel::fit(llvm::ArrayRef<const Point *> points,
                      llvm::ArrayRef<double> measured, size_t baseNumber,
                      llvm::ArrayRef<Uniform> uniform) {
  losses = measured.vec();
  base = baseNumber;
  worst = *llvm::max_element(losses);
  columns.clear();
  isSingle.clear();
  for (const Point *point : points) {
    size_t differing = 0;
    for (size_t k = 0; k < first.size(); ++k) {
      columns.push_back(uint32_t(first[k] + (*point)[k]));
      differing += (*point)[k] != (*points[base])[k];
    }
    isSingle.push_back(differing <= 1);
  }
  std::vector<LossScale> scales = candidateScales();
  if (chosen >= scales.size() || losses.size() >= chosenAt + chosenAt / 2)
    chooseScale(scales, uniform);
  solveIn(scales[chosen], uniform);

  size_t from = losses.size() > kMostKept ? losses.size() - kMostKept : 0;
  std::vector<double> sums, targets;
  for (size_t i = from; i < losses.size(); ++i) {
    sums.push_back(sumOf(rowOf(i)));
    targets.push_back(residuals[i] /
                      std::max(errorOf(sums.back()), errorOf(values[i])));
  }
  auto [low, high] = std::minmax_element(values.begin(), values.end());
  // Knobs that do much alone do more together.
  std::vector<double> importances;
  double total = 0;
  for (size_t k = 0; k < first.size(); ++k) {
    double most = 0;
    size_t end = k + 1 < first.size() ? first[k + 1] : level.size();
    for (size_t j = first[k]; j < end; ++j)
      most = std::max(most, std::fabs(effects[j]));
    importances.push_back(most);
    total += most / double(first.size());
  }
  for (double &importance : importances)
    importance = total > 0 ? 0.2 + 0.8 * importance / total : 1;
  process.fit(points.drop_front(from), sums, targets,
              std::max(0.05 * (*high - *low), floor), importances);
}

void EffectModel::append(llvm::ArrayRef<const Point *> points,
                         llvm::ArrayRef<double> measured) {
  for (auto [point, loss] : llvm::zip_equal(points, measured)) {
    double sum = intercept;
    for (size_t k = 0; k < first.size(); ++k)
      sum += effect(k, (*point)[k]);
    double value =
        scale.forward(std::min(loss, worst)) - scale.forward(losses[base]);
    process.append(*point, sum,
                   (value - sum) / std::max(errorOf(sum), errorOf(value)));
  }
  process.solve();
}

std::vector<LossScale> EffectModel::candidateScales() const {
  double least = *llvm::min_element(losses);
  std::vector<LossScale> scales = {LossScale()};
  auto add = [&](double anchor, bool below) {
    scales.push_back({LossScale::Kind::Logarithm, anchor, below});
    scales.push_back({LossScale::Kind::Reciprocal, anchor, below});
  };
  // Below what a network that guesses loses: no choice makes it worse.
  if (double anchor = worst + 0.02 * (worst - least); anchor > worst)
    add(anchor, /*below=*/true);
  if (least > 0 || worst < 0)
    add(0, /*below=*/worst < 0);
  return scales;
}

/// The scale in which the sums are nearest to the losses, relative to what a
/// point loses against the base; the first where others are hardly better.
void EffectModel::chooseScale(llvm::ArrayRef<LossScale> scales,
                              llvm::ArrayRef<Uniform> uniform) {
  double least = HUGE_VAL;
  for (auto [number, candidate] : llvm::enumerate(scales)) {
    solveIn(candidate, uniform);
    double error = 0;
    for (size_t i = 0; i < losses.size(); ++i)
      if (double lost = std::fabs(losses[i] - losses[base]);
          !isSingle[i] && lost > 0)
        error += std::min(1.0, std::fabs(lossOf(sumOf(rowOf(i))) - losses[i]) /
                                   lost);
    if (number == 0 || error < 0.9 * least) {
      least = error;
      chosen = number;
    }
  }
  chosenAt = losses.size();
}

void EffectModel::solveIn(LossScale in, llvm::ArrayRef<Uniform> uniform) {
  scale = in;
  values.clear();
  std::vector<double> sizes;
  for (double loss : losses) {
    values.push_back(scale.forward(loss) - scale.forward(losses[base]));
    sizes.push_back(std::fabs(values.back()));
  }
  floor = std::max(0.02 * medianOf(std::move(sizes)), 1e-100);
  setPrior(uniform);
  solve();
}

void EffectModel::setPrior(llvm::ArrayRef<Uniform> uniform) {
  // What is lost at a level, between the uniform points linearly.
  auto valueAt = [&](double at) {
    if (uniform.empty())
      return 0.0;
    auto after = llvm::find_if(
        uniform, [&](const Uniform &point) { return point.level >= at; });
    if (after == uniform.end())
      return values[uniform.back().number];
    if (after == uniform.begin() || after->level == at)
      return values[after->number];
    auto before = after - 1;
    double share = (at - before->level) / (after->level - before->level);
    return values[before->number] +
           share * (values[after->number] - values[before->number]);
  };
  double most = 0;
  for (double value : values)
    most = std::max(most, std::fabs(value));
  double n = double(first.size());
  prior.assign(level.size(), 0);
  priorWeights.assign(level.size(), 0);
  for (size_t k = 0; k < first.size(); ++k) {
    size_t end = k + 1 < first.size() ? first[k + 1] : level.size();
    size_t own = rowOf(base)[k]; // 0, and known
    for (size_t j = first[k]; j < end; ++j) {
      if (j == own)
        continue;
      prior[j] = (valueAt(level[j]) - valueAt(level[own])) / n;
      double error = std::fabs(prior[j]) + 0.2 * most / n + floor;
      priorWeights[j] = 1 / (error * error);
    }
  }
}

/// Weights from the errors of the last solution, three times.
void EffectModel::solve() {
  effects = prior;
  variances.assign(level.size(), 0);
  intercept = 0;
  spread = 0.1;
  double bad = worst - 0.05 * (worst - *llvm::min_element(losses));
  std::vector<double> weights(losses.size());
  for (unsigned round = 0; round < 3; ++round) {
    residuals.clear();
    for (size_t i = 0; i < losses.size(); ++i) {
      residuals.push_back(values[i] - sumOf(rowOf(i)));
      double error = errorOf(values[i]);
      // A larger sum where it can't get worse is no error.
      weights[i] =
          losses[i] > bad && residuals[i] < 0 ? 0 : 1 / (error * error);
    }
    improve(weights);
    std::vector<double> shares;
    for (size_t i = 0; i < losses.size(); ++i)
      if (weights[i] == 0)
        residuals[i] = 0;
      else if (!isSingle[i])
        shares.push_back(std::fabs(residuals[i]) /
                         (std::fabs(values[i]) + floor));
    // The median of normal errors is two thirds of their deviation.
    if (shares.size() >= 6)
      spread = std::clamp(1.5 * medianOf(std::move(shares)), 1e-4, 0.5);
  }
}

/// Gauss-Seidel: each effect to its best while the others stay.
void EffectModel::improve(llvm::ArrayRef<double> weights) {
  std::vector<std::vector<uint32_t>> pointsOf(level.size());
  for (uint32_t i = 0; i < losses.size(); ++i)
    for (size_t k = 0; k < first.size(); ++k)
      pointsOf[rowOf(i)[k]].push_back(i);
  std::vector<uint32_t> everywhere(losses.size());
  for (uint32_t i = 0; i < everywhere.size(); ++i)
    everywhere[i] = i;
  // How far the effect moved; its variance.
  auto settle = [&](double &effect, double prior, double priorWeight,
                    llvm::ArrayRef<uint32_t> points) {
    double total = priorWeight, sum = priorWeight * (prior - effect);
    for (uint32_t i : points) {
      total += weights[i];
      sum += weights[i] * residuals[i];
    }
    double move = sum / total;
    effect += move;
    for (uint32_t i : points)
      residuals[i] -= move;
    return std::pair(std::fabs(move), 1 / total);
  };
  for (unsigned pass = 0; pass < 40; ++pass) {
    double moved = settle(intercept, 0, 1 / (floor * floor), everywhere).first;
    for (size_t j = 0; j < level.size(); ++j) {
      if (priorWeights[j] == 0)
        continue;
      auto [move, variance] =
          settle(effects[j], prior[j], priorWeights[j], pointsOf[j]);
      moved = std::max(moved, move);
      variances[j] = variance;
    }
    if (moved < 1e-3 * floor)
      break;
  }
}

EffectModel::Forecast EffectModel::forecast(const Point &point) const {
  double sum = intercept, variance = 0;
  for (size_t k = 0; k < first.size(); ++k) {
    sum += effect(k, point[k]);
    variance += variances[first[k] + point[k]];
  }
  double error = errorOf(sum);
  ResidualProcess::Forecast left = process.forecast(point, sum);
  double value = sum + left.mean * error;
  double unknown = 1 - left.nearness * left.nearness;
  double deviation =
      std::sqrt((variance + error * error) * std::max(unknown, 1e-12));
  return {lossOf(value),
          (lossOf(value + deviation) - lossOf(value - deviation)) / 2};
}
