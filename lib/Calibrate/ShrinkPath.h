// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One way down in effective bit operations: lambda rises, sweep by sweep.
#ifndef MASE_LIB_CALIBRATE_SHRINKPATH_H
#define MASE_LIB_CALIBRATE_SHRINKPATH_H

#include "Shrinking.h"
#include "mase/Calibrate/Shrink.h"

namespace mase {

/// What a way down came by.
struct PassedStops {
  /// Of each stop, as far as it got.
  std::vector<ShrunkNetwork> networks;
  int64_t least = 0; ///< what the network cost where it ended
  /// Interrupted before the last stop: the network as it was then, for that
  /// budget.
  std::optional<ShrunkNetwork> partial;
};

class ShrinkPath {
public:
  /// All Linears of `network` are followed as integers; `reference` holds the
  /// samples and what the answers should be.
  ShrinkPath(BlockNetwork network, absl::Span<const LayerPrecision> precisions,
             const Calibrator &reference, const ShrinkOptions &options);

  /// Leaves as many samples [n, features] as the effort looks at.
  static void truncate(std::vector<float> &x, const Network &network,
                       ShrinkOptions::Effort effort);
  int64_t cost() const { return shrinking.cost(); }
  /// From the float network's answers.
  double distance() const;
  /// The network as it is now.
  ShrunkNetwork result(int64_t budget) const;
  /// To each of `stops`, which fall.
  PassedStops walk(absl::Span<const int64_t> stops, uint64_t seed);

private:
  bool isInterrupted() const {
    return options.interrupt && options.interrupt->load();
  }

  const Calibrator &reference;
  const ShrinkOptions &options;
  BlockNetwork blocks;
  Shrinking shrinking;
};

} // namespace mase

#endif // MASE_LIB_CALIBRATE_SHRINKPATH_H
