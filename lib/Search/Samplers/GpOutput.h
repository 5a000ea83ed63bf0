// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A Gaussian process that follows a search: rows come in, some of them
// imagined.
#ifndef MASE_LIB_SEARCH_SAMPLERS_GPOUTPUT_H
#define MASE_LIB_SEARCH_SAMPLERS_GPOUTPUT_H

#include "GaussianProcess.h"

#include <cstdint>
#include <vector>

namespace mase {

/// One output of a search: its model, what the model was told, and its
/// predictions at all points of a small space.
class GpOutput {
public:
  explicit GpOutput(const GpInputs &inputs) : inputs(&inputs), model(inputs) {}

  /// The points that `update` and `imagine` keep solved.
  void keepSolved(GpCandidates candidates) { kept = std::move(candidates); }
  GpCandidates &keptSolved() { return kept; }

  /// Brings the model up to `rows` (targets x knobs), with hyper-parameters of
  /// their own if `refit`. Rows that it has are not added again.
  void update(llvm::ArrayRef<uint32_t> rows, std::vector<double> targets,
              bool refit);
  bool isEmpty() const { return targets.empty(); }

  /// Solves `candidates` and predicts their means; their standard deviations
  /// are the roots of candidates.variance.
  void predict(GpCandidates &candidates, std::vector<float> &means) const;
  /// The mean at one solved candidate.
  double meanAt(const GpCandidates &candidates, size_t at) const;
  /// Adds a row whose target is its own prediction, until the next update.
  void imagine(llvm::ArrayRef<uint32_t> row, double target);

private:
  void append(llvm::ArrayRef<uint32_t> row);

  const GpInputs *inputs;
  GaussianProcess model;
  GpCandidates kept; ///< of no candidates where none are kept
  std::vector<uint32_t> held;
  std::vector<double> targets, weights;
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_GPOUTPUT_H
