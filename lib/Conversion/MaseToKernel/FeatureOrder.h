// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The order of hidden features in the words of a kernel.
#ifndef MASE_LIB_CONVERSION_MASETOKERNEL_FEATUREORDER_H
#define MASE_LIB_CONVERSION_MASETOKERNEL_FEATUREORDER_H

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

namespace mase::kernel {

/// Codes in a word.
constexpr int64_t kCodesOfWord = 4;

/// Words of four weights, of [out][in], that are not all zero.
int64_t countNonZeroWords(llvm::ArrayRef<int64_t> weights, size_t in);

/// No order has fewer of them.
int64_t leastNonZeroWords(llvm::ArrayRef<int64_t> weights, size_t in);

/// The order of the features of `weights`, [out][in], in which few words of
/// four are not all zero: features that the same outputs read stand together,
/// and of a word 0 and 2, and 1 and 3, which some processors multiply together.
/// From greedy groups exchanges as long as one helps; the same for the same
/// weights.
llvm::SmallVector<int64_t> orderOfFeatures(llvm::ArrayRef<int64_t> weights,
                                           size_t in);

/// Whether `producer` computes its results one by one, each from its own row of
/// a head's weights and elements of tables.
bool hasFreeOrder(StageOp producer);

/// Puts the results of `producer` in an order, `order[k]` the element that
/// becomes element k, and what `reader`, the only one of them, expects.
void orderFeatures(StageOp producer, DotOp reader,
                   llvm::ArrayRef<int64_t> order);

} // namespace mase::kernel

#endif // MASE_LIB_CONVERSION_MASETOKERNEL_FEATUREORDER_H
