// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Changes that are tried: of a row's parameters, of a feature's grid.
#include "BlockNetwork.h"

#include <cmath>

namespace mase {

float BlockNetwork::biasDelta(size_t k, int64_t row, float value) const {
  const State &state = states[k];
  if (!state.linear->biasInSum)
    return 0;
  return float((double(value) - double(net.steps[k].bias[size_t(row)])) /
               double(state.linear->scale[size_t(row)]));
}

BlockNetwork::Outcome BlockNetwork::tryRow(const RowChange &change,
                                           double allowed) {
  size_t k = change.step;
  State &state = states[k];
  Trial trial;
  trial.step = k;
  trial.row = change.row;
  double largest = 0;
  if (state.mode == Mode::Integer) {
    const IntegerLinear &linear = *state.linear;
    largest = state.rowSums[size_t(change.row)];
    for (auto [i, value] : change.values) {
      float before = parameterOf({k, change.row, i}), delta;
      if (i < 0) {
        delta = biasDelta(k, change.row, value);
        if (linear.biasInSum)
          largest += (std::fabs(double(value)) - std::fabs(double(before))) /
                     double(linear.scale[size_t(change.row)]);
      } else {
        // The unit of a weight is its grid's step, that of a bias the sum's.
        double unit = double(linear.scale[size_t(change.row)]) /
                      double(linear.data.scale);
        delta = float((double(value) - double(before)) / unit);
        float code = this->code(k, change.row, i);
        largest += double(std::fabs(code + delta) - std::fabs(code)) *
                   double(linear.data.magnitude());
      }
      trial.inputs.push_back(i);
      trial.codeDeltas.push_back(delta);
    }
    if (largest >= kExactSum)
      return Outcome::Worse;
  }
  std::vector<float> before;
  for (auto [i, value] : change.values) {
    before.push_back(parameterOf({k, change.row, i}));
    set({k, change.row, i}, value);
  }
  Outcome outcome = judge(trial, allowed);
  if (outcome != Outcome::Kept) {
    for (size_t j = 0; j < before.size(); ++j)
      set({k, change.row, change.values[j].first}, before[j]);
    return outcome;
  }
  if (state.mode == Mode::Integer) {
    state.rowSums[size_t(change.row)] = largest;
    for (size_t j = 0; j < trial.inputs.size(); ++j)
      if (int64_t i = trial.inputs[j]; i >= 0)
        state.columns[size_t(i * net.steps[k].outRow() + change.row)] +=
            trial.codeDeltas[j];
  }
  return outcome;
}

BlockNetwork::Outcome BlockNetwork::tryGrid(const GridChange &change,
                                            double allowed) {
  size_t k = change.step;
  State &state = states[k];
  const IntegerLinear &linear = *state.linear;
  Trial trial;
  trial.step = k;
  trial.feature = change.feature;
  std::vector<double> largest = state.rowSums;
  std::vector<float> bias = net.steps[k].bias;
  if (linear.biasInSum)
    for (size_t o = 0; o < bias.size(); ++o) {
      trial.biasDeltas.push_back(biasDelta(k, int64_t(o), change.bias[o]));
      largest[o] +=
          (std::fabs(double(change.bias[o])) - std::fabs(double(bias[o]))) /
          double(linear.scale[o]);
      if (largest[o] >= kExactSum)
        return Outcome::Worse;
    }
  auto setBiases = [&](const std::vector<float> &values) {
    for (size_t o = 0; o < values.size(); ++o)
      set({k, int64_t(o), -1}, values[o]);
  };
  FeatureGrid before = state.grids[size_t(change.feature)];
  setGrid(state, change.feature, change.grid);
  setBiases(change.bias);
  Outcome outcome = judge(trial, allowed);
  if (outcome == Outcome::Kept) {
    state.rowSums = std::move(largest);
  } else {
    setGrid(state, change.feature, before);
    setBiases(bias);
  }
  return outcome;
}

void BlockNetwork::probe(size_t step, int64_t row, int64_t particle,
                         float units, Blocks &to) {
  Trial trial;
  trial.step = step;
  trial.row = row;
  trial.particle = particle;
  trial.inputs = {-1};
  trial.codeDeltas = {units};
  for (int64_t b = 0; b < losses.blocks(); ++b) {
    std::copy_n(losses.row(b, 0), kLanes, to.row(b, 0));
    each = to.row(b, 0);
    lossUnder(trial, b, false);
  }
  each = nullptr;
}

BlockNetwork::Outcome BlockNetwork::judge(const Trial &trial, double allowed) {
  double change = 0, squares = 0;
  auto blocks = int64_t(blockLoss.size());
  double allowedMean = allowed / double(blocks);
  for (int64_t b = 0; b < blocks; ++b) {
    double d = lossUnder(trial, b, false) - blockLoss[size_t(b)];
    change += d;
    squares += d * d;
    // After 8, 16, 32, … blocks.
    auto n = double(b + 1);
    if (b < 7 || ((b + 1) & b) != 0 || b + 1 == blocks)
      continue;
    double mean = change / n;
    double variance = (squares - n * mean * mean) / (n - 1);
    double error = std::sqrt(std::max(variance, 0.0) / n);
    // The fewer samples are left, the less they can make up for.
    double doubt = n < 16 ? 2.5 : n < 32 ? 2 : n < 64 ? 1.5 : 1;
    double beyond = mean - allowedMean;
    if (beyond > doubt * error)
      return beyond > 5 * error ? Outcome::MuchWorse : Outcome::Worse;
  }
  if (!(change < allowed))
    return Outcome::Worse;
  for (int64_t b = 0; b < blocks; ++b) {
    each = losses.row(b, 0);
    blockLoss[size_t(b)] = lossUnder(trial, b, true);
  }
  each = nullptr;
  return Outcome::Kept;
}

} // namespace mase
