// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Costs below the network level, and what they share with those above.
#ifndef MASE_LIB_ANALYSIS_LOWEREDCOST_H
#define MASE_LIB_ANALYSIS_LOWEREDCOST_H

#include "mase/Analysis/Cost.h"
#include "mase/Numerics/Slices.h"

#include <optional>

namespace mase {

constexpr int64_t kFloatBits = 32;

/// Bits of element `index` of a tensor of `shape` in `format`; null: binary32.
/// Formats that are no integers say what an element takes.
int64_t operandBits(NumberFormatAttrInterface format, int64_t index,
                    llvm::ArrayRef<int64_t> shape);

/// What the bit operations of a Linear ask of its weight, for each input
/// feature: the weights' bits, and their effective ones.
struct WeightBits {
  llvm::SmallVector<int64_t> bits, effective;
  int64_t totalBits = 0, totalEffective = 0;

  /// `effectiveBits` says those of weight `k`, in the order of `shape`;
  /// `inputDim` is the dimension of the input features.
  WeightBits(NumberFormatAttrInterface format, llvm::ArrayRef<int64_t> shape,
             unsigned inputDim,
             llvm::function_ref<int64_t(int64_t)> effectiveBits);

  /// Sets `bitops` and `ebops` for a sample in `data`, which is a tensor of
  /// `shape`: particles have the same weights.
  void setOperations(Cost &cost, NumberFormatAttrInterface data,
                     llvm::ArrayRef<int64_t> shape) const;
};

/// The effective bits of a number in `format`, element `index` of a tensor: of
/// the steps that an integer format makes of it; 32 (or what the format takes)
/// of other numbers but 0.
int64_t effectiveBits(float value, NumberFormatAttrInterface format,
                      int64_t index, llvm::ArrayRef<int64_t> shape);

} // namespace mase

#endif // MASE_LIB_ANALYSIS_LOWEREDCOST_H
