// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernel, Cholesky factor, fit of the hyper-parameters.
#include "GaussianProcess.h"

#include <algorithm>
#include <cmath>

using namespace mase;

namespace {

/// A normal prior of a logarithm. One standardised output has variance 1 to
/// explain.
struct Prior {
  double centre, deviation;
};

double matern(double q) {
  double t = std::sqrt(5 * q);
  return (1 + t + t * t / 3) * std::exp(-t);
}

/// In place: the lower factor of a symmetric n x n matrix. A pivot that
/// rounding made too small is lifted.
void factorise(std::vector<double> &a, size_t n) {
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (size_t k = 0; k < j; ++k)
        sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] =
          i == j ? std::sqrt(std::max(sum, 1e-10)) : sum / a[j * n + j];
    }
}

} // namespace

void GpInputs::addKnob(size_t numChoices) {
  if (groups.empty() || groups.back().size * numChoices > kGroupSize)
    groups.push_back({size(), size(), 1});
  choices.push_back(numChoices);
  distances.emplace_back(numChoices * numChoices, 1.0);
  for (size_t c = 0; c < numChoices; ++c)
    distances.back()[c * numChoices + c] = 0;
  groups.back().end = size();
  groups.back().size *= numChoices;
}

GpCandidates::GpCandidates(const GpInputs &inputs,
                           llvm::ArrayRef<uint32_t> rows)
    : count(inputs.size() == 0 ? 0 : rows.size() / inputs.size()) {
  for (size_t j = 0; j < count; ++j)
    for (const GpInputs::Group &group : inputs.groups) {
      size_t code = 0;
      for (size_t d = group.begin; d < group.end; ++d)
        code = code * inputs.choices[d] + rows[j * inputs.size() + d];
      codes.push_back(uint32_t(code));
    }
}

GaussianProcess::GaussianProcess(const GpInputs &inputs)
    : inputs(inputs), logs(2 * inputs.size() + 2) {
  size_t n = inputs.size();
  for (size_t d = 0; d < n; ++d) {
    logs[d] = std::log(0.5 / double(n));
    logs[n + d] = std::log(1.0 / double(n));
  }
  logs[2 * n] = std::log(0.5);
  logs[2 * n + 1] = std::log(1e-4);
  unpack();
}

void GaussianProcess::unpack() {
  size_t n = inputs.size();
  additive.resize(n);
  inverseScale.resize(n);
  self = 0;
  for (size_t d = 0; d < n; ++d) {
    additive[d] = std::exp(logs[d]);
    inverseScale[d] = std::exp(logs[n + d]);
    self += additive[d];
  }
  scale = std::exp(logs[2 * n]);
  noise = std::exp(logs[2 * n + 1]);
  self += scale;
}

double GaussianProcess::kernel(const uint32_t *a, const uint32_t *b) const {
  double sum = 0, q = 0;
  for (size_t d = 0; d < inputs.size(); ++d) {
    double distance = inputs.distances[d][a[d] * inputs.choices[d] + b[d]];
    sum += additive[d] * (1 - distance);
    q += inverseScale[d] * distance;
  }
  return sum + scale * matern(q);
}

void GaussianProcess::clear() {
  numRows = 0;
  observed.clear();
  lower.clear();
}

void GaussianProcess::append(llvm::ArrayRef<uint32_t> row) {
  std::vector<double> l(numRows + 1);
  double square = 0;
  for (size_t i = 0; i < numRows; ++i) {
    double sum = kernel(row.data(), &observed[i * inputs.size()]);
    const std::vector<double> &other = lower[i];
    for (size_t k = 0; k < i; ++k)
      sum -= l[k] * other[k];
    l[i] = sum / other[i];
    square += l[i] * l[i];
  }
  l[numRows] = std::sqrt(std::max(self + noise - square, 1e-10));
  lower.push_back(std::move(l));
  observed.insert(observed.end(), row.begin(), row.end());
  ++numRows;
}

std::vector<double>
GaussianProcess::weights(llvm::ArrayRef<double> targets) const {
  std::vector<double> result(targets.begin(), targets.end());
  for (size_t i = 0; i < result.size(); ++i) {
    for (size_t k = 0; k < i; ++k)
      result[i] -= lower[i][k] * result[k];
    result[i] /= lower[i][i];
  }
  return result;
}

void GaussianProcess::solve(GpCandidates &candidates) const {
  size_t count = candidates.count, knobs = inputs.size();
  size_t numGroups = inputs.groups.size();
  if (candidates.numSolved == 0)
    candidates.variance.assign(count, float(self));
  candidates.solves.resize(numRows * count);
  // What a row adds to both parts of the kernel by group and combination of
  // choices, so that a candidate costs one lookup a group.
  struct Parts {
    double sum, square;
  };
  std::vector<size_t> offsets = {0};
  for (const GpInputs::Group &group : inputs.groups)
    offsets.push_back(offsets.back() + group.size);
  size_t first = candidates.numSolved, stride = offsets.back();
  std::vector<Parts> parts((numRows - first) * stride);
  for (size_t i = first; i < numRows; ++i)
    for (size_t g = 0; g < numGroups; ++g) {
      Parts *table = &parts[(i - first) * stride + offsets[g]];
      table[0] = {0, 0};
      size_t size = 1;
      for (size_t d = inputs.groups[g].begin; d < inputs.groups[g].end; ++d) {
        size_t n = inputs.choices[d];
        const double *distances =
            &inputs.distances[d][observed[i * knobs + d] * n];
        for (size_t at = size; at-- > 0;) {
          Parts before = table[at];
          for (size_t c = 0; c < n; ++c)
            table[at * n + c] = {before.sum + additive[d] * (1 - distances[c]),
                                 before.square +
                                     inverseScale[d] * distances[c]};
        }
        size *= n;
      }
    }
  // Blocks of candidates whose solves stay in the cache.
  constexpr size_t block = 256;
  for (size_t begin = 0; begin < count; begin += block) {
    size_t end = std::min(count, begin + block);
    for (size_t i = first; i < numRows; ++i) {
      float *out = &candidates.solves[i * count];
      const Parts *table = &parts[(i - first) * stride];
      for (size_t j = begin; j < end; ++j) {
        const uint32_t *code = &candidates.codes[j * numGroups];
        double total = 0, q = 0;
        for (size_t g = 0; g < numGroups; ++g) {
          const Parts &part = table[offsets[g] + code[g]];
          total += part.sum;
          q += part.square;
        }
        out[j] = float(total + scale * matern(q));
      }
      const std::vector<double> &l = lower[i];
      for (size_t k = 0; k < i; ++k) {
        float factor = float(l[k]);
        const float *in = &candidates.solves[k * count];
        for (size_t j = begin; j < end; ++j)
          out[j] -= factor * in[j];
      }
      float factor = float(1 / l[i]);
      for (size_t j = begin; j < end; ++j) {
        out[j] *= factor;
        candidates.variance[j] -= out[j] * out[j];
      }
    }
  }
  candidates.numSolved = numRows;
}

void GaussianProcess::mean(const GpCandidates &candidates,
                           llvm::ArrayRef<double> weights,
                           std::vector<float> &result) const {
  result.assign(candidates.count, 0.0f);
  for (size_t i = 0; i < weights.size(); ++i) {
    float weight = float(weights[i]);
    const float *in = &candidates.solves[i * candidates.count];
    for (size_t j = 0; j < candidates.count; ++j)
      result[j] += weight * in[j];
  }
}

/// The log posterior of the hyper-parameters and its gradient (Rasmussen &
/// Williams, eq. 5.9).
double GaussianProcess::posterior(llvm::ArrayRef<const uint32_t *> rows,
                                  llvm::ArrayRef<double> targets,
                                  std::vector<double> &gradient) const {
  size_t n = rows.size(), knobs = inputs.size();
  std::vector<double> a(n * n), q(n * n);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j <= i; ++j) {
      double sum = 0, square = 0;
      for (size_t d = 0; d < knobs; ++d) {
        double distance =
            inputs.distances[d][rows[i][d] * inputs.choices[d] + rows[j][d]];
        sum += additive[d] * (1 - distance);
        square += inverseScale[d] * distance;
      }
      q[i * n + j] = square;
      a[i * n + j] = sum + scale * matern(square) + (i == j ? noise : 0);
    }
  factorise(a, n);
  double value = 0;
  // The inverse of the factor, row by row; then K^-1 y and K^-1.
  std::vector<double> inverse(n * n, 0.0);
  for (size_t i = 0; i < n; ++i) {
    value -= std::log(a[i * n + i]);
    double pivot = 1 / a[i * n + i];
    double *row = &inverse[i * n];
    for (size_t k = 0; k < i; ++k) {
      double factor = a[i * n + k] * pivot;
      const double *other = &inverse[k * n];
      for (size_t j = 0; j <= k; ++j)
        row[j] -= factor * other[j];
    }
    row[i] = pivot;
  }
  std::vector<double> solved(n, 0.0), alpha(n, 0.0);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j)
      solved[i] += inverse[i * n + j] * targets[j];
    value -= 0.5 * solved[i] * solved[i];
    for (size_t j = 0; j <= i; ++j)
      alpha[j] += inverse[i * n + j] * solved[i];
  }
  std::vector<double> precision(n * n, 0.0);
  for (size_t k = 0; k < n; ++k)
    for (size_t i = 0; i <= k; ++i) {
      double factor = inverse[k * n + i];
      for (size_t j = 0; j <= i; ++j)
        precision[i * n + j] += factor * inverse[k * n + j];
    }
  gradient.assign(logs.size(), 0.0);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j <= i; ++j) {
      double g = alpha[i] * alpha[j] - precision[i * n + j];
      if (i == j)
        g *= 0.5;
      double t = std::sqrt(5 * q[i * n + j]), e = std::exp(-t);
      double slope = -5.0 / 6 * (1 + t) * e * scale * g;
      for (size_t d = 0; d < knobs; ++d) {
        double distance =
            inputs.distances[d][rows[i][d] * inputs.choices[d] + rows[j][d]];
        gradient[d] += g * (1 - distance);
        gradient[knobs + d] += slope * distance;
      }
      gradient[2 * knobs] += g * (1 + t + t * t / 3) * e;
      if (i == j)
        gradient[2 * knobs + 1] += g;
    }
  for (size_t d = 0; d < knobs; ++d) {
    gradient[d] *= additive[d];
    gradient[knobs + d] *= inverseScale[d];
  }
  gradient[2 * knobs] *= scale;
  gradient[2 * knobs + 1] *= noise;
  for (size_t p = 0; p < logs.size(); ++p) {
    Prior prior = p < knobs        ? Prior{std::log(0.5 / double(knobs)), 2.0}
                  : p < 2 * knobs  ? Prior{std::log(1.0 / double(knobs)), 1.0}
                  : p == 2 * knobs ? Prior{std::log(0.5), 1.0}
                                   : Prior{std::log(1e-4), 1.5};
    double z = (logs[p] - prior.centre) / prior.deviation;
    value -= 0.5 * z * z;
    gradient[p] -= z / prior.deviation;
  }
  return value;
}

void GaussianProcess::fit(llvm::ArrayRef<uint32_t> rows,
                          llvm::ArrayRef<double> targets) {
  clear();
  size_t n = targets.size(), used = std::min(n, kFitRows);
  std::vector<const uint32_t *> chosen;
  std::vector<double> values;
  for (size_t i = 0; i < used; ++i) {
    size_t at = i * n / used;
    chosen.push_back(&rows[at * inputs.size()]);
    values.push_back(targets[at]);
  }
  // iRprop- (Igel & Huesken 2000): steps by the signs of the gradient alone,
  // for which knobs matter on very different scales.
  std::vector<double> gradient, last(logs.size(), 0), step(logs.size(), 0.3);
  std::vector<double> best = logs;
  double bestValue = -1e300;
  size_t steps = fitted ? 12 : 30;
  for (size_t i = 0; i <= steps; ++i) {
    double value = posterior(chosen, values, gradient);
    if (value > bestValue) {
      bestValue = value;
      best = logs;
    }
    for (size_t p = 0; p < logs.size(); ++p) {
      double sign = gradient[p] * last[p];
      if (sign > 0)
        step[p] = std::min(step[p] * 1.2, 1.0);
      if (sign < 0) {
        step[p] *= 0.5;
        gradient[p] = 0;
      }
      if (gradient[p] != 0)
        logs[p] += gradient[p] > 0 ? step[p] : -step[p];
      logs[p] = std::clamp(logs[p], -16.0, 6.0);
      last[p] = gradient[p];
    }
    unpack();
  }
  logs = std::move(best);
  fitted = true;
  unpack();
}
