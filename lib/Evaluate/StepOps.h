// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Steps as operations of the kernels.
#ifndef MASE_LIB_EVALUATE_STEPOPS_H
#define MASE_LIB_EVALUATE_STEPOPS_H

#include "Kernels.h"

#include "mase/Evaluate/Network.h"

namespace mase {

/// The operation of an element-wise step, which outlives it; `other` is for the
/// caller to set where the step reads one.
RowOp elementwiseOp(const Step &step);

/// The step's `function` of every lane's sample.
void applyFunction(const Step &step, const float *x, float *y, int64_t blocks);

} // namespace mase

#endif // MASE_LIB_EVALUATE_STEPOPS_H
