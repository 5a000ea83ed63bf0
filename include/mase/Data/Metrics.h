// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Accuracy and loss of logits (shared by the evaluator and mase-run).
#ifndef MASE_DATA_METRICS_H
#define MASE_DATA_METRICS_H

#include "absl/types/span.h"

#include <cstdint>

namespace mase {

struct Metrics {
  /// Macro average: mean recall over the classes; a class with no true,
  /// false-positive or false-negative sample is left out (torchmetrics'
  /// MulticlassAccuracy). The recalls are added as fractions over a common
  /// denominator, exactly, and divided once: equal means are equal numbers,
  /// whichever classes they come from.
  double accuracy = 0;
  /// Share of samples whose first largest logit is the label's.
  double accuracyMicro = 0;
  /// Standard errors of the two, estimated from the same samples: what other
  /// samples of the same distribution would change. Micro: the binomial's,
  /// sqrt(a (1 - a) / n). Macro: sqrt(sum_c r_c (1 - r_c) / n_c) / C, where
  /// class c has n_c samples and recall r_c, and C classes are seen.
  double accuracyError = 0;
  double accuracyMicroError = 0;
  /// Mean cross-entropy, natural logarithm.
  double loss = 0;
  bool operator==(const Metrics &) const = default;
};

/// Metrics of `logits` in class-major layout: logit c of sample i is at
/// logits[c * stride + i]. `labels[i]` is in [0, classes). Per sample the loss
/// is (max - logit_label) + log(sum_c exp(d_c)) in binary32 (portable exp and
/// log of Numerics, classes in index order), where d_c = logit_c - max, and -87
/// where it is less: such a term vanishes beside exp(0) = 1. NaN or +infinity
/// among a sample's logits make the loss NaN. The first largest logit is found
/// with `>`, so a NaN counts only where it stands first.
/// Over samples the loss is summed in binary64 in 16 interleaved partial sums
/// (sample i goes to sum i % 16, in order of i), which are then added in order
/// of index: the same bits on every instruction set. No samples: all zero.
Metrics computeMetrics(const float *logits, int64_t stride, int64_t samples,
                       int64_t classes, const int32_t *labels);

/// The same for logits in row-major layout [samples, classes].
Metrics computeMetricsRowMajor(absl::Span<const float> logits, int64_t classes,
                               absl::Span<const int32_t> labels);

} // namespace mase

#endif // MASE_DATA_METRICS_H
