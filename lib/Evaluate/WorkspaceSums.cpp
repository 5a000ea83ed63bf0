// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A workspace's sums of products, and what scales them.
#include "Workspace.h"

namespace mase {

bool Workspace::updateSum(size_t n) {
  const Node &node = compiled.nodes[n];
  State &state = states[n];
  int step = node.steps[0];
  const StepPlans &plans = compiled.plans[size_t(step)];
  uint32_t r = rank(step);
  uint64_t version = states[size_t(node.input)].version;
  if (state.sumKey == plans.sumKey[r] && state.sumInput == version)
    return false;
  ensure(node.input, plans.form[r]);
  computeSum(node, state, plans.linear[r],
             states[size_t(node.input)].forms[size_t(plans.form[r])],
             plans.productKey[r], version);
  state.sumKey = plans.sumKey[r];
  state.sumInput = version;
  return true;
}

void Workspace::computeSum(const Node &node, State &state,
                           const LinearPlan &plan, const Buffer &input,
                           uint32_t productKey, uint64_t version) {
  const Kernels &k = *compiled.kernels;
  const Step &step = compiled.network.steps[size_t(node.steps[0])];
  const WeightSet &w = *plan.weight;
  // Particles are rows one after the other: as if each were a block.
  int64_t in = step.inRow(), out = step.outRow(), particles = step.particles,
          blocks = this->blocks * particles;
  auto *y =
      static_cast<float *>(allocate(state.sum, out * particles, sizeof(float)));
  const void *x = input.memory.get();
  if (node.input == 0 && plan.mode == SumMode::Float && !plan.data)
    x = chunk;
  switch (plan.mode) {
  case SumMode::Float:
    k.linearFma(static_cast<const float *>(x), w.values.data(),
                plan.bias ? plan.bias->values.data() : nullptr, y, in, out,
                blocks);
    return;
  case SumMode::Exact32:
    k.linearExact(static_cast<const float *>(x), w.values.data(), y, in, out,
                  blocks);
    return;
  case SumMode::Bytes: {
    // Signed codes that may be negative are stored with 128 added.
    bool offset =
        plan.dataIn->isSigned && !compiled.nodes[size_t(node.input)].positive;
    k.linearBytes(static_cast<const uint32_t *>(x), w.bytes.data(),
                  offset ? w.start.data() : w.zeros.data(), plan.scale, y,
                  (in + 3) / 4, out, blocks);
    return;
  }
  case SumMode::Exact64: {
    auto *products = static_cast<double *>(
        allocate(state.products, out * particles, sizeof(double)));
    if (state.productKey != productKey || state.productInput != version)
      k.linearExact64(static_cast<const double *>(x), w.values64.data(),
                      products, in, out, blocks);
    state.productKey = productKey;
    state.productInput = version;
    k.finish64(products, plan.bias ? plan.bias->values64.data() : nullptr, y,
               out, blocks);
    return;
  }
  case SumMode::Integer:
    k.linearInteger(static_cast<const double *>(x),
                    double(exp2i(plan.dataIn->fracWidth)), w.codes.data(),
                    plan.bias ? plan.shifted.data() : nullptr,
                    plan.productShift, plan.scale, y, in, out, blocks);
    return;
  case SumMode::Steps64: {
    const StepSums &steps = *plan.steps;
    auto *products = static_cast<double *>(
        allocate(state.products, out * particles, sizeof(double)));
    k.linearExact64(static_cast<const double *>(x), steps.weight64.data(),
                    products, in, out, blocks);
    state.productKey = kNoKey; // holds no products of another mode
    k.finish64(products, steps.bias64.empty() ? nullptr : steps.bias64.data(),
               y, out, blocks);
    return applyScales(steps, y, out, blocks);
  }
  case SumMode::Steps: {
    const StepSums &steps = *plan.steps;
    k.linearInteger(static_cast<const double *>(x), 1.0, steps.weight.data(),
                    steps.bias.empty() ? nullptr : steps.bias.data(),
                    /*productShift=*/0, /*scale=*/1.0f, y, in, out, blocks);
    return applyScales(steps, y, out, blocks);
  }
  }
}

/// From sums to what they are worth, in place.
void Workspace::applyScales(const StepSums &steps, float *y, int64_t rows,
                            int64_t blocks) const {
  RowOp op;
  op.kind = steps.realBias.empty() ? RowOp::Kind::Mul : RowOp::Kind::Affine;
  op.a = steps.scale.data();
  op.b = steps.realBias.data();
  compiled.kernels->rowOps(y, &op, 1, y, rows, blocks);
}

} // namespace mase
