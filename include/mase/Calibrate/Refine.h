// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Coordinate descent over the codes of a whole network.
#ifndef MASE_CALIBRATE_REFINE_H
#define MASE_CALIBRATE_REFINE_H

#include "mase/Evaluate/Network.h"
#include "mase/Numerics/InstructionSet.h"

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include <optional>
#include <string>
#include <vector>

namespace mase {

struct RefineOptions {
  /// How often weights and biases are tried. A pass in which all were and none
  /// moved is the last.
  int passes = 4;
  /// Which build of the kernels runs (same bits); absent: the best one.
  std::optional<InstructionSet> instructionSet;
};

struct Refinement {
  Network network; ///< on the same grids
  int64_t movedWeights = 0, movedBiases = 0;
  int passes = 0; ///< made
  /// Mean cross-entropy against the float network's probabilities.
  double lossBefore = 0, lossAfter = 0;
};

/// Moves the weights' codes of `rounded` by one, and biases by a half and an
/// eighth of a weight's step, one at a time, the last layer's first; what
/// brings the answers nearer to those of `network` on the samples x [samples,
/// inFeatures] stays. `rounded` is `network` with other parameters (as
/// `calibrate` leaves it), computed under `precisions`, whose formats stay.
///
/// A change is followed through the integers of those samples alone that it
/// changes; layers of particles, and those without integer sums that binary32
/// holds, are computed anew, which takes longer. A trial ends where it has made
/// things worse by more than 2.5 standard errors on the first 512 samples, 2 on
/// 1,024, 1.5 on 2,048, one on 4,096 and more; by more than 5, and it is left
/// out of the next pass. Samples with a value that is not finite are left out.
///
/// Errors: as Evaluator::create, no finite sample, no layer whose weights have
/// integer codes ("a float network").
absl::StatusOr<Refinement> refine(const Network &network,
                                  const Network &rounded,
                                  absl::Span<const LayerPrecision> precisions,
                                  absl::Span<const float> x,
                                  const RefineOptions &options = {});

} // namespace mase

#endif // MASE_CALIBRATE_REFINE_H
