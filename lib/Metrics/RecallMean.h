// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The mean of recalls, such that equal means are equal numbers. Private to
// Data.
#ifndef MASE_LIB_METRICS_RECALLMEAN_H
#define MASE_LIB_METRICS_RECALLMEAN_H

#include "llvm/ADT/APInt.h"
#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace mase {

/// sum_c counts[c] / sizes[c] over the classes that have samples, divided by
/// the number of classes that were seen, rounded to binary64 once. Added one by
/// one, recalls whose exact sums agree may differ in the last bit, and then the
/// better half of two equal trials dominates the other. Here the sum is one
/// integer over the sizes' common denominator D.
class RecallMean {
public:
  /// `sizes`: the samples of each class; not all 0.
  explicit RecallMean(llvm::ArrayRef<int64_t> sizes);

  /// `counts`: right samples a class. `seen`: between the number of classes
  /// that have samples and that of all. Grows with every count.
  double operator()(const uint32_t *counts, int64_t seen) const;

private:
  struct Class {
    size_t index;
    llvm::APInt weight; ///< D / size
  };
  std::vector<Class> classes; ///< those that have samples
  llvm::APInt common;         ///< D
  /// Whether D times the number of classes is below 2^53, so that all of it is
  /// exact in binary64: a search asks millions of times.
  bool isSmall = false;
  std::vector<double> smallWeights; ///< of `classes`
  double smallCommon = 0;
};

} // namespace mase

#endif // MASE_LIB_METRICS_RECALLMEAN_H
