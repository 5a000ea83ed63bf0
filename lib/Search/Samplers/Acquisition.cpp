// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Expected improvements.
#include "Acquisition.h"

#include <algorithm>
#include <array>
#include <cmath>

using namespace mase;

namespace {

/// E[max(0, z - Z)] of a standard normal Z: z Phi(z) + phi(z), from a table
/// with linear interpolation (error below 1e-6).
class UnitImprovement {
public:
  UnitImprovement() {
    for (size_t i = 0; i < table.size(); ++i) {
      double z = -kRange + double(i) / kSteps;
      table[i] = z * 0.5 * std::erfc(-z * M_SQRT1_2) +
                 std::exp(-0.5 * z * z) * 0.3989422804014327;
    }
  }
  double operator()(double z) const {
    if (z <= -kRange)
      return 0;
    if (z >= kRange)
      return z;
    double at = (z + kRange) * kSteps;
    size_t i = size_t(at);
    double share = at - double(i);
    return table[i] + share * (table[i + 1] - table[i]);
  }

  static constexpr int kRange = 6;

private:
  static constexpr int kSteps = 256;
  std::array<double, 2 * kRange * kSteps + 2> table;
};

const UnitImprovement &unitImprovement() {
  static const UnitImprovement table;
  return table;
}

/// E[max(0, bound - Y)].
double improvement(double bound, double mean, double deviation) {
  return deviation * unitImprovement()((bound - mean) / deviation);
}

constexpr size_t kSamples = 24;

} // namespace

static Losses extremeOf(llvm::ArrayRef<Losses> losses, bool highest) {
  Losses result = losses[0];
  for (const Losses &l : losses)
    for (size_t d = 0; d < l.size(); ++d)
      result[d] =
          highest ? std::max(result[d], l[d]) : std::min(result[d], l[d]);
  return result;
}

Acquisition::Acquisition(llvm::ArrayRef<Losses> losses, RandomStream random)
    : Acquisition(losses, extremeOf(losses, false), extremeOf(losses, true),
                  random) {}

Acquisition::Acquisition(llvm::ArrayRef<Losses> losses,
                         llvm::ArrayRef<double> lowest,
                         llvm::ArrayRef<double> high, RandomStream random)
    : numObjectives(losses[0].size()), low(lowest.vec()) {
  if (numObjectives == 1) {
    best = low[0];
    return;
  }
  if (numObjectives == 2) {
    for (size_t i : paretoFront(losses))
      front.push_back({losses[i][0], losses[i][1]});
    std::sort(front.begin(), front.end());
    // Well beyond the worst that was seen, so that the ends of the front are
    // looked for.
    for (size_t d = 0; d < 2; ++d)
      reference[d] = high[d] + 0.3 * (high[d] - low[d]);
    return;
  }
  // Uniform on the simplex, over the ranges.
  double sum = 0;
  for (size_t d = 0; d < numObjectives; ++d) {
    weights.push_back(-std::log(1 - random.uniform()));
    sum += weights.back();
  }
  for (size_t d = 0; d < numObjectives; ++d)
    weights[d] /= sum * std::max(high[d] - low[d], 1e-12);
  best = scalarise(losses[0].data());
  for (const Losses &l : losses)
    best = std::min(best, scalarise(l.data()));
  for (size_t i = 0; i < kSamples * numObjectives; ++i)
    draws.push_back(std::sqrt(-2 * std::log(1 - random.uniform())) *
                    std::cos(2 * M_PI * random.uniform()));
}

/// The augmented Tchebycheff norm.
double Acquisition::scalarise(const double *losses) const {
  double most = 0, sum = 0;
  for (size_t d = 0; d < numObjectives; ++d) {
    double term = weights[d] * (losses[d] - low[d]);
    most = d == 0 ? term : std::max(most, term);
    sum += term;
  }
  return most + 0.05 * sum;
}

double Acquisition::operator()(const float *means,
                               const float *deviations) const {
  if (numObjectives == 1)
    return improvement(best, means[0], deviations[0]);
  if (numObjectives == 2) {
    // Strips between neighbours of the front, each as high as the room below
    // its left neighbour. To the left of `first` and above the point's reach
    // there is nothing to gain.
    double reach = means[0] - UnitImprovement::kRange * deviations[0];
    size_t first = size_t(std::partition_point(front.begin(), front.end(),
                                               [&](const auto &member) {
                                                 return member.first < reach;
                                               }) -
                          front.begin());
    double total = 0, left = 0,
           height = first == 0 ? reference[1] : front[first - 1].second;
    for (size_t i = first; i <= front.size(); ++i) {
      double bound = i < front.size() ? front[i].first : reference[0];
      double right = improvement(bound, means[0], deviations[0]);
      if (right > left) {
        double below = improvement(height, means[1], deviations[1]);
        if (below == 0)
          break;
        total += (right - left) * below;
      }
      left = right;
      if (i < front.size())
        height = front[i].second;
    }
    return total;
  }
  double total = 0;
  std::vector<double> losses(numObjectives);
  for (size_t s = 0; s < kSamples; ++s) {
    for (size_t d = 0; d < numObjectives; ++d)
      losses[d] = means[d] + deviations[d] * draws[s * numObjectives + d];
    total += std::max(0.0, best - scalarise(losses.data()));
  }
  return total;
}
