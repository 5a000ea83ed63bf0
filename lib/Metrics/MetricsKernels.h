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
};

struct MetricsKernels {
  /// Adds each sample's loss to sums[sample % 16], in order of the samples, and
  /// sets bit l of correct[b] where lane l of block b is classified rightly.
  void (*accumulate)(const OutputBlocks &values, double *sums,
                     uint64_t *correct);
};

const MetricsKernels &metricsKernels(InstructionSet set);

} // namespace mase

#endif // MASE_LIB_METRICS_METRICSKERNELS_H
