// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef MASE_LIB_CALIBRATE_PASSEDSTOPS_H
#define MASE_LIB_CALIBRATE_PASSEDSTOPS_H

#include "mase/Calibrate/Shrink.h"

namespace mase {

/// What a way down in cost came by.
struct PassedStops {
  /// Of each stop, as far as it got.
  std::vector<ShrunkNetwork> networks;
  int64_t least = 0; ///< what the network cost where it ended
  /// Interrupted before the last stop: the network as it was then, for that
  /// budget.
  std::optional<ShrunkNetwork> partial;
};

/// Counts weights, those that are 0, bits of inputs, and units.
void count(ShrunkNetwork &shrunk);

/// Whether Linears of the network are integers that shrinking can change; the
/// first reason why not.
absl::Status checkShrinkable(const Network &network,
                             absl::Span<const LayerPrecision> precisions);

inline bool isInterrupted(const ShrinkOptions &options) {
  return options.interrupt && options.interrupt->load();
}

} // namespace mase

#endif // MASE_LIB_CALIBRATE_PASSEDSTOPS_H
