// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Incremental evaluation: a node has a version, which changes when a choice or
// a value that it depends on does. Sums are computed at once, the forms of a
// value when they are asked for.
#include "Workspace.h"

#include "StepOps.h"

#include <algorithm>
#include <cstring>

namespace mase {

Workspace::Workspace(const Compiled &compiled, int64_t maxBlocks)
    : compiled(compiled), maxBlocks(maxBlocks), states(compiled.nodes.size()) {
  for (size_t n = 0; n < states.size(); ++n) {
    const Node &node = compiled.nodes[n];
    states[n].forms.resize(node.forms.size());
    states[n].inputVersions.assign(1 + node.others.size(), 0);
    states[n].chainKeys.assign(node.steps.size(), kNoKey);
  }
}

void Workspace::setChunk(const float *x, int64_t count) {
  if (x == chunk && count == blocks)
    return;
  chunk = x;
  blocks = count;
  states[0].version = nextVersion++;
}

void *Workspace::allocate(Buffer &buffer, int64_t rows,
                          size_t elementSize) const {
  if (!buffer.memory) {
    size_t bytes = size_t(maxBlocks * rows * kLanes) * elementSize;
    buffer.memory.reset(std::aligned_alloc(64, (bytes + 63) / 64 * 64));
    if (!buffer.memory)
      std::abort(); // as the allocator of the standard library would
  }
  return buffer.memory.get();
}

const float *Workspace::run(const TrialList &list, size_t t, int difference) {
  updateAll(list, t, difference);
  return static_cast<const float *>(ensure(compiled.output(), 0));
}

Workspace::Result Workspace::runUnfinished(const TrialList &list, size_t t,
                                           int difference) {
  updateAll(list, t, difference);
  int output = compiled.output();
  const Node &node = compiled.nodes[size_t(output)];
  Chain chain;
  if (node.kind == Node::Kind::Sum && fuse(node, chain))
    return {states[size_t(output)].sum.as<float>(), chain.bias, chain.scale,
            chain.shift, chain.relu};
  return {static_cast<const float *>(ensure(output, 0))};
}

void Workspace::updateAll(const TrialList &list, size_t t, int difference) {
  trials = &list;
  trial = t;
  ranks = list.ranks.data() + t * list.columns;
  size_t first =
      difference < 0 ? 1 : size_t(compiled.firstNode[size_t(difference)]);
  for (size_t n = first; n < states.size(); ++n)
    update(n);
}

void Workspace::update(size_t n) {
  const Node &node = compiled.nodes[n];
  State &state = states[n];
  bool changed = false;
  if (node.kind == Node::Kind::Sum) {
    changed = updateSum(n);
  } else {
    uint64_t version = states[size_t(node.input)].version;
    changed = state.inputVersions[0] != version;
    state.inputVersions[0] = version;
  }
  for (size_t k = 0; k < node.others.size(); ++k) {
    uint64_t version = states[size_t(node.others[k])].version;
    changed |= state.inputVersions[k + 1] != version;
    state.inputVersions[k + 1] = version;
  }
  for (size_t k = 0; k < node.steps.size(); ++k) {
    const StepPlans &plans = compiled.plans[size_t(node.steps[k])];
    uint32_t key = plans.chainKey[rank(node.steps[k])];
    changed |= state.chainKeys[k] != key;
    state.chainKeys[k] = key;
  }
  if (changed)
    state.version = nextVersion++;
}

/// Applies `ops` to x, into y; those that are no kernel's on their own.
void Workspace::runOps(const float *x, const std::vector<RowOp> &ops, float *y,
                       int64_t rows) const {
  auto isAny = [](const RowOp &op) { return op.kind == RowOp::Kind::RoundAny; };
  for (auto it = ops.begin(); it != ops.end();) {
    if (isAny(*it)) {
      it->any->round(x, y, blocks);
      ++it;
    } else {
      auto end = std::find_if(it, ops.end(), isAny);
      compiled.kernels->rowOps(x, &*it, int(end - it), y, rows, blocks);
      it = end;
    }
    x = y;
  }
  if (x != y)
    memcpy(y, x, size_t(rows * blocks * kLanes) * sizeof(float));
}

void *Workspace::ensure(int n, int form) {
  State &state = states[size_t(n)];
  if (n == 0 && form == 0)
    return const_cast<float *>(chunk);
  if (state.forms[size_t(form)].version != state.version)
    compute(n, form);
  return state.forms[size_t(form)].memory.get();
}

/// Marks `form` and, while the node stays as it is now, the forms that the
/// Linears of the trials to come read.
void Workspace::markWanted(const Node &node, int form) {
  wanted.assign(node.forms.size(), 0);
  wanted[size_t(form)] = 1;
  size_t open = node.forms.size() - 1 + (node.rawIsRead ? 1 : 0);
  if (form != 0 || node.rawIsRead)
    --open;
  int last = node.lastStep();
  for (size_t t = trial; open > 0 && t < trials->size() &&
                         (t == trial || trials->firstDifference[t] > last);
       ++t)
    for (int reader : node.linearReaders) {
      const StepPlans &plans = compiled.plans[size_t(reader)];
      uint32_t r =
          plans.column < 0
              ? 0
              : trials->ranks[t * trials->columns + size_t(plans.column)];
      uint8_t &mark = wanted[size_t(plans.form[r])];
      open -= mark == 0;
      mark = 1;
    }
}

void Workspace::compute(int n, int form) {
  const Node &node = compiled.nodes[size_t(n)];
  State &state = states[size_t(n)];
  markWanted(node, form);
  // Wide forms are computed from the raw one.
  for (size_t f = 1; f < node.forms.size(); ++f)
    if (wanted[f] && node.forms[f].isWide())
      wanted[0] = 1;
  if (n == 0) {
    program.chain = Chain{};
    runChain(node, state, chunk);
  } else if (state.forms[0].version == state.version) {
    program.chain = Chain{};
    program.chain.relu = node.positive; // it is already: says so
    wanted[0] = 0;
    runChain(node, state, state.forms[0].as<float>());
  } else if (node.kind == Node::Kind::Sample) {
    computeSample(node, state);
    program.chain = Chain{};
    wanted[0] = 0;
    runChain(node, state, state.forms[0].as<float>());
  } else {
    const float *source = node.kind == Node::Kind::Sum ? state.sum.as<float>()
                                                       : ensureRaw(node.input);
    if (!fuse(node, program.chain)) {
      build(node);
      auto *raw = static_cast<float *>(
          allocate(state.forms[0], node.rows, sizeof(float)));
      runOps(source, program.ops, raw, node.rows);
      state.forms[0].version = state.version;
      program.chain = Chain{};
      program.chain.relu = node.positive;
      wanted[0] = 0;
      source = raw;
    }
    runChain(node, state, source);
  }
}

/// Computes the wanted forms from `source` by program.chain.
void Workspace::runChain(const Node &node, State &state, const float *source) {
  destinations.clear();
  for (size_t f = 0; f < node.forms.size(); ++f) {
    const Form &form = node.forms[f];
    if (!wanted[f] || (f != 0 && form.isWide()))
      continue;
    Buffer &buffer = state.forms[f];
    Destination to;
    bool bytes = form.kind == Form::Kind::Bytes;
    to.kind = bytes    ? Destination::Kind::Bytes
              : f == 0 ? Destination::Kind::Raw
                       : Destination::Kind::Rounded;
    if (f != 0)
      to.rounder = rounderFor(form.format);
    to.offset = form.format.isSigned && !node.positive ? 128 : 0;
    to.data = allocate(buffer, bytes ? (node.rows + 3) / 4 : node.rows, 4);
    buffer.version = state.version;
    destinations.push_back(to);
  }
  Chain &chain = program.chain;
  chain.source = source;
  chain.rows = node.rows;
  chain.blocks = blocks;
  chain.order = node.order.empty() ? nullptr : node.order.data();
  chain.destinations = destinations.data();
  chain.numDestinations = int(destinations.size());
  if (!destinations.empty())
    compiled.kernels->chain(chain);
  const float *raw =
      &node == &compiled.nodes[0] ? chunk : state.forms[0].as<float>();
  for (size_t f = 1; f < node.forms.size(); ++f) {
    const Form &form = node.forms[f];
    if (!wanted[f] || !form.isWide())
      continue;
    Buffer &buffer = state.forms[f];
    bool isDouble =
        form.kind == Form::Kind::Rounded64 || form.kind == Form::Kind::Steps;
    void *y = allocate(buffer, node.rows, isDouble ? 8 : 4);
    if (form.kind == Form::Kind::Rounded64) {
      compiled.kernels->round64(raw, form.format, static_cast<double *>(y),
                                node.rows, blocks);
    } else if (form.kind == Form::Kind::Steps) {
      form.any->toSteps(raw, form.shift, static_cast<double *>(y), blocks);
    } else if (form.kind == Form::Kind::RoundedAny) {
      form.any->round(raw, static_cast<float *>(y), blocks);
    } else {
      RowOp op;
      op.kind = RowOp::Kind::RoundWide;
      op.format = form.format;
      compiled.kernels->rowOps(raw, &op, 1, static_cast<float *>(y), node.rows,
                               blocks);
    }
    buffer.version = state.version;
  }
}

void Workspace::computeSample(const Node &node, State &state) {
  const Kernels &k = *compiled.kernels;
  const Step &step = compiled.network.steps[size_t(node.steps[0])];
  const StepPlans &plans = compiled.plans[size_t(node.steps[0])];
  uint32_t r = rank(node.steps[0]);
  const ValueFormat *format = plans.roundIn[r].get();
  std::vector<const float *> values = {ensureRaw(node.input)};
  for (int other : node.others)
    values.push_back(ensureRaw(other));
  const float *x = values[0];
  auto *y =
      static_cast<float *>(allocate(state.forms[0], node.rows, sizeof(float)));
  std::vector<float> rounded;
  if (format && !addsSteps(step, *format)) {
    rounded.resize(size_t(step.inFeatures * blocks * kLanes));
    runOps(x, {roundingTo(*format)}, rounded.data(), step.inFeatures);
    x = rounded.data();
  }
  if (step.kind == Step::Kind::Function)
    applyFunction(step, x, y, blocks);
  else if (step.kind == Step::Kind::Moves)
    applyMoves(step, values, inputRows(node), y, blocks);
  else if (step.isReduce())
    applyReduce(step, format, x, y, blocks);
  else
    (step.kind == Step::Kind::LogSoftmax ? k.logSoftmax : k.softmax)(
        x, y, step.outRow(), blocks * step.particles);
  if (const ValueFormat *format = plans.roundOut[r].get())
    runOps(y, {roundingTo(*format)}, y, node.rows);
  state.forms[0].version = state.version;
}

/// The features of each value that a Moves node reads.
std::vector<int64_t> Workspace::inputRows(const Node &node) const {
  std::vector<int64_t> rows = {compiled.nodes[size_t(node.input)].rows};
  for (int other : node.others)
    rows.push_back(compiled.nodes[size_t(other)].rows);
  return rows;
}

/// The raw form of another node, leaving what is being computed as it is.
const float *Workspace::ensureRaw(int n) {
  if (n == 0)
    return chunk;
  State &state = states[size_t(n)];
  if (state.forms[0].version != state.version) {
    std::vector<uint8_t> savedWanted = wanted;
    Program saved = std::move(program);
    program = Program();
    compute(n, 0);
    program = std::move(saved);
    wanted = std::move(savedWanted);
  }
  return state.forms[0].as<float>();
}

/// Whether `node` is computed in one pass, by bias, affine, ReLU, each at most
/// once and in this order; `chain` then has what there is of them.
bool Workspace::fuse(const Node &node, Chain &chain) const {
  chain = Chain{};
  for (int k : node.steps) {
    const Step &step = compiled.network.steps[size_t(k)];
    const StepPlans &plans = compiled.plans[size_t(k)];
    uint32_t r = rank(k);
    if (plans.roundIn[r] || plans.roundOut[r])
      return false;
    if (step.kind == Step::Kind::Linear) {
      const LinearPlan &plan = plans.linear[r];
      chain.bias = plan.addsBiasLater() ? plan.bias->values.data() : nullptr;
    } else if (step.kind == Step::Kind::Affine && !chain.scale && !chain.relu) {
      chain.scale = step.scale.data();
      chain.shift = step.shift.data();
    } else if (step.kind == Step::Kind::Relu) {
      chain.relu = true;
    } else {
      return false;
    }
  }
  return true;
}

/// The operations under the current trial, in `program`.
void Workspace::build(const Node &node) {
  program.ops.clear();
  program.roundings.clear();
  program.others.clear();
  program.roundings.reserve(node.steps.size());
  for (int step : node.steps)
    append(node, step);
}

void Workspace::append(const Node &node, int k) {
  const Step &step = compiled.network.steps[size_t(k)];
  const StepPlans &plans = compiled.plans[size_t(k)];
  uint32_t r = rank(k);
  const ValueFormat *in = plans.roundIn[r].get(),
                    *out = plans.roundOut[r].get();
  RowOp op;
  if (step.kind == Step::Kind::Linear) {
    const LinearPlan &plan = plans.linear[r];
    if (plan.addsBiasLater()) {
      op.kind = RowOp::Kind::AddRow;
      op.a = plan.bias->values.data();
      program.ops.push_back(op);
    }
  } else {
    if (in)
      program.ops.push_back(roundingTo(*in));
    op = elementwiseOp(step);
    if (step.isBinary()) {
      if (step.readsOther())
        op.other = ensureRaw(compiled.nodeOfValue(step.rhs));
      if (in && !in->fixed()) {
        // No kernel rounds it: here and now.
        if (op.other)
          op.other = roundedOther(*in, op.other, node.rows);
        else
          op.a = plans.constant[r].data();
      } else if (in) {
        program.roundings.push_back(roundingTo(*in));
        op.otherRounding = &program.roundings.back();
      }
    }
    program.ops.push_back(op);
  }
  if (out)
    program.ops.push_back(roundingTo(*out));
}

const float *Workspace::roundedOther(const ValueFormat &format, const float *x,
                                     int64_t rows) {
  auto &values = program.others.emplace_back(size_t(rows * blocks * kLanes));
  format.round(x, values.data(), blocks);
  return values.data();
}

} // namespace mase
