// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows of weights, to the minimum of a quadratic model.
#include "Shrinking.h"

#include "mase/Numerics/Slices.h"

#include <cmath>

namespace mase {

/// What is added to the curvature's diagonal, of itself and of its mean.
static constexpr double kRidge = 0.005;
/// How often a third of the changes is tried.
static constexpr int kRetries = 4;

void Shrinking::prepareInputs(const Layer &layer) {
  const Blocks codes =
      network.codes(layer.step).ofParticles(stepOf(layer).particles);
  int64_t n = codes.rows();
  inputs = Blocks(n + 1, samples, stepOf(layer).particles);
  slope = Blocks(1, samples, stepOf(layer).particles);
  weighted = Blocks(n + 1, std::min(samples, curvatureBlocks * kLanes));
  for (int64_t b = 0; b < codes.blocks(); ++b) {
    std::copy_n(codes.row(b, 0), n * kLanes, inputs.row(b, 0));
    std::fill_n(inputs.row(b, n), kLanes, 1.0f);
  }
}

void Shrinking::probeParticle(const Layer &layer, int64_t row, int64_t particle,
                              float units) {
  const int64_t particles = stepOf(layer).particles, all = inputs.rows();
  network.probe(layer.step, row, particle, units, up);
  network.probe(layer.step, row, particle, -units, down);
  const Blocks &losses = network.sampleLosses();
  for (int64_t b = 0; b < losses.blocks(); ++b) {
    const int64_t at = b * particles + particle;
    alignas(64) float h[kLanes];
    kernels.differences(losses.row(b, 0), up.row(b, 0), down.row(b, 0), units,
                        slope.row(at, 0), h);
    // Of several particles these are parts of a sum that is squared.
    if (particles > 1)
      for (float &curvature : h)
        curvature = std::sqrt(curvature);
    if (b < weighted.blocks())
      kernels.weigh(inputs.row(at, 0), h, all, /*adds=*/particle != 0,
                    weighted.row(b, 0));
  }
}

void Shrinking::modelRow(const Layer &layer, int64_t row, double lambda) {
  size_t k = layer.step;
  const int64_t particles = stepOf(layer).particles;
  int64_t n = inputs.rows() - 1, all = n + 1, curved = weighted.blocks();
  // In units of the sums, which have no other values.
  float units = float(
      std::clamp(std::rint(probeOf(layer, row) / double(network.unit(k, row))),
                 1.0, 0x1p20));
  for (int64_t p = 0; p < particles; ++p)
    probeParticle(layer, row, p, units);
  sums.resize(size_t(all * all));
  const Blocks &other = particles > 1 ? weighted : inputs;
  kernels.gramRounded(weighted.data(), all, other.data(), all, curved, true,
                      sums.data());
  double per = 1.0 / double(samples),
         perCurved = 1.0 / double(std::min(samples, curved * kLanes));
  auto h = [&](int64_t i, int64_t j) {
    return perCurved * sums[size_t(std::max(i, j) * all + std::min(i, j))];
  };
  bool hasBias = !stepOf(layer).bias.empty();
  meanCurvature = hasBias ? h(n, n) : 0;
  mixed.resize(size_t(n));
  for (int64_t i = 0; i < n; ++i)
    mixed[size_t(i)] = h(n, i);
  model.n = size_t(n);
  model.curvature.resize(size_t(n * n));
  double diagonal = 0;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < n; ++j)
      model.curvature[size_t(i * n + j)] =
          h(i, j) - (meanCurvature > 0
                         ? mixed[size_t(i)] * mixed[size_t(j)] / meanCurvature
                         : 0);
    diagonal += std::max(model.curvature[size_t(i * n + i)], 0.0);
  }
  diagonal /= double(n);
  for (int64_t i = 0; i < n; ++i) {
    double &d = model.curvature[size_t(i * n + i)];
    d = std::max(d, 0.0);
    // A row on which nothing depends has no curvature at all.
    d = std::max(d + kRidge * (d + diagonal), 1e-30);
  }
  kernels.gramRounded(slope.data(), 1, inputs.data(), all, inputs.blocks(),
                      false, sums.data());
  meanSlope = per * sums[size_t(n)];
  const CodeGrid &grid = layer.weight[size_t(row)];
  model.lowest = int64_t(grid.lowest);
  model.highest = int64_t(grid.highest);
  model.gradient.resize(size_t(n));
  model.price.resize(size_t(n));
  model.codes.resize(size_t(n));
  for (int64_t i = 0; i < n; ++i) {
    auto at = size_t(i);
    model.gradient[at] =
        per * sums[at] -
        (meanCurvature > 0 ? mixed[at] * meanSlope / meanCurvature : 0);
    model.price[at] = lambda * network.grid(k, i).bits * particles;
    model.codes[at] = codeOf(layer, row, i);
  }
}

void Shrinking::moveRow(const Layer &layer, int64_t row, double lambda) {
  modelRow(layer, row, lambda);
  std::vector<size_t> moved = model.minimise();
  const CodeGrid &grid = layer.weight[size_t(row)];
  for (int attempt = 0; attempt <= kRetries && !moved.empty(); ++attempt) {
    RowChange change{layer.step, row, {}};
    int64_t saved = 0;
    double slopeAfter = meanSlope;
    for (size_t i : moved) {
      int64_t before = codeOf(layer, row, int64_t(i)), after = model.codes[i];
      if (before == after)
        continue;
      change.values.push_back({int64_t(i), float(after) * grid.scale});
      saved += (effectiveBits(before) - effectiveBits(after)) *
               network.grid(layer.step, int64_t(i)).bits *
               stepOf(layer).particles;
      slopeAfter += mixed[i] * double(after - before);
    }
    if (change.values.empty())
      return;
    if (meanCurvature > 0)
      change.values.push_back(
          {-1, movedBias(layer, row, -slopeAfter / meanCurvature)});
    if ((mayRemoveUnits || !removesUnit(layer, change)) &&
        tryRow(change, lambda, saved))
      return;
    moved.resize(moved.size() / 3);
  }
}

void Shrinking::moveRows(double lambda) {
  for (size_t l = layers.size(); l-- > 0;) {
    prepareInputs(layers[l]);
    for (size_t o : shuffled(size_t(stepOf(layers[l]).outRow())))
      moveRow(layers[l], int64_t(o), lambda);
  }
}

} // namespace mase
