// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loops behind Metrics.h, in blocks of 64 samples, one build per
// instruction set (so no library's inline functions may come in here). Private
// to Data, Evaluate and Calibrate.
#ifndef MASE_LIB_METRICS_METRICSKERNELS_H
#define MASE_LIB_METRICS_METRICSKERNELS_H

#include "mase/Metrics/Metrics.h"
#include "mase/Numerics/InstructionSet.h"

#include <cstdint>
#include <utility>

namespace mase {

/// Samples in a block.
constexpr int kMetricsLanes = 64;
constexpr int kLossSums = 16;

/// What a network gives for blocks of 64 samples: value c of lane l of block b
/// is at data[b * blockStride + c * classStride + l]. The last block may hold
/// fewer samples, but all its lanes are read.
struct OutputBlocks {
  const float *data;
  int64_t blockStride;
  int64_t classStride;
  ClassifierOutput output;
  int64_t samples;
  /// [blocks * 64]: what comes after the last sample is -1.
  const int32_t *labels;
  /// What `accumulate`, and only where finishesResults, still does to make
  /// values of the data: + bias[c], fma(., scale[c], shift[c]), a ReLU; what is
  /// null is left out.
  const float *bias = nullptr, *scale = nullptr, *shift = nullptr;
  bool relu = false;
};

/// Numbers of classes whose logits `accumulate` has loops of their own for.
using UnrolledClasses = std::integer_sequence<int, 2, 3, 5, 10>;

template <int... Classes>
constexpr bool isAnyOf(int64_t number, std::integer_sequence<int, Classes...>) {
  return ((number == Classes) || ...);
}
/// Whether results of this kind may come unfinished.
inline bool finishesResults(ClassifierOutput output) {
  return output.kind == OutputKind::Logits &&
         isAnyOf(output.size, UnrolledClasses());
}

struct MetricsKernels {
  /// Adds each sample's loss to sums[sample % 16], in order of the samples, and
  /// sets bit l of correct[b] where lane l of block b is classified rightly.
  void (*accumulate)(const OutputBlocks &values, double *sums,
                     uint64_t *correct);
  /// Adds each sample's cross-entropy against the probabilities `target`,
  /// [blocks][classes][64], to sums[sample % 16] in the same way.
  void (*accumulateTarget)(const OutputBlocks &values, const float *target,
                           double *sums);
  /// Adds the number of right samples per class to counts[classes]; `members`,
  /// [blocks][classes], has a bit for each lane of the class.
  void (*countRight)(const uint64_t *correct, const uint64_t *members,
                     int64_t blocks, int64_t classes, uint32_t *counts);
};

const MetricsKernels &metricsKernels(InstructionSet set);

} // namespace mase

#endif // MASE_LIB_METRICS_METRICSKERNELS_H
