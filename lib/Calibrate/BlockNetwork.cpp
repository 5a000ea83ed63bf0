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

/// Sums of binary32 are exact below this.
constexpr double kExact = 0x1p24;

bool isBinary(Step::Kind kind) {
  return kind == Step::Kind::Add || kind == Step::Kind::Sub ||
         kind == Step::Kind::Mul;
}

bool isFixedOrNone(const std::optional<NumberFormat> &format) {
  return !format || format->fixedPoint();
}

/// `op` for rows from `r` on.
RowOp fromRow(RowOp op, int64_t r) {
  op.a += op.a ? r : 0;
  op.b += op.b ? r : 0;
  return op;
}

} // namespace

BlockNetwork::BlockNetwork(Network rounded, absl::Span<const LayerPrecision> p,
                           const Blocks &x, const SoftTargets &targets,
                           InstructionSet set)
    : net(std::move(rounded)), precisions(p.begin(), p.end()), x(x),
      targets(targets), kernels(kernelsFor(set)),
      calibration(calibrationKernels(set)), runner(set),
      states(net.steps.size()) {
  for (size_t k = 0; k < states.size(); ++k)
    prepare(k);
  const Blocks &y = states.back().values;
  for (int64_t b = 0; b < y.blocks(); ++b)
    blockLoss.push_back(targets.blockLoss(y.row(b, 0), b));
}

void BlockNetwork::prepare(size_t k) {
  const Step &step = net.steps[k];
  const LayerPrecision &p = precisions[k];
  State &state = states[k];
  auto valuesOf = [&](int value) -> const Blocks & {
    return value < 0 ? x : states[size_t(value)].values;
  };
  const Blocks &in = valuesOf(step.input);
  const Blocks *other = isBinary(step.kind) && !step.rhsIsConstant
                            ? &valuesOf(step.rhs)
                            : nullptr;
  state.values = runner.run(step, p, in, other);
  state.newValues = Blocks(step.outFeatures, kLanes);
  if (step.kind != Step::Kind::Linear)
    return prepareRows(k);
  state.linear = IntegerLinear::make(step, p);
  if (!state.linear || state.linear->largestSum >= kExact ||
      !isFixedOrNone(p[OperandRole::DataOut]))
    return;
  state.mode = Mode::Integer;
  const IntegerLinear &linear = *state.linear;
  int64_t n = step.inFeatures, out = step.outFeatures;
  state.codes = Blocks(n, x.samples());
  state.newCodes = Blocks(n, kLanes);
  state.sums = Blocks(out, x.samples());
  state.newSums = Blocks(out, kLanes);
  calibration.toCodes(in.data(), linear.data.scale, linear.data.lowest,
                      linear.data.highest, state.codes.data(),
                      int64_t(state.codes.size()));
  std::vector<float> codes(linear.codes.begin(), linear.codes.end());
  kernels.linearExact(state.codes.data(), codes.data(), state.sums.data(), n,
                      out, x.blocks());
  state.columns.resize(codes.size());
  for (int64_t o = 0; o < out; ++o)
    for (int64_t i = 0; i < n; ++i)
      state.columns[size_t(i * out + o)] = codes[size_t(o * n + i)];
  RowOp scale;
  scale.kind = RowOp::Kind::Mul;
  scale.a = linear.scale.data();
  if (!linear.bias.empty() && linear.biasInSum) {
    std::vector<float> bias(linear.bias.begin(), linear.bias.end());
    RowOp add;
    add.kind = RowOp::Kind::AddRow;
    add.a = bias.data();
    kernels.rowOps(state.sums.data(), &add, 1, state.sums.data(), out,
                   x.blocks());
  } else if (!linear.bias.empty()) {
    state.bias.assign(linear.bias.begin(), linear.bias.end());
    scale.kind = RowOp::Kind::Affine;
    scale.b = state.bias.data();
  }
  state.ops = {scale};
  if (p[OperandRole::DataOut]) {
    state.formats.push_back(std::make_unique<ValueFormat>(
        *p[OperandRole::DataOut], std::vector<int64_t>{out}));
    state.ops.push_back(roundingTo(*state.formats.back()));
  }
}

void BlockNetwork::prepareRows(size_t k) {
  const Step &step = net.steps[k];
  const LayerPrecision &p = precisions[k];
  State &state = states[k];
  if (step.kind == Step::Kind::Softmax || step.kind == Step::Kind::LogSoftmax ||
      !isFixedOrNone(p[OperandRole::DataIn]) ||
      !isFixedOrNone(p[OperandRole::DataOut]))
    return;
  state.mode = Mode::Rows;
  auto append = [&](OperandRole role, int64_t features) {
    if (!p[role])
      return;
    state.formats.push_back(std::make_unique<ValueFormat>(
        *p[role], std::vector<int64_t>{features}));
    state.ops.push_back(roundingTo(*state.formats.back()));
  };
  append(OperandRole::DataIn, step.inFeatures);
  if (!state.ops.empty())
    state.rounding = state.ops[0];
  state.ops.push_back(elementwiseOp(step));
  if (isBinary(step.kind) && p[OperandRole::DataIn])
    state.ops.back().otherRounding = &state.rounding;
  append(OperandRole::DataOut, step.outFeatures);
}

double BlockNetwork::loss() const {
  return std::accumulate(blockLoss.begin(), blockLoss.end(), 0.0);
}

const std::vector<int64_t> &BlockNetwork::changedRows(int value) const {
  return value < 0 ? unchanged : states[size_t(value)].changed;
}

bool BlockNetwork::isReached(const Step &step) const {
  return !changedRows(step.input).empty() ||
         (isBinary(step.kind) && !step.rhsIsConstant &&
          !changedRows(step.rhs).empty());
}

const float *BlockNetwork::rowOf(int value, int64_t block, int64_t r) const {
  if (value < 0)
    return x.row(block, r);
  const State &state = states[size_t(value)];
  return std::binary_search(state.changed.begin(), state.changed.end(), r)
             ? state.newValues.row(0, r)
             : state.values.row(block, r);
}

/// From new sums to new values, `count` rows.
void BlockNetwork::finishRows(size_t k, int64_t first, int64_t count) {
  State &state = states[k];
  RowOp ops[2];
  for (size_t i = 0; i < state.ops.size(); ++i)
    ops[i] = fromRow(state.ops[i], first);
  kernels.rowOps(state.newSums.row(0, first), ops, int(state.ops.size()),
                 state.newValues.row(0, first), count, 1);
}

void BlockNetwork::updateChanged(size_t k, int64_t block, const Trial &trial) {
  State &state = states[k];
  if (state.mode != Mode::Integer)
    return updateWhole(k, block);
  int64_t o = trial.parameter.row, i = trial.parameter.input;
  const float *sum = state.sums.row(block, o);
  float *to = state.newSums.row(0, o);
  const float *codes = i < 0 ? nullptr : state.codes.row(block, i);
  for (int l = 0; l < kLanes; ++l)
    to[l] = sum[l] + trial.codeDelta * (codes ? codes[l] : 1.0f);
  finishRows(k, o, 1);
  state.changed = {o};
}

void BlockNetwork::updateInteger(size_t k, int64_t block) {
  const Step &step = net.steps[k];
  State &state = states[k];
  const CodeGrid &grid = state.linear->data;
  int64_t out = step.outFeatures, inputs = 0;
  deltas.resize(size_t(
      std::max<int64_t>(int64_t(deltas.size()), step.inFeatures * kLanes)));
  columns.clear();
  state.changedCodes.clear();
  for (int64_t r : changedRows(step.input)) {
    if (!calibration.codeChange(
            rowOf(step.input, block, r), grid.scale, grid.lowest, grid.highest,
            state.codes.row(block, r), state.newCodes.row(0, r),
            deltas.data() + inputs * kLanes))
      continue;
    columns.push_back(state.columns.data() + r * out);
    state.changedCodes.push_back(r);
    ++inputs;
  }
  if (inputs == 0)
    return;
  calibration.addProducts(state.sums.row(block, 0), deltas.data(),
                          columns.data(), inputs, state.newSums.data(), out);
  finishRows(k, 0, out);
  state.changed.resize(size_t(out));
  std::iota(state.changed.begin(), state.changed.end(), 0);
}

void BlockNetwork::updateRows(size_t k, int64_t block) {
  const Step &step = net.steps[k];
  State &state = states[k];
  state.changed = changedRows(step.input);
  bool readsOther = isBinary(step.kind) && !step.rhsIsConstant;
  if (!readsOther && int64_t(state.changed.size()) == step.inFeatures) {
    kernels.rowOps(states[size_t(step.input)].newValues.data(),
                   state.ops.data(), int(state.ops.size()),
                   state.newValues.data(), step.outFeatures, 1);
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
    RowOp ops[3];
    for (size_t i = 0; i < state.ops.size(); ++i) {
      ops[i] = fromRow(state.ops[i], r);
      if (readsOther)
        ops[i].other = rowOf(step.rhs, block, r);
    }
    kernels.rowOps(rowOf(step.input, block, r), ops, int(state.ops.size()),
                   state.newValues.row(0, r), 1, 1);
  }
}

void BlockNetwork::updateWhole(size_t k, int64_t block) {
  const Step &step = net.steps[k];
  State &state = states[k];
  auto gather = [&](int value) {
    Blocks in(step.inFeatures, kLanes);
    for (int64_t r = 0; r < step.inFeatures; ++r)
      std::copy_n(rowOf(value, block, r), kLanes, in.row(0, r));
    return in;
  };
  Blocks in = gather(step.input), other;
  bool readsOther = isBinary(step.kind) && !step.rhsIsConstant;
  if (readsOther)
    other = gather(step.rhs);
  state.newValues =
      runner.run(step, precisions[k], in, readsOther ? &other : nullptr);
  state.changed.resize(size_t(step.outFeatures));
  std::iota(state.changed.begin(), state.changed.end(), 0);
}

double BlockNetwork::lossUnder(const Trial &trial, int64_t block) {
  size_t first = trial.parameter.step;
  for (size_t k = first; k < states.size(); ++k) {
    State &state = states[k];
    state.changed.clear();
    state.changedCodes.clear();
    if (k == first)
      updateChanged(k, block, trial);
    else if (!isReached(net.steps[k]))
      continue;
    else if (state.mode == Mode::Integer)
      updateInteger(k, block);
    else if (state.mode == Mode::Rows)
      updateRows(k, block);
    else
      updateWhole(k, block);
  }
  return states.back().changed.empty() ? blockLoss[size_t(block)]
                                       : changedLoss(block);
}

/// Of the result's rows that have changed, beside those that have not.
double BlockNetwork::changedLoss(int64_t block) {
  State &last = states.back();
  for (int64_t r = 0; r < last.values.rows(); ++r)
    if (!std::binary_search(last.changed.begin(), last.changed.end(), r))
      std::copy_n(last.values.row(block, r), kLanes, last.newValues.row(0, r));
  return targets.blockLoss(last.newValues.data(), block);
}

/// What was computed last stays.
void BlockNetwork::keep(size_t first, int64_t block) {
  auto copy = [&](const std::vector<int64_t> &rows, const Blocks &from,
                  Blocks &to) {
    for (int64_t r : rows)
      std::copy_n(from.row(0, r), kLanes, to.row(block, r));
  };
  for (size_t k = first; k < states.size(); ++k) {
    State &state = states[k];
    copy(state.changed, state.newValues, state.values);
    if (state.mode != Mode::Integer)
      continue;
    copy(state.changed, state.newSums, state.sums);
    copy(state.changedCodes, state.newCodes, state.codes);
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
                     : step.weight[size_t(p.row * step.inFeatures + p.input)];
}

bool BlockNetwork::tryValue(const Parameter &parameter, float value) {
  const float before = parameterOf(parameter);
  State &state = states[parameter.step];
  Trial trial;
  trial.parameter = parameter;
  bool isWeight = parameter.input >= 0;
  if (state.mode == Mode::Integer && (isWeight || state.linear->biasInSum)) {
    IntegerLinear &linear = *state.linear;
    // The unit of a weight is its grid's step, that of a bias the sum's.
    double unit = double(linear.scale[size_t(parameter.row)]);
    if (isWeight)
      unit /= double(linear.data.scale);
    trial.codeDelta = float((double(value) - double(before)) / unit);
    double more = double(std::fabs(trial.codeDelta)) *
                  (isWeight ? double(linear.data.magnitude()) : 1.0);
    if (linear.largestSum + more >= kExact)
      return false;
  }
  set(parameter, value);
  double change = 0, squares = 0;
  auto blocks = int64_t(blockLoss.size());
  for (int64_t b = 0; b < blocks; ++b) {
    double d = lossUnder(trial, b) - blockLoss[size_t(b)];
    change += d;
    squares += d * d;
    // After 8, 16, 32, … blocks.
    auto n = double(b + 1);
    if (b < 7 || ((b + 1) & b) != 0 || b + 1 == blocks)
      continue;
    double mean = change / n;
    double variance = (squares - n * mean * mean) / (n - 1);
    if (mean > 2.5 * std::sqrt(std::max(variance, 0.0) / n))
      break;
  }
  if (!(change < 0)) {
    set(parameter, before);
    return false;
  }
  for (int64_t b = 0; b < blocks; ++b) {
    blockLoss[size_t(b)] = lossUnder(trial, b);
    keep(parameter.step, b);
  }
  if (state.mode == Mode::Integer && trial.codeDelta != 0) {
    state.linear->largestSum +=
        double(std::fabs(trial.codeDelta)) *
        (isWeight ? double(state.linear->data.magnitude()) : 1.0);
    if (isWeight)
      state.columns[size_t(parameter.input *
                               net.steps[parameter.step].outFeatures +
                           parameter.row)] += trial.codeDelta;
  }
  return true;
}

} // namespace mase
