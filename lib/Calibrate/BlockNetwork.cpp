// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A change is followed block by block: which rows of which values it reaches,
// and in a Linear which codes. All arithmetic is that of StepRunner, on one
// block.
#include "BlockNetwork.h"

#include "Evaluate/StepOps.h"

#include <cmath>
#include <cstring>
#include <numeric>

namespace mase {
namespace {

/// Sums of binary32 are exact below this.
constexpr double kExact = 0x1p24;

bool isFixedOrNone(const std::optional<NumberFormat> &format) {
  return !format || format->fixedPoint();
}

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

BlockNetwork::BlockNetwork(Network rounded, absl::Span<const LayerPrecision> p,
                           const Blocks &x, const SoftTargets &targets,
                           InstructionSet set)
    : net(std::move(rounded)), precisions(p.begin(), p.end()), x(x),
      targets(targets), kernels(kernelsFor(set)),
      calibration(calibrationKernels(set)), runner(set),
      states(net.steps.size()), readers(countReaders(net)) {
  for (size_t k = 0; k < states.size(); ++k)
    prepare(k);
  findSumsThatAreRead();
  const Blocks &y = stateOf(int(states.size()) - 1).values;
  for (int64_t b = 0; b < y.blocks(); ++b)
    blockLoss.push_back(targets.blockLoss(y.row(b, 0), b));
}

void BlockNetwork::prepare(size_t k) {
  const Step &step = net.steps[k];
  const LayerPrecision &p = precisions[k];
  State &state = states[k];
  auto valuesOf = [&](int value) -> const Blocks & {
    return value < 0 ? x : stateOf(value).values;
  };
  const Blocks &in = valuesOf(step.input);
  const Blocks *other = step.readsOther() ? &valuesOf(step.rhs) : nullptr;
  state.root = k;
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
  if (step.isOfSample() || !isFixedOrNone(p[OperandRole::DataIn]) ||
      !isFixedOrNone(p[OperandRole::DataOut]))
    return;
  bool fused = fuses(k);
  State &root = fused ? states[states[size_t(step.input)].root] : state;
  state.mode = fused ? Mode::Fused : Mode::Rows;
  auto append = [&](OperandRole role, int64_t features) {
    if (!p[role])
      return;
    state.formats.push_back(std::make_unique<ValueFormat>(
        *p[role], std::vector<int64_t>{features}));
    root.ops.push_back(roundingTo(*state.formats.back()));
  };
  append(OperandRole::DataIn, step.inFeatures);
  if (p[OperandRole::DataIn])
    state.rounding = root.ops.back();
  root.ops.push_back(elementwiseOp(step));
  if (step.isBinary() && p[OperandRole::DataIn])
    root.ops.back().otherRounding = &state.rounding;
  append(OperandRole::DataOut, step.outFeatures);
  if (fused) {
    root.values = std::move(state.values);
    state.root = states[size_t(step.input)].root;
  }
}

bool BlockNetwork::fuses(size_t k) const {
  const Step &step = net.steps[k];
  if (step.input < 0 || readers[size_t(step.input) + 1] != 1 ||
      step.readsOther())
    return false;
  Mode mode = stateOf(step.input).mode;
  return mode == Mode::Integer || mode == Mode::Rows;
}

void BlockNetwork::findSumsThatAreRead() {
  for (size_t k = 0; k < states.size(); ++k) {
    int value = net.steps[k].input;
    if (states[k].mode != Mode::Integer || value < 0 ||
        readers[size_t(value) + 1] != 1)
      continue;
    State &from = states[states[size_t(value)].root];
    from.sumsAreRead =
        from.mode == Mode::Integer &&
        (from.ops.size() == 1 ||
         (from.ops.size() == 2 && from.ops[1].kind == RowOp::Kind::Relu));
  }
}

double BlockNetwork::loss() const {
  return std::accumulate(blockLoss.begin(), blockLoss.end(), 0.0);
}

const std::vector<int64_t> &BlockNetwork::changedRows(int value) const {
  return value < 0 ? unchanged : stateOf(value).changed;
}

bool BlockNetwork::isReached(const Step &step) const {
  return !changedRows(step.input).empty() ||
         (step.readsOther() && !changedRows(step.rhs).empty());
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

/// From new sums to new values, `count` rows.
void BlockNetwork::finishRows(size_t k, int64_t first, int64_t count) {
  State &state = states[k];
  if (state.sumsAreRead)
    return;
  fromRow(state.ops, first, nullptr, rowOps);
  kernels.rowOps(state.newSums.row(0, first), rowOps.data(), int(rowOps.size()),
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
  const State *from = step.input < 0 ? nullptr : &stateOf(step.input);
  bool readsSums = from && from->sumsAreRead;
  int64_t out = step.outFeatures, inputs = 0;
  deltas.resize(std::max(deltas.size(), size_t(step.inFeatures * kLanes)));
  columns.clear();
  for (int64_t r : changedRows(step.input)) {
    SumFinish finish;
    if (readsSums) {
      finish.scale = from->ops[0].a[r];
      finish.bias = from->ops[0].b ? from->ops[0].b + r : nullptr;
      finish.relu = from->ops.size() == 2;
    }
    const float *row =
        readsSums ? from->newSums.row(0, r) : rowOf(step.input, block, r);
    if (!calibration.codeChange(
            row, readsSums ? &finish : nullptr, grid.scale, grid.lowest,
            grid.highest, state.codes.row(block, r), state.newCodes.row(0, r),
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
  auto gather = [&](int value) {
    Blocks in(step.inFeatures, kLanes);
    for (int64_t r = 0; r < step.inFeatures; ++r)
      std::copy_n(rowOf(value, block, r), kLanes, in.row(0, r));
    return in;
  };
  Blocks in = gather(step.input), other;
  bool readsOther = step.readsOther();
  if (readsOther)
    other = gather(step.rhs);
  state.newValues =
      runner.run(step, precisions[k], in, readsOther ? &other : nullptr);
  state.changed.resize(size_t(step.outFeatures));
  std::iota(state.changed.begin(), state.changed.end(), 0);
}

double BlockNetwork::lossUnder(const Trial &trial, int64_t block) {
  size_t first = trial.parameter.step;
  // Steps before it, too: what an earlier trial changed there is read by none.
  for (State &state : states) {
    state.changed.clear();
    state.changedCodes.clear();
  }
  for (size_t k = first; k < states.size(); ++k) {
    State &state = states[k];
    if (k == first)
      updateChanged(k, block, trial);
    else if (state.mode == Mode::Fused || !isReached(net.steps[k]))
      continue;
    else if (state.mode == Mode::Integer)
      updateInteger(k, block);
    else if (state.mode == Mode::Rows)
      updateRows(k, block);
    else
      updateWhole(k, block);
  }
  return stateOf(int(states.size()) - 1).changed.empty()
             ? blockLoss[size_t(block)]
             : changedLoss(block);
}

/// Of the result's rows that have changed, beside those that have not.
double BlockNetwork::changedLoss(int64_t block) {
  State &last = states[states.back().root];
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
    if (!state.sumsAreRead)
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

BlockNetwork::Outcome BlockNetwork::tryValue(const Parameter &parameter,
                                             float value) {
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
      return Outcome::Worse;
  }
  set(parameter, value);
  double change = 0, squares = 0;
  auto blocks = int64_t(blockLoss.size());
  Outcome outcome = Outcome::Worse;
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
    double error = std::sqrt(std::max(variance, 0.0) / n);
    // The fewer samples are left, the less they can make up for.
    double doubt = n < 16 ? 2.5 : n < 32 ? 2 : n < 64 ? 1.5 : 1;
    if (mean > doubt * error) {
      outcome = mean > 5 * error ? Outcome::MuchWorse : Outcome::Worse;
      break;
    }
  }
  if (!(change < 0)) {
    set(parameter, before);
    return outcome;
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
  return Outcome::Kept;
}

} // namespace mase
