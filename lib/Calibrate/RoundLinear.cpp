// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RoundLinear.h"

#include "Ranges.h"

#include <cmath>

namespace mase {

using Range = CalibrationOptions::Range;
using WeightRounding = CalibrationOptions::WeightRounding;

std::vector<CodeGrid> candidateGrids(const OpenFormat &format, bool isSigned,
                                     double largest, Range range) {
  CodeGrid grid = codeGrid(format, isSigned);
  std::vector<CodeGrid> grids;
  for (float scale : candidateScales(format, largest, grid.highest, range)) {
    grid.scale = scale;
    grids.push_back(grid);
  }
  return grids;
}

namespace {

/// Rows of weights with the grids to try for each.
class Rows {
public:
  Rows(const Step &step, const LeastSquares &fit, WeightRounding rounding)
      : step(step), fit(fit), feedsBack(rounding != WeightRounding::Nearest) {}

  /// The weight of row `o` that stands at place `j`, before it is rounded.
  double wanted(int64_t o, int64_t j) const {
    return feedsBack
               ? fit.target[size_t(j * fit.lanes + o)]
               : double(step.weight[size_t(o * fit.in + fit.order[size_t(j)])]);
  }
  std::vector<double> magnitudes(int64_t first, int64_t last) const {
    std::vector<double> result;
    for (int64_t o = first; o < last; ++o)
      for (int64_t j = 0; j < fit.in; ++j)
        result.push_back(std::fabs(wanted(o, j)));
    return result;
  }

  /// Rounds each row on each of its grids, of which all have as many.
  /// `together`: the rows' choice is one.
  RoundedWeights round(const std::vector<std::vector<CodeGrid>> &grids,
                       bool together, const CalibrationKernels &kernels) const {
    int64_t in = fit.in, out = fit.out, tries = int64_t(grids[0].size());
    constexpr int64_t kGroup = Feedback::kGroup;
    Feedback p = {};
    p.in = in;
    p.lanes = (out * tries + kGroup - 1) / kGroup * kGroup;
    size_t lanes = size_t(p.lanes);
    std::vector<double> target(size_t(in) * lanes), step(lanes, 1),
        lowest(lanes), highest(lanes), codes(size_t(in) * lanes), cost(lanes),
        errors(size_t(in * kGroup * Feedback::kMaxGroups));
    for (int64_t o = 0; o < out; ++o)
      for (int64_t t = 0; t < tries; ++t) {
        size_t lane = size_t(o * tries + t);
        const CodeGrid &grid = grids[size_t(o)][size_t(t)];
        step[lane] = double(grid.scale);
        lowest[lane] = double(grid.lowest);
        highest[lane] = double(grid.highest);
        for (int64_t j = 0; j < in; ++j)
          target[size_t(j) * lanes + lane] = wanted(o, j);
      }
    p.factor = feedsBack ? fit.normalised.data() : nullptr;
    p.pivot = feedsBack ? fit.pivot.data() : nullptr;
    p.target = target.data();
    p.step = step.data();
    p.lowest = lowest.data();
    p.highest = highest.data();
    p.codes = codes.data();
    p.cost = cost.data();
    p.errors = errors.data();
    kernels.feedback(p);

    int64_t shared = 0;
    if (together) {
      std::vector<double> total(size_t(tries), 0);
      for (int64_t o = 0; o < out; ++o)
        for (int64_t t = 0; t < tries; ++t)
          total[size_t(t)] += cost[size_t(o * tries + t)];
      shared = std::min_element(total.begin(), total.end()) - total.begin();
    }
    RoundedWeights result;
    result.codes.resize(size_t(out * in));
    for (int64_t o = 0; o < out; ++o) {
      auto first = cost.begin() + o * tries;
      int64_t t =
          together ? shared : std::min_element(first, first + tries) - first;
      result.grids.push_back(grids[size_t(o)][size_t(t)]);
      for (int64_t j = 0; j < in; ++j)
        result.codes[size_t(o * in + fit.order[size_t(j)])] =
            codes[size_t(j) * lanes + size_t(o * tries + t)] + 0.0;
    }
    return result;
  }

private:
  const Step &step;
  const LeastSquares &fit;
  bool feedsBack;
};

/// The grid of a layer's sums: s_x * s_w[o], rounded as LinearSums has it.
std::vector<float> sumScales(const NumberFormat &data,
                             const RoundedWeights &weights) {
  std::vector<float> scales;
  float dataScale = codeGrid(data)->scale;
  for (const CodeGrid &grid : weights.grids)
    scales.push_back(float(double(dataScale) * double(grid.scale)));
  return scales;
}

bool hasChannels(const OpenFormat &format, const CalibrationOptions &options) {
  return format.axis ||
         options.granularity == CalibrationOptions::Granularity::Channel;
}

/// The format of an open bias: on the grid of the sums, or as many powers of
/// two above it as it takes; `sums` is that grid, or empty where it has none.
NumberFormat biasFormat(const OpenFormat &open, const std::vector<double> &bias,
                        const std::vector<float> &sums,
                        const CalibrationOptions &options) {
  bool isSigned = open.isSigned.value_or(true);
  auto highest = double(codeGrid(open, isSigned).highest);
  std::vector<float> scales;
  for (size_t o = 0; o < bias.size(); ++o) {
    double largest = std::fabs(bias[o]);
    float scale = sums.empty() ? fittingPowerOfTwo(largest, highest) : sums[o];
    while (largest > highest * double(scale))
      scale *= 2;
    scales.push_back(scale);
  }
  if (!hasChannels(open, options))
    scales.assign(scales.size(),
                  *std::max_element(scales.begin(), scales.end()));
  return closed(open, isSigned, scales);
}

} // namespace

std::optional<RoundedWeights>
roundWeights(const Step &step, const LeastSquares &fit,
             const std::optional<NumberFormat> &format,
             const CalibrationOptions &options,
             const CalibrationKernels &kernels) {
  if (!format)
    return std::nullopt;
  Rows rows(step, fit, options.rounding);
  const OpenFormat *open = openFormat(format);
  std::vector<std::vector<CodeGrid>> grids;
  if (!open) {
    auto given = codeGrids(*format, size_t(fit.out));
    if (!given)
      return std::nullopt;
    for (const CodeGrid &grid : *given)
      grids.push_back({grid});
    return rows.round(grids, false, kernels);
  }
  bool together = !hasChannels(*open, options);
  bool isSigned = open->isSigned.value_or(true);
  for (int64_t o = 0; o < fit.out; ++o) {
    if (together && o > 0) {
      grids.push_back(grids[0]);
      continue;
    }
    double largest =
        rangeOf(rows.magnitudes(o, together ? fit.out : o + 1), options);
    grids.push_back(candidateGrids(*open, isSigned, largest, options.range));
  }
  return rows.round(grids, together, kernels);
}

void roundLinear(Step &step, LayerPrecision &precision,
                 const LayerPrecision &choice, const FloatSums &sums,
                 const LeastSquares &fit, const CalibrationOptions &options,
                 const CalibrationKernels &kernels) {
  std::vector<double> bias(step.bias.begin(), step.bias.end());
  const auto &format = choice[OperandRole::Weight];
  std::optional<RoundedWeights> weights =
      roundWeights(step, fit, format, options, kernels);
  precision[OperandRole::Weight] = format;
  if (weights) {
    std::vector<float> scales;
    for (int64_t o = 0; o < fit.out; ++o) {
      const CodeGrid &grid = weights->grids[size_t(o)];
      scales.push_back(grid.scale);
      double mean = 0;
      for (int64_t i = 0; i < fit.in; ++i) {
        size_t at = size_t(o * fit.in + i);
        step.weight[at] = float(weights->codes[at]) * grid.scale;
        mean += double(step.weight[at]) * fit.meanInput[size_t(i)];
      }
      if (!bias.empty() && options.rounding == WeightRounding::ErrorFeedback)
        bias[size_t(o)] = sums.mean[size_t(o)] - mean;
    }
    if (const OpenFormat *open = openFormat(format))
      precision[OperandRole::Weight] =
          closed(*open, open->isSigned.value_or(true), scales);
  }
  if (bias.empty())
    return;
  step.bias.assign(bias.begin(), bias.end());
  const auto &data = precision[OperandRole::DataIn];
  auto &biasRounding = precision[OperandRole::Bias];
  biasRounding = choice[OperandRole::Bias];
  if (const OpenFormat *open = openFormat(biasRounding))
    biasRounding = biasFormat(*open, bias,
                              weights && data && codeGrid(*data)
                                  ? sumScales(*data, *weights)
                                  : std::vector<float>(),
                              options);
  if (biasRounding)
    (*biasRounding)->quantize(step.bias, {fit.out}, absl::MakeSpan(step.bias));
}

} // namespace mase
