// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A precision assignment in, metrics out, fast. Trials of one batch share what
// they have in common: they are visited in lexicographic order of the formats
// along the network, and only what differs from the previous trial is computed
// again. Metrics depend on the trial alone, not on the batch, its order, the
// number of jobs or the instruction set.
#ifndef MASE_EVALUATE_EVALUATOR_H
#define MASE_EVALUATE_EVALUATOR_H

#include "mase/Evaluate/Network.h"
#include "mase/Metrics/Metrics.h"
#include "mase/Numerics/InstructionSet.h"

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include <memory>
#include <optional>
#include <vector>

namespace mase {

/// Which of a step's choices each step takes: one index per entry of
/// Evaluator::Options::choices, in that order.
using Assignment = std::vector<uint32_t>;

class Evaluator {
public:
  struct Options {
    /// For each step of the network, the precisions it may take; empty: the
    /// step is always computed in binary32. All empty: no step has choices.
    std::vector<std::vector<LayerPrecision>> choices = {};
    /// Which build of the kernels runs (same bits); absent: the best one.
    std::optional<InstructionSet> instructionSet = std::nullopt;
    /// Probabilities [samples, classes] that the results are compared with, too
    /// (Metrics::crossEntropy); empty: none.
    absl::Span<const float> target = {};
  };

  /// `x` is [samples, network.inFeatures], row major; `labels` [samples].
  /// Errors: no samples, sizes that disagree, a label out of range, a step that
  /// reads a later one, a format out of bounds, an accumulator of more than 64
  /// bits (names the layer and the formats).
  static absl::StatusOr<std::unique_ptr<Evaluator>>
  create(Network network, Options options, absl::Span<const float> x,
         absl::Span<const int32_t> labels);

  /// Asked after part of the samples: whether trial `trial` may be dropped, if
  /// its metrics can become no better than `best` (those that perfect answers
  /// to all remaining samples would give; exact, rounding included).
  using MayDrop = absl::FunctionRef<bool(size_t trial, const Metrics &best)>;

  /// Like `evaluate`, on a prefix of the samples that grows: a trial that may
  /// be dropped is not evaluated further, and `samples` (where given, one per
  /// trial) says how many samples each has seen.
  virtual std::vector<std::optional<Metrics>>
  evaluate(absl::Span<const Assignment> trials, MayDrop mayDrop,
           absl::Span<int64_t> samples) const = 0;

  /// Metrics of each assignment, in the order given; any subset, any order,
  /// repeats allowed. An assignment has one index per step, which must be in
  /// range (0 where the step has no choices). Thread safe: each call has a
  /// workspace of its own, and what one call leaves there may serve the next.
  virtual std::vector<Metrics>
  evaluate(absl::Span<const Assignment> trials) const = 0;

  /// The logits of one assignment, [samples, outFeatures], row major: for
  /// comparing bits with the other engines. The sign and the payload of a NaN
  /// are nobody's promise: here they are the canonical ones (Elementary.h).
  virtual std::vector<float> logits(const Assignment &trial) const = 0;

  virtual ~Evaluator();
};

} // namespace mase

#endif // MASE_EVALUATE_EVALUATOR_H
