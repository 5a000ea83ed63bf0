// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What there is to know of each step before anything changes.
#include "BlockNetwork.h"

#include "Evaluate/StepOps.h"
#include "mase/Numerics/LinearSums.h"

#include <cmath>

namespace mase {
namespace {

bool isFixedOrNone(const std::optional<NumberFormat> &format) {
  return !format || format->fixedPoint();
}

/// The grids of a Linear's input, the whole one so fine that its products with
/// weights are on the grid of the sums, which a bias may make finer.
std::optional<FeatureGrids> inputGrids(const Step &step,
                                       const LayerPrecision &p) {
  const auto &data = p[OperandRole::DataIn], &weight = p[OperandRole::Weight],
             &bias = p[OperandRole::Bias];
  if (!data || !weight || !(*weight)->uniform())
    return std::nullopt;
  std::optional<FeatureGrids> grids = featureGrids(*data, step);
  if (!grids)
    return std::nullopt;
  std::optional<LinearSums> sums = linearSums(
      step.outRow(), step.inRow(), *(*data)->uniform(), *(*weight)->uniform(),
      bias && !step.bias.empty() ? (*bias)->uniform() : nullptr);
  if (!sums)
    return std::nullopt;
  int finer =
      *std::max_element(sums->productShift.begin(), sums->productShift.end());
  grids->whole.scale = std::ldexp(grids->whole.scale, -finer);
  grids->whole.width += finer;
  for (int &low : grids->low)
    low += finer;
  return grids->whole.width > CodeGrid::kMaxWidth ? std::nullopt : grids;
}

} // namespace

bool isRefinable(const Step &step, const LayerPrecision &precision) {
  const auto &weight = precision[OperandRole::Weight];
  return step.kind == Step::Kind::Linear && weight &&
         codeGrids(*weight, size_t(step.outRow()));
}

bool movesBias(const Step &step, const LayerPrecision &precision) {
  const auto &bias = precision[OperandRole::Bias];
  return !step.bias.empty() &&
         (!bias || codeGrids(*bias, size_t(step.outRow())));
}

BlockNetwork::BlockNetwork(Network rounded, absl::Span<const LayerPrecision> p,
                           const Blocks &x, const SoftTargets &targets,
                           InstructionSet set)
    : net(std::move(rounded)), precisions(p.begin(), p.end()), x(x),
      targets(targets), kernels(kernelsFor(set)),
      calibration(calibrationKernels(set)), runner(set),
      states(net.steps.size()), readers(countReaders(net)) {
  for (size_t k = 0; k < states.size(); ++k) {
    roundParameters(k);
    prepare(k);
  }
  findSumsThatAreRead();
  const Blocks &y = stateOf(int(states.size()) - 1).values;
  losses = Blocks(1, x.samples());
  for (int64_t b = 0; b < y.blocks(); ++b)
    blockLoss.push_back(targets.blockLoss(y.row(b, 0), b, losses.row(b, 0)));
}

void BlockNetwork::roundParameters(size_t k) {
  Step &step = net.steps[k];
  const LayerPrecision &p = precisions[k];
  if (!isRefinable(step, p))
    return;
  (*p[OperandRole::Weight])
      ->quantize(step.weight, {step.outRow(), step.inRow()},
                 absl::MakeSpan(step.weight));
  if (movesBias(step, p) && p[OperandRole::Bias])
    (*p[OperandRole::Bias])
        ->quantize(step.bias, {step.outRow()}, absl::MakeSpan(step.bias));
}

void BlockNetwork::setGrid(State &state, int64_t feature,
                           const FeatureGrid &grid) {
  state.grids[size_t(feature)] = grid;
  UniformFormat format = state.input;
  format.width = grid.bits;
  // Of each particle.
  for (auto f = size_t(feature); f < state.gridStep.size();
       f += state.grids.size()) {
    state.gridStep[f] = std::ldexp(1.0f, grid.low);
    state.gridScale[f] = state.input.scale * state.gridStep[f];
    state.gridLowest[f] = grid.bits == 0 ? 0 : float(format.minCode());
    state.gridHighest[f] = grid.bits == 0 ? 0 : float(format.maxCode());
  }
}

void BlockNetwork::prepare(size_t k) {
  const Step &step = net.steps[k];
  const LayerPrecision &p = precisions[k];
  State &state = states[k];
  auto valuesOf = [&](int value) -> const Blocks & {
    return value < 0 ? x : stateOf(value).values;
  };
  std::vector<const Blocks *> operands;
  for (int value : step.operands())
    operands.push_back(&valuesOf(value));
  const Blocks &in = *operands[0];
  state.root = k;
  state.values = runner.run(step, p, operands);
  state.newValues = Blocks(step.outFeatures, kLanes);
  if (step.kind != Step::Kind::Linear)
    return prepareRows(k);
  std::optional<FeatureGrids> grids = inputGrids(step, p);
  if (grids) {
    LayerPrecision whole = p;
    whole[OperandRole::DataIn] =
        NumberFormat(UniformTensorFormat{grids->whole, {}, {}, {}, {}});
    state.linear = IntegerLinear::make(step, whole);
  }
  if (!state.linear || state.linear->largestSum >= kExactSum ||
      !isFixedOrNone(p[OperandRole::DataOut]))
    return;
  state.mode = Mode::Integer;
  const IntegerLinear &linear = *state.linear;
  int64_t n = step.inRow(), out = step.outRow();
  state.codes = Blocks(step.inFeatures, x.samples());
  state.codeDeltas = Blocks(step.inFeatures + 1, kLanes);
  state.sums = Blocks(step.outFeatures, x.samples());
  state.newSums = Blocks(step.outFeatures, kLanes);
  state.input = grids->whole;
  state.grids.resize(size_t(n));
  for (std::vector<float> *part : {&state.gridScale, &state.gridLowest,
                                   &state.gridHighest, &state.gridStep})
    part->resize(size_t(step.inFeatures));
  std::fill_n(state.codes.data(), state.codes.size(), 0.0f);
  for (int64_t i = 0; i < n; ++i)
    setGrid(state, i, {grids->low[size_t(i)], grids->bits[size_t(i)]});
  for (int64_t b = 0; b < x.blocks(); ++b)
    for (int64_t r = 0; r < step.inFeatures; ++r) {
      CodeChange change = codeChange(state, b, r, /*keeps=*/true);
      int64_t changed = 0;
      change.deltas = state.codeDeltas.row(0, 0);
      change.changed = &changed;
      calibration.changeCodes(in.row(b, r), 1, change);
    }
  std::vector<float> codes(linear.codes.begin(), linear.codes.end());
  kernels.linearExact(state.codes.data(), codes.data(), state.sums.data(), n,
                      out, x.blocks() * step.particles);
  state.columns.resize(codes.size());
  state.rowSums.assign(size_t(out), 0);
  for (int64_t o = 0; o < out; ++o) {
    for (int64_t i = 0; i < n; ++i) {
      float code = codes[size_t(o * n + i)];
      state.columns[size_t(i * out + o)] = code;
      state.rowSums[size_t(o)] += double(std::fabs(code));
    }
    state.rowSums[size_t(o)] *= double(linear.data.magnitude());
    if (linear.biasInSum)
      state.rowSums[size_t(o)] += std::fabs(linear.bias[size_t(o)]);
  }
  auto ofParticles = [&](const auto &rows) {
    std::vector<float> all;
    for (int64_t i = 0; i < step.particles; ++i)
      all.insert(all.end(), rows.begin(), rows.end());
    return all;
  };
  RowOp scale;
  scale.kind = RowOp::Kind::Mul;
  state.scale = ofParticles(linear.scale);
  scale.a = state.scale.data();
  if (!linear.bias.empty() && linear.biasInSum) {
    std::vector<float> bias(linear.bias.begin(), linear.bias.end());
    RowOp add;
    add.kind = RowOp::Kind::AddRow;
    add.a = bias.data();
    kernels.rowOps(state.sums.data(), &add, 1, state.sums.data(), out,
                   x.blocks() * step.particles);
  } else if (!linear.bias.empty()) {
    state.bias = ofParticles(linear.bias);
    scale.kind = RowOp::Kind::Affine;
    scale.b = state.bias.data();
  }
  state.ops = {scale};
  if (p[OperandRole::DataOut]) {
    state.formats.push_back(std::make_unique<ValueFormat>(
        *p[OperandRole::DataOut], std::vector<int64_t>{step.outFeatures}));
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
    const size_t root = states[size_t(value)].root;
    State &from = states[root];
    from.sumsAreRead =
        from.mode == Mode::Integer && net.steps[k].particles == 1 &&
        net.steps[root].particles == 1 &&
        (from.ops.size() == 1 ||
         (from.ops.size() == 2 && from.ops[1].kind == RowOp::Kind::Relu));
  }
}

} // namespace mase
