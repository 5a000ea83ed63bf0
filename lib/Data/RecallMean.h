// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The mean of recalls, such that equal means are equal numbers. Private to
// Data.
#ifndef MASE_LIB_DATA_RECALLMEAN_H
#define MASE_LIB_DATA_RECALLMEAN_H

#include "llvm/ADT/APInt.h"
#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace mase {

/// sum_c counts[c] / sizes[c] over the classes that have samples, divided by
/// the number of classes that were seen. Added in binary64 one by one, recalls
/// whose exact sums agree may differ in the last bit, and then the better half
/// of two equal trials dominates the other. Here the sum is one integer over a
/// common denominator D that depends on the sizes alone: equal sums are equal
/// integers, and a single division rounds. Where both are below 2^53, so in
/// most data sets, the result is the exact mean rounded once.
class RecallMean {
public:
  /// `sizes`: the samples of each class; not all 0.
  explicit RecallMean(llvm::ArrayRef<int64_t> sizes);

  /// `counts`: right samples a class. `seen`: between the number of classes
  /// that have samples and that of all. Grows with every count.
  double operator()(const uint32_t *counts, int64_t seen) const;

private:
  unsigned bits = 1;
  std::vector<llvm::APInt> weights; ///< D / size, 0 for a class without samples
  llvm::APInt seenMultiple;         ///< of every number of seen classes
  double denominator = 1;           ///< D * seenMultiple, shifted
  unsigned shift = 0; ///< what keeps the denominator within binary64
};

} // namespace mase

#endif // MASE_LIB_DATA_RECALLMEAN_H
