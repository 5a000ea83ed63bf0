// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One way down in effective bit operations: lambda rises, sweep by sweep.
#ifndef MASE_LIB_CALIBRATE_SHRINKPATH_H
#define MASE_LIB_CALIBRATE_SHRINKPATH_H

#include "PassedStops.h"
#include "Shrinking.h"

namespace mase {

/// As many of the samples x [n, features] as the effort looks at.
absl::Span<const float> lookedAt(absl::Span<const float> x,
                                 const Network &network,
                                 ShrinkOptions::Effort effort);

class ShrinkPath {
public:
  /// All Linears of `network` are followed as integers; `reference` holds the
  /// samples and what the answers should be.
  ShrinkPath(BlockNetwork network, absl::Span<const LayerPrecision> precisions,
             const Calibrator &reference, const ShrinkOptions &options);

  /// To each of `stops`, which fall.
  PassedStops walk(absl::Span<const int64_t> stops, uint64_t seed);

private:
  /// The network as it is now.
  ShrunkNetwork result(int64_t budget) const;

  const Calibrator &reference;
  const ShrinkOptions &options;
  BlockNetwork blocks;
  Shrinking shrinking;
};

} // namespace mase

#endif // MASE_LIB_CALIBRATE_SHRINKPATH_H
