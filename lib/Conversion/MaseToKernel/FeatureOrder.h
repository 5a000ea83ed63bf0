// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Puts hidden features of a kernel in order (mase/Numerics/WordOrder.h).
#ifndef MASE_LIB_CONVERSION_MASETOKERNEL_FEATUREORDER_H
#define MASE_LIB_CONVERSION_MASETOKERNEL_FEATUREORDER_H

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

namespace mase::kernel {

/// Whether `producer` computes its results one by one, each from its own row of
/// a head's weights and elements of tables.
bool hasFreeOrder(StageOp producer);

/// Puts the results of `producer` in an order, `order[k]` the element that
/// becomes element k, and what `reader`, the only one of them, expects.
void orderFeatures(StageOp producer, DotOp reader,
                   llvm::ArrayRef<int64_t> order);

} // namespace mase::kernel

#endif // MASE_LIB_CONVERSION_MASETOKERNEL_FEATUREORDER_H
