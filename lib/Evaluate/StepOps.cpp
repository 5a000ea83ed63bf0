// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What each kind of step is to the kernels.
#include "StepOps.h"

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

} // namespace mase
