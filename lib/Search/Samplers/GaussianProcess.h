// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gaussian process regression over knobs (Rasmussen & Williams 2006, ch. 2
// and 5; Matern kernels of Hamming distances as in Optuna's GPSampler).
#ifndef MASE_LIB_SEARCH_SAMPLERS_GAUSSIANPROCESS_H
#define MASE_LIB_SEARCH_SAMPLERS_GAUSSIANPROCESS_H

#include "llvm/ADT/ArrayRef.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mase {

/// What the kernel is over: the knobs with more than one choice. A row is one
/// choice per such knob.
struct GpInputs {
  std::vector<size_t> choices; ///< of each knob
  /// By knob, choices x choices: distances, 0 on the diagonal, at most 1.
  std::vector<std::vector<double>> distances;
  size_t size() const { return choices.size(); }

  /// Adds a knob; Hamming distances: any two choices are equally far apart.
  void addKnob(size_t numChoices);

  /// Knobs [begin, end) whose choices together are at most kGroupSize
  /// combinations, so that one lookup stands for several knobs.
  static constexpr size_t kGroupSize = 64;
  struct Group {
    size_t begin, end, size;
  };
  std::vector<Group> groups;
};

/// Points to predict at.
struct GpCandidates {
  GpCandidates() = default;
  /// Of rows, count x knobs.
  GpCandidates(const GpInputs &inputs, llvm::ArrayRef<uint32_t> rows);

  size_t count = 0;
  /// count x groups: the place of the choices among their combinations.
  std::vector<uint32_t> codes;
  /// The lower-triangular solves L^-1 k(X, candidate), one row of `count` per
  /// observation; grows with the observations.
  std::vector<float> solves;
  size_t numSolved = 0;
  std::vector<float> variance;
};

/// One output. The kernel is
///   sum_d w_d (1 - D_d(x, x')) + s m(sum_d l_d D_d(x, x')),
/// an additive part, which counts bits exactly, and a Matern-5/2 part
/// m(q) = (1 + t + t^2/3) exp(-t), t = sqrt(5 q), for what knobs do together.
class GaussianProcess {
public:
  explicit GaussianProcess(const GpInputs &inputs);

  /// Chooses w, l, s and the noise by ascent of the log posterior on at most
  /// kFitRows rows, spread evenly; forgets all observations.
  void fit(llvm::ArrayRef<uint32_t> rows, llvm::ArrayRef<double> targets);

  /// Adds a row: O(n^2).
  void append(llvm::ArrayRef<uint32_t> row);
  size_t size() const { return numRows; }
  void clear();

  /// The targets of all rows, as weights of the candidates' solves.
  std::vector<double> weights(llvm::ArrayRef<double> targets) const;

  /// Brings `candidates` up to the rows: O(count n) for each row that is new.
  void solve(GpCandidates &candidates) const;
  /// The means at solved candidates.
  void mean(const GpCandidates &candidates, llvm::ArrayRef<double> weights,
            std::vector<float> &result) const;

private:
  static constexpr size_t kFitRows = 100;
  double kernel(const uint32_t *a, const uint32_t *b) const;
  void unpack();
  double posterior(llvm::ArrayRef<const uint32_t *> rows,
                   llvm::ArrayRef<double> targets,
                   std::vector<double> &gradient) const;

  const GpInputs &inputs;
  /// Logarithms of w_d, l_d, s, noise.
  std::vector<double> logs;
  bool fitted = false;
  std::vector<double> additive, inverseScale; ///< w, l
  double scale = 1, noise = 1e-3, self = 1;
  size_t numRows = 0;
  std::vector<uint32_t> observed;         ///< numRows x knobs
  std::vector<std::vector<double>> lower; ///< Cholesky factor by rows
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_GAUSSIANPROCESS_H
