// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A change is followed block by block: which rows of which values it reaches,
// and in a Linear which codes. All arithmetic is that of StepRunner, on one
// block.
#include "BlockNetwork.h"

#include <cmath>
#include <cstring>
#include <numeric>

namespace mase {
namespace {

/// Operations for rows from `r` on; `other`: the other operand's row.
void fromRow(const std::vector<RowOp> &ops, int64_t r, const float *other,
             std::vector<RowOp> &to) {
  to = ops;
  for (RowOp &op : to) {
    op.a += op.a ? r : 0;
    op.b += op.b ? r : 0;
    op.other = other;
  }
}

} // namespace

double BlockNetwork::loss() const {
  return std::accumulate(blockLoss.begin(), blockLoss.end(), 0.0);
}

const std::vector<int64_t> &BlockNetwork::changedRows(int value) const {
  return value < 0 ? unchanged : stateOf(value).changed;
}

bool BlockNetwork::isReached(const Step &step) const {
  std::vector<int> operands = step.operands();
  return std::any_of(operands.begin(), operands.end(),
                     [&](int value) { return !changedRows(value).empty(); });
}

const float *BlockNetwork::rowOf(int value, int64_t block, int64_t r) const {
  if (value < 0)
    return x.row(block, r);
  const State &state = stateOf(value);
  return int64_t(state.changed.size()) == state.values.rows() ||
                 std::binary_search(state.changed.begin(), state.changed.end(),
                                    r)
             ? state.newValues.row(0, r)
             : state.values.row(block, r);
}

CodeChange BlockNetwork::codeChange(State &state, int64_t block, int64_t r,
                                    bool keeps) {
  return {state.gridScale.data() + r,
          state.gridLowest.data() + r,
          state.gridHighest.data() + r,
          state.gridStep.data() + r,
          state.codes.row(block, r),
          nullptr,
          nullptr,
          keeps};
}

bool BlockNetwork::changeFeature(size_t k, int64_t block, int64_t row,
                                 bool keeps) {
  const Step &step = net.steps[k];
  State &state = states[k];
  CodeChange change = codeChange(state, block, row, keeps);
  int64_t changed = 0;
  change.deltas = state.codeDeltas.row(0, 0);
  change.changed = &changed;
  if (step.input < 0)
    return calibration.changeCodes(x.row(block, row), 1, change) > 0;
  State &from = states[states[size_t(step.input)].root];
  if (!from.sumsAreRead)
    return calibration.changeCodes(from.values.row(block, row), 1, change) > 0;
  const RowOp &scale = from.ops[0];
  SumChange sums{from.sums.row(block, row),
                 nullptr,
                 nullptr,
                 0,
                 scale.a + row,
                 scale.b ? scale.b + row : nullptr,
                 from.ops.size() == 2};
  return calibration.changeCodesOfSums(sums, 1, change) > 0;
}

double BlockNetwork::meanCodeDelta(size_t k, int64_t feature,
                                   const FeatureGrid &grid) {
  State &state = states[k];
  FeatureGrid before = state.grids[size_t(feature)];
  setGrid(state, feature, grid);
  double sum = 0;
  const Step &step = net.steps[k];
  for (int64_t b = 0; b < state.codes.blocks(); ++b)
    for (int64_t r = feature; r < step.inFeatures; r += step.inRow())
      if (changeFeature(k, b, r, false))
        for (int l = 0; l < state.codes.lanes(b); ++l)
          sum += double(state.codeDeltas.row(0, 0)[l]);
  setGrid(state, feature, before);
  return sum / double(state.codes.samples() * step.particles);
}

void BlockNetwork::updateChanged(size_t k, int64_t block, const Trial &trial,
                                 bool keeps) {
  State &state = states[k];
  if (state.mode != Mode::Integer)
    return updateWhole(k, block);
  const Step &step = net.steps[k];
  const int64_t in = step.inRow(), out = step.outRow();
  for (int64_t p = 0; p < step.particles; ++p) {
    if (trial.particle >= 0 && trial.particle != p)
      continue;
    state.weights.clear();
    if (trial.feature >= 0) {
      int64_t products = 0;
      if (changeFeature(k, block, p * in + trial.feature, keeps)) {
        state.weights.push_back(state.columns.data() + trial.feature * out);
        ++products;
      }
      if (!trial.biasDeltas.empty()) {
        std::copy_n(ones.data(), kLanes, state.codeDeltas.row(0, products));
        state.weights.push_back(trial.biasDeltas.data());
      }
      state.deltas = state.codeDeltas.data();
      if (!state.weights.empty())
        updateSums(k, block, p * out, out);
      continue;
    }
    auto rowOfInput = [&](int64_t i) {
      return i < 0 ? ones.data() : state.codes.row(block, p * in + i);
    };
    for (size_t j = 0; j < trial.inputs.size(); ++j) {
      state.weights.push_back(&trial.codeDeltas[j]);
      if (trial.inputs.size() > 1)
        std::copy_n(rowOfInput(trial.inputs[j]), kLanes,
                    state.codeDeltas.row(0, int64_t(j)));
    }
    state.deltas = trial.inputs.size() == 1 ? rowOfInput(trial.inputs[0])
                                            : state.codeDeltas.data();
    updateSums(k, block, p * out + trial.row, 1);
  }
}

void BlockNetwork::updateInteger(size_t k, int64_t block, bool keeps) {
  const Step &step = net.steps[k];
  State &state = states[k];
  const int64_t in = step.inRow(), out = step.outRow();
  int64_t inputs = 0;
  state.changedCodes.resize(size_t(step.inFeatures));
  auto codesFrom = [&](int64_t r) {
    CodeChange change = codeChange(state, block, r, keeps);
    change.deltas = state.codeDeltas.row(0, inputs);
    change.changed = state.changedCodes.data() + inputs;
    return change;
  };
  State *from =
      step.input < 0 ? nullptr : &states[states[size_t(step.input)].root];
  const std::vector<int64_t> &rows = changedRows(step.input);
  // Rows that are found are counted from the first one.
  auto found = [&](int64_t first, int64_t count) {
    for (; count > 0; --count)
      state.changedCodes[size_t(inputs++)] += first;
  };
  if (from && from->sumsAreRead) {
    int64_t first = rows.front();
    const RowOp &scale = from->ops[0];
    SumChange change{from->sums.row(block, first),
                     from->deltas,
                     from->weights.data(),
                     int64_t(from->weights.size()),
                     scale.a + first,
                     scale.b ? scale.b + first : nullptr,
                     from->ops.size() == 2};
    found(first, calibration.changeCodesOfSums(change, int64_t(rows.size()),
                                               codesFrom(first)));
  } else {
    for (int64_t r : rows)
      found(r, calibration.changeCodes(rowOf(step.input, block, r), 1,
                                       codesFrom(r)));
  }
  // Those of a particle stand together.
  for (int64_t j = 0; j < inputs;) {
    const int64_t first = j, p = state.changedCodes[size_t(j)] / in;
    state.weights.clear();
    for (; j < inputs && state.changedCodes[size_t(j)] / in == p; ++j)
      state.weights.push_back(state.columns.data() +
                              state.changedCodes[size_t(j)] % in * out);
    state.deltas = state.codeDeltas.row(0, first);
    updateSums(k, block, p * out, out);
  }
}

/// From products to new sums and values.
void BlockNetwork::updateSums(size_t k, int64_t block, int64_t first,
                              int64_t count) {
  State &state = states[k];
  for (int64_t r = first; r < first + count; ++r)
    state.changed.push_back(r);
  if (state.sumsAreRead)
    return;
  calibration.addProducts(state.sums.row(block, first), state.deltas,
                          state.weights.data(), int64_t(state.weights.size()),
                          state.newSums.row(0, first), count);
  fromRow(state.ops, first, nullptr, rowOps);
  kernels.rowOps(state.newSums.row(0, first), rowOps.data(), int(rowOps.size()),
                 state.newValues.row(0, first), count, 1);
}

void BlockNetwork::updateRows(size_t k, int64_t block) {
  const Step &step = net.steps[k];
  State &state = states[k];
  state.changed = changedRows(step.input);
  bool readsOther = step.readsOther();
  if (!readsOther && int64_t(state.changed.size()) == step.inFeatures) {
    kernels.rowOps(stateOf(step.input).newValues.data(), state.ops.data(),
                   int(state.ops.size()), state.newValues.data(),
                   step.outFeatures, 1);
    return;
  }
  if (readsOther) {
    const std::vector<int64_t> &more = changedRows(step.rhs);
    std::vector<int64_t> both;
    std::set_union(state.changed.begin(), state.changed.end(), more.begin(),
                   more.end(), std::back_inserter(both));
    state.changed = std::move(both);
  }
  for (int64_t r : state.changed) {
    fromRow(state.ops, r, readsOther ? rowOf(step.rhs, block, r) : nullptr,
            rowOps);
    kernels.rowOps(rowOf(step.input, block, r), rowOps.data(),
                   int(rowOps.size()), state.newValues.row(0, r), 1, 1);
  }
}

void BlockNetwork::updateWhole(size_t k, int64_t block) {
  const Step &step = net.steps[k];
  State &state = states[k];
  std::vector<Blocks> gathered;
  for (int value : step.operands()) {
    int64_t rows = value < 0 ? x.rows() : stateOf(value).values.rows();
    Blocks &in = gathered.emplace_back(rows, kLanes);
    for (int64_t r = 0; r < rows; ++r)
      std::copy_n(rowOf(value, block, r), kLanes, in.row(0, r));
  }
  std::vector<const Blocks *> operands;
  for (const Blocks &in : gathered)
    operands.push_back(&in);
  state.newValues = runner.run(step, precisions[k], operands);
  state.changed.resize(size_t(step.outFeatures));
  std::iota(state.changed.begin(), state.changed.end(), 0);
}

double BlockNetwork::lossUnder(const Trial &trial, int64_t block, bool keeps) {
  size_t first = trial.step;
  // Steps before it, too: what an earlier trial changed there is read by none.
  for (State &state : states)
    state.changed.clear();
  for (size_t k = first; k < states.size(); ++k) {
    State &state = states[k];
    if (k == first)
      updateChanged(k, block, trial, keeps);
    else if (state.mode == Mode::Fused || !isReached(net.steps[k]))
      continue;
    else if (state.mode == Mode::Integer)
      updateInteger(k, block, keeps);
    else if (state.mode == Mode::Rows)
      updateRows(k, block);
    else
      updateWhole(k, block);
  }
  double loss = stateOf(int(states.size()) - 1).changed.empty()
                    ? blockLoss[size_t(block)]
                    : changedLoss(block);
  if (keeps)
    keep(first, block);
  return loss;
}

/// Of the result's rows that have changed, beside those that have not.
double BlockNetwork::changedLoss(int64_t block) {
  State &last = states[states.back().root];
  for (int64_t r = 0; r < last.values.rows(); ++r)
    if (!std::binary_search(last.changed.begin(), last.changed.end(), r))
      std::copy_n(last.values.row(block, r), kLanes, last.newValues.row(0, r));
  return targets.blockLoss(last.newValues.data(), block, each);
}

/// What was computed last stays, beside the codes, and the sums that are made
/// when they are read.
void BlockNetwork::keep(size_t first, int64_t block) {
  for (size_t k = first; k < states.size(); ++k) {
    State &state = states[k];
    if (state.sumsAreRead)
      continue;
    for (int64_t r : state.changed) {
      std::copy_n(state.newValues.row(0, r), kLanes,
                  state.values.row(block, r));
      if (state.mode == Mode::Integer)
        std::copy_n(state.newSums.row(0, r), kLanes, state.sums.row(block, r));
    }
  }
}

void BlockNetwork::set(const Parameter &p, float value) {
  parameterOf(p) = value;
  std::vector<float> &bias = states[p.step].bias;
  if (p.input < 0 && !bias.empty())
    bias[size_t(p.row)] = value;
}

float &BlockNetwork::parameterOf(const Parameter &p) {
  Step &step = net.steps[p.step];
  return p.input < 0 ? step.bias[size_t(p.row)]
                     : step.weight[size_t(p.row * step.inRow() + p.input)];
}

} // namespace mase
