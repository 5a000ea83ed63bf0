// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Accuracy, loss and AUC of what a classifier gives (shared by the evaluator
// and mase-run).
#ifndef MASE_METRICS_METRICS_H
#define MASE_METRICS_METRICS_H

#include "mase/Metrics/OutputKind.h"

#include "absl/types/span.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace mase {

/// What a network gives for a sample: values of a kind, one a class. A single
/// value makes a binary classifier: it is class 1's, and metrics are those of
/// two classes, whose first has the logit 0, the probability 1 - p or the
/// log-probability log(1 - exp(l)). So the answer is class 1 where the logit is
/// > 0 or the probability > 1/2.
struct ClassifierOutput {
  // NOLINTNEXTLINE(google-explicit-constructor): so many logits
  ClassifierOutput(int64_t size = 0, OutputKind kind = OutputKind::Logits)
      : size(size), kind(kind) {}

  int64_t size;
  OutputKind kind;

  bool isBinary() const { return size == 1; }
  int64_t classes() const { return isBinary() ? 2 : size; }
  /// What the loss is, for people: "cross-entropy of logits", "binary
  /// cross-entropy of one probability".
  const char *lossName() const;
};

struct Metrics {
  /// Macro average: mean recall over the classes; a class with no true,
  /// false-positive or false-negative sample is left out (torchmetrics'
  /// MulticlassAccuracy). The recalls are added as fractions over a common
  /// denominator, exactly, and divided once: equal means are equal numbers,
  /// whichever classes they come from.
  double accuracy = 0;
  /// Share of samples whose first largest value is the label's.
  double accuracyMicro = 0;
  /// Standard errors of the two, estimated from the same samples: what other
  /// samples of the same distribution would change. Micro: the binomial's,
  /// sqrt(a (1 - a) / n). Macro: sqrt(sum_c r_c (1 - r_c) / n_c) / C, where
  /// class c has n_c samples and recall r_c, and C classes are seen.
  double accuracyError = 0;
  double accuracyMicroError = 0;
  /// Mean cross-entropy, natural logarithm.
  double loss = 0;
  /// Of binary classifiers, the area under the ROC curve: the share of pairs
  /// of a sample of class 1 and one of class 0 in which the first has the
  /// larger value, ties counting half. Exact but for the last division. None
  /// where one class has no sample, or a value is NaN.
  std::optional<double> auc = std::nullopt;
  /// Its standard error after Hanley and McNeil (1982, doi
  /// 10.1148/radiology.143.1.7063747): sqrt((a (1 - a) + (n1 - 1) (a / (2 - a)
  /// - a^2) + (n0 - 1) (2 a^2 / (1 + a) - a^2)) / (n0 n1)) for n0 samples of
  /// class 0 and n1 of class 1. 0 without an AUC.
  double aucError = 0;
  /// Mean cross-entropy against given probabilities, -sum_c p_c log q_c; none
  /// where none are given.
  std::optional<double> crossEntropy = std::nullopt;
  bool operator==(const Metrics &) const = default;
};

/// Metrics of `values` in class-major layout: value c of sample i is at
/// values[c * stride + i]. `labels[i]` is in [0, output.classes()).
///
/// The loss of a sample, in binary32 with exp (expTermF32 for logits) and log
/// of Numerics:
///  * logits: (max - logit_label) + log(1 + sum_c exp(d_c)). The sum is over
///    all logits but the largest, in the order in which they are known not to
///    be it: for c = 1, 2, ... the smaller of logit_c and the largest before
///    it. d_c = that - max, and -87 where it is less: such a term vanishes
///    beside 1. NaN or +infinity among a sample's logits make the loss NaN.
///  * probabilities: -log(p_label), and 100 where that is more, so that a
///    probability that has rounded to 0 costs much and not everything (as
///    torch's BCELoss has it).
///  * log-probabilities: -l_label.
/// The first largest value is found with `>`, so a NaN counts only where it
/// stands first.
///
/// Over samples the loss is summed in binary64 in 16 interleaved partial sums
/// (sample i goes to sum i % 16, in order of i), which are then added in order
/// of index: the same bits on every instruction set. Of logits, the (up to)
/// four samples of a sum among 64 n .. 64 n + 63 are added in binary32, in
/// order, first their (max - logit_label), and then the logarithm of the
/// product of their 1 + sum_c exp(d_c). No samples: all zero.
Metrics computeMetrics(const float *values, int64_t stride, int64_t samples,
                       ClassifierOutput output, const int32_t *labels);

/// The same for values in row-major layout [samples, output.size].
///
/// `target` is empty or has probabilities [samples, output.classes()]. The
/// cross-entropy of a sample is, in binary32, the sum of target * (loss that it
/// would have with that label) over the classes with a target above 0, by fma
/// in order of index; over samples as the loss.
Metrics computeMetricsRowMajor(absl::Span<const float> values,
                               ClassifierOutput output,
                               absl::Span<const int32_t> labels,
                               absl::Span<const float> target = {});

/// The probabilities of classes that `values` [samples, output.size] mean,
/// [samples, output.classes()]: their softmax where they are logits, which for
/// a single one is (1 - p, p) with p its sigmoid.
std::vector<float> probabilitiesOf(absl::Span<const float> values,
                                   ClassifierOutput output);

} // namespace mase

#endif // MASE_METRICS_METRICS_H
