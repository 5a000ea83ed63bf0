// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The area under the ROC curve, exactly. Private to Data and Evaluate.
#ifndef MASE_LIB_METRICS_AUC_H
#define MASE_LIB_METRICS_AUC_H

#include <cstdint>
#include <optional>
#include <vector>

namespace mase {

/// Counts pairs of a sample of class 1 and one of class 0: the area under the
/// ROC curve is the share of pairs in which the first has the larger value,
/// ties counting half (Mann and Whitney 1947, doi 10.1214/aoms/1177730491).
/// Keeps its memory from call to call.
class PairCounter {
public:
  /// Twice the number of pairs that are in order, plus the number of ties,
  /// among `n` samples; none where a value is NaN. +0 and -0 are equal.
  /// `labels` are 0 or 1; n < 2^31.
  std::optional<uint64_t> operator()(const float *values, const int32_t *labels,
                                     int64_t n);

private:
  std::vector<uint64_t> keys, sorted;
};

} // namespace mase

#endif // MASE_LIB_METRICS_AUC_H
