// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is left to do with the sums of MetricsKernels.h. Private to Data,
// Evaluate and Calibrate.
#ifndef MASE_LIB_METRICS_LABELSTATISTICS_H
#define MASE_LIB_METRICS_LABELSTATISTICS_H

#include "Auc.h"
#include "MetricsKernels.h"
#include "RecallMean.h"

#include <optional>
#include <vector>

namespace mase {

/// What stays the same from one call to the next for a set of labels.
class LabelStatistics {
public:
  /// `labels`: [samples], each in [0, classes).
  LabelStatistics(const int32_t *labels, int64_t samples, int64_t classes);

  int64_t samples() const { return numSamples; }
  int64_t classes() const { return numClasses; }
  int64_t blocks() const { return (numSamples + 63) / 64; }
  /// Labels with -1 after the last, for the blocks from `block` on.
  const int32_t *padded(int64_t block) const {
    return labels.data() + block * kMetricsLanes;
  }
  /// Some class has no sample: whether it is ever predicted matters then.
  bool hasEmptyClass() const { return emptyClass; }
  /// The samples of each class, for the blocks from `block` on: [classes], a
  /// bit for each lane, a block.
  const uint64_t *members(int64_t block) const {
    return memberBits.data() + block * numClasses;
  }
  /// Sets predicted[c] where class c is the prediction of a sample; `correct`
  /// is what the kernels made of `values`.
  void markPredicted(const OutputBlocks &values, const uint64_t *correct,
                     uint8_t *predicted) const;
  /// Adds to counts[classes] the samples from block `block` on, as if all of
  /// them were right.
  void countRest(int64_t block, uint32_t *counts) const;
  /// Sets the area under the ROC curve, and its error, that a binary classifier
  /// reaches with `values` for the first `samples` samples if it ranks the
  /// others perfectly.
  void setAuc(const float *values, int64_t samples, PairCounter &counter,
              Metrics &metrics) const;
  /// `predicted` may be null unless hasEmptyClass(). Grows with the counts, and
  /// the loss with the sums, also when rounded.
  Metrics finish(const double *sums, const uint32_t *counts,
                 const uint8_t *predicted) const;
  /// The mean over the samples of a kernel's kLossSums sums; NaN stays.
  double mean(const double *sums) const;

private:
  int64_t numSamples, numClasses;
  bool emptyClass = false;
  std::vector<int32_t> labels;
  std::vector<uint64_t> memberBits; ///< [blocks, classes], a bit for each lane
  std::vector<int64_t> sizes;       ///< samples per class
  std::vector<double> inverseCubes; ///< 1 / size^3; 0 for size 0
  std::optional<RecallMean> recallMean; ///< none without samples
};

/// Rows `block` * 64 and on, `lanes` of them, of a row-major matrix as a block:
/// column c of lane l is at data[c * 64 + l].
void toBlock(absl::Span<const float> rows, int64_t columns, int64_t block,
             int64_t lanes, float *data);

} // namespace mase

#endif // MASE_LIB_METRICS_LABELSTATISTICS_H
