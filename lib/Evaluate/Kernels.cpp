// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The evaluator's loops over samples. Compiled once per instruction set
// (MASE_KERNELS names it): everything here has internal linkage or is always
// inlined, so that no build leaks into another. The sums, where nearly all
// multiplications are, are in LinearKernels.h, what follows them in
// ChainKernels.h; but for the sums, all are plain loops over lanes, which the
// compiler vectorises.
#include "Kernels.h"
#include "ChainKernels.h"
#include "LinearKernels.h"

#include "mase/Numerics/Elementary.h"

namespace mase {
namespace {

void finish64(const double *x, const double *bias, float *y, int64_t rows,
              int64_t blocks) {
  for (int64_t b = 0; b < blocks; ++b)
    for (int64_t r = 0; r < rows; ++r, x += kLanes, y += kLanes) {
      // Adding -0 changes nothing.
      double shift = bias ? bias[r] : -0.0;
      for (int l = 0; l < kLanes; ++l)
        y[l] = float(x[l] + shift);
    }
}

void round64(const float *x, const FixedPointFormat &format, double *y,
             int64_t rows, int64_t blocks) {
  double scale = double(exp2i(format.fracWidth));
  double back = double(exp2i(-format.fracWidth));
  double lo = double(format.minCode()), hi = double(format.maxCode());
  Rounding rounding = format.rounding;
  for (int64_t i = 0; i < rows * blocks * kLanes; ++i)
    y[i] = quantizeToCode(x[i], scale, lo, hi, rounding) * back;
}

/// op(x, y) or op(y, x), lane by lane.
template <typename Op>
MASE_ALWAYS_INLINE void combine(float *__restrict x, const float *__restrict y,
                                bool otherIsLhs, Op op) {
  if (otherIsLhs)
    for (int l = 0; l < kLanes; ++l)
      x[l] = op(y[l], x[l]);
  else
    for (int l = 0; l < kLanes; ++l)
      x[l] = op(x[l], y[l]);
}

void applyRounding(float *x, const RowOp &op) {
  if (op.kind == RowOp::Kind::Round)
    return roundRow(x, x, op.rounder, false);
  FixedPointFormat format = op.format;
  for (int l = 0; l < kLanes; ++l)
    x[l] = quantize(x[l], format);
}

void applyBinary(float *x, const RowOp &op, int64_t r, const float *other) {
  alignas(64) float y[kLanes];
  for (int l = 0; l < kLanes; ++l)
    y[l] = op.other ? other[l] : op.a[r];
  if (op.otherRounding)
    applyRounding(y, *op.otherRounding);
  if (op.kind == RowOp::Kind::Add)
    combine(x, y, op.otherIsLhs, [](float a, float b) { return a + b; });
  else if (op.kind == RowOp::Kind::Sub)
    combine(x, y, op.otherIsLhs, [](float a, float b) { return a - b; });
  else if (op.kind == RowOp::Kind::Mul)
    combine(x, y, op.otherIsLhs, [](float a, float b) { return a * b; });
  else
    combine(x, y, op.otherIsLhs, [](float a, float b) { return a / b; });
}

void rowOps(const float *x, const RowOp *ops, int numOps, float *y,
            int64_t rows, int64_t blocks) {
  alignas(64) float v[kLanes];
  for (int64_t b = 0; b < blocks; ++b)
    for (int64_t r = 0; r < rows; ++r) {
      int64_t at = (b * rows + r) * kLanes;
      memcpy(v, x + at, sizeof v);
      for (const RowOp *op = ops; op != ops + numOps; ++op)
        switch (op->kind) {
        case RowOp::Kind::AddRow:
          for (int l = 0; l < kLanes; ++l)
            v[l] = v[l] + op->a[r];
          break;
        case RowOp::Kind::Affine:
          for (int l = 0; l < kLanes; ++l)
            v[l] = fmaF32(v[l], op->a[r], op->b[r]);
          break;
        case RowOp::Kind::Relu:
          for (int l = 0; l < kLanes; ++l)
            v[l] = v[l] > 0.0f ? v[l] : 0.0f;
          break;
        case RowOp::Kind::LeakyRelu:
          for (int l = 0; l < kLanes; ++l)
            v[l] = v[l] > 0.0f ? v[l] : op->alpha * v[l];
          break;
        case RowOp::Kind::Clip:
          for (int l = 0; l < kLanes; ++l) {
            float x = v[l] > op->beta ? op->beta : v[l];
            v[l] = x < op->alpha ? op->alpha : x;
          }
          break;
        case RowOp::Kind::Tanh:
          for (int l = 0; l < kLanes; ++l)
            v[l] = tanhF32(v[l]);
          break;
        case RowOp::Kind::Sigmoid:
          for (int l = 0; l < kLanes; ++l)
            v[l] = sigmoidF32(v[l]);
          break;
        case RowOp::Kind::Round:
        case RowOp::Kind::RoundWide:
          applyRounding(v, *op);
          break;
        default:
          applyBinary(v, *op, r, op->other ? op->other + at : nullptr);
        }
      memcpy(y + at, v, sizeof v);
    }
}

/// Softmax, or its logarithm. x and y may be the same.
template <bool Log>
void softmax(const float *x, float *y, int64_t rows, int64_t blocks) {
  alignas(64) float max[kLanes], sum[kLanes];
  for (int64_t b = 0; b < blocks; ++b) {
    const float *in = x + b * rows * kLanes;
    float *out = y + b * rows * kLanes;
    for (int l = 0; l < kLanes; ++l) {
      max[l] = in[l];
      sum[l] = 0.0f;
    }
    for (int64_t r = 1; r < rows; ++r)
      for (int l = 0; l < kLanes; ++l)
        max[l] = in[r * kLanes + l] > max[l] ? in[r * kLanes + l] : max[l];
    for (int64_t r = 0; r < rows; ++r)
      for (int l = 0; l < kLanes; ++l) {
        float difference = in[r * kLanes + l] - max[l];
        float e = expF32(difference);
        out[r * kLanes + l] = Log ? difference : e;
        sum[l] = sum[l] + e;
      }
    if constexpr (Log)
      for (int l = 0; l < kLanes; ++l)
        sum[l] = logF32(sum[l]);
    for (int64_t r = 0; r < rows; ++r)
      for (int l = 0; l < kLanes; ++l) {
        float value = out[r * kLanes + l];
        value = Log ? value - sum[l] : value / sum[l];
        out[r * kLanes + l] = value == value ? value : canonicalNaN();
      }
  }
}

} // namespace

namespace MASE_KERNELS {
extern const Kernels kernels;
const Kernels kernels = {linearExact,   linearFma,        linearExact64,
                         finish64,      linearInteger,    round64,
                         chain,         rowOps,           softmax<false>,
                         softmax<true>, linearBytesOrNull};
} // namespace MASE_KERNELS
} // namespace mase
