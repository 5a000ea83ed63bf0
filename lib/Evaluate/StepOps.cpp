// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What each kind of step is to the kernels.
#include "StepOps.h"

#include "Precision.h"
#include "mase/Numerics/ReduceSums.h"

#include <algorithm>

namespace mase {

RowOp elementwiseOp(const Step &step) {
  RowOp op;
  switch (step.kind) {
  case Step::Kind::Affine:
    op.kind = RowOp::Kind::Affine;
    op.a = step.scale.data();
    op.b = step.shift.data();
    break;
  case Step::Kind::Relu:
    op.kind = RowOp::Kind::Relu;
    break;
  case Step::Kind::LeakyRelu:
    op.kind = RowOp::Kind::LeakyRelu;
    op.alpha = step.alpha;
    break;
  case Step::Kind::Clip:
    op.kind = RowOp::Kind::Clip;
    op.alpha = step.lower;
    op.beta = step.upper;
    break;
  case Step::Kind::Tanh:
    op.kind = RowOp::Kind::Tanh;
    break;
  case Step::Kind::Sigmoid:
    op.kind = RowOp::Kind::Sigmoid;
    break;
  default:
    op.kind = step.kind == Step::Kind::Add   ? RowOp::Kind::Add
              : step.kind == Step::Kind::Sub ? RowOp::Kind::Sub
              : step.kind == Step::Kind::Mul ? RowOp::Kind::Mul
                                             : RowOp::Kind::Div;
    op.otherIsLhs = step.rhsIsConstant && step.constantIsLhs;
    op.a = step.rhsIsConstant ? step.constant.data() : nullptr;
  }
  return op;
}

void applyFunction(const Step &step, const float *x, float *y, int64_t blocks) {
  std::vector<float> in(size_t(step.inFeatures)), out(size_t(step.outFeatures));
  for (int64_t b = 0; b < blocks; ++b)
    for (int64_t l = 0; l < kLanes; ++l) {
      for (size_t r = 0; r < in.size(); ++r)
        in[r] = x[(b * step.inFeatures + int64_t(r)) * kLanes + l];
      step.function(in, absl::MakeSpan(out));
      for (size_t r = 0; r < out.size(); ++r)
        y[(b * step.outFeatures + int64_t(r)) * kLanes + l] = out[r];
    }
}

/// The codes that a reduce step of this format adds up; none where it adds
/// binary32 numbers, by its definition or because they are exact.
static std::optional<ReduceSums> sumsOf(const Step &step,
                                        const ValueFormat &format) {
  const UniformTensorFormat *uniform = format.format()->uniform();
  std::optional<UniformTensorFormat> features;
  if (step.isReduce() && uniform)
    features = formatOfFeatures(*uniform, rankOf(step));
  if (!features)
    return std::nullopt;
  bool isMean = step.kind == Step::Kind::ReduceMean;
  std::optional<ReduceSums> sums =
      reduceSums(step.particles, isMean, *features);
  // Values of fixed point are codes times a power of two, and with it
  // everything is but for a scale that underflows.
  if (const std::optional<FixedPointFormat> &fixed = format.fixed();
      sums && fixed && sums->width <= 24) {
    float unit = exp2i(-fixed->fracWidth);
    if (sums->scale[0] == (isMean ? unit * meanFactor(step.particles) : unit))
      return std::nullopt;
  }
  return sums;
}

bool addsSteps(const Step &step, const ValueFormat &format) {
  return sumsOf(step, format).has_value();
}

/// y[f] = sum over particles of x[p][f], one block of each.
template <typename T>
static void addParticles(const Step &step, const T *x, T *y) {
  int64_t row = step.outFeatures * kLanes;
  std::fill_n(y, row, T(0));
  for (int64_t p = 0; p < step.particles; ++p, x += row)
    for (int64_t k = 0; k < row; ++k)
      y[k] += x[k];
}

void applyReduce(const Step &step, const ValueFormat *format, const float *x,
                 float *y, int64_t blocks) {
  int64_t in = step.inFeatures * kLanes, out = step.outFeatures * kLanes;
  std::optional<ReduceSums> sums;
  if (format)
    sums = sumsOf(step, *format);
  if (!sums) {
    bool isMean = step.kind == Step::Kind::ReduceMean;
    float factor = meanFactor(step.particles);
    for (int64_t b = 0; b < blocks; ++b, x += in, y += out) {
      addParticles(step, x, y);
      for (int64_t k = 0; isMean && k < out; ++k)
        y[k] *= factor;
    }
    return;
  }
  // Steps have 33 bits, particles are fewer than 2^20: exact in binary64.
  std::vector<double> steps, totals;
  steps.resize(size_t(in));
  totals.resize(size_t(out));
  for (int64_t b = 0; b < blocks; ++b, x += in, y += out) {
    format->toSteps(x, {0}, steps.data(), 1);
    addParticles(step, steps.data(), totals.data());
    for (int64_t k = 0; k < out; ++k)
      y[k] = float(totals[size_t(k)]) * sums->scaleOf(size_t(k / kLanes));
  }
}

void applyMoves(const Step &step, const std::vector<const float *> &values,
                const std::vector<int64_t> &rows, float *y, int64_t blocks) {
  for (int64_t b = 0; b < blocks; ++b)
    for (auto [input, feature] : step.sources) {
      const float *x = values[input] + (b * rows[input] + feature) * kLanes;
      y = std::copy(x, x + kLanes, y);
    }
}

} // namespace mase
