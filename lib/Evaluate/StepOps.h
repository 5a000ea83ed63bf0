// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Steps as operations of the kernels.
#ifndef MASE_LIB_EVALUATE_STEPOPS_H
#define MASE_LIB_EVALUATE_STEPOPS_H

#include "Kernels.h"

#include "mase/Evaluate/Network.h"

#include <vector>

namespace mase {

/// The operation of an element-wise step, which outlives it; `other` is for the
/// caller to set where the step reads one.
RowOp elementwiseOp(const Step &step);

/// The step's `function` of every lane's sample.
void applyFunction(const Step &step, const float *x, float *y, int64_t blocks);

/// Whether a reduce step adds codes of `format`, and rounds to them itself.
bool addsSteps(const Step &step, const ValueFormat &format);

/// Sums and means over particles of x, in blocks; `format` is that of data_in,
/// null where there is none. x is rounded to it unless addsSteps.
void applyReduce(const Step &step, const ValueFormat *format, const float *x,
                 float *y, int64_t blocks);

/// y[k] is the feature that `step` says of one of `values`, which have `rows`
/// features; all in blocks.
void applyMoves(const Step &step, const std::vector<const float *> &values,
                const std::vector<int64_t> &rows, float *y, int64_t blocks);

} // namespace mase

#endif // MASE_LIB_EVALUATE_STEPOPS_H
