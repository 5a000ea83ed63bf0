// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whole hidden units taken out of a network, judged on its float parameters.
//
// A unit is a result of a Linear that goes through functions of single features
// to one other Linear and nowhere else. It is removed with its row, and its
// column W_i of the reading Linear; the columns that stay take over what they
// can by least squares, W <- W - W_i (H^-1)_i / (H^-1)_ii, H the covariance of
// the reader's inputs (Hassibi and Stork, "Second order derivatives for network
// pruning: optimal brain surgeon", 1993, for whole columns), and its bias the
// mean. Removed first is what moves the network's answers least for each
// multiplication that it saves.
#ifndef MASE_CALIBRATE_REMOVEUNITS_H
#define MASE_CALIBRATE_REMOVEUNITS_H

#include "mase/Calibrate/Calibrate.h"

namespace mase {

struct RemoveUnitsOptions {
  /// What may be lost: the mean Kullback-Leibler divergence of the network's
  /// answers from those that it gave before, nats, or their squared error; >=
  /// 0.
  double maxDivergence = 0.006;
  Distance distance = Distance::Divergence;
  /// Formats of the steps, which leave slices of removed units out, and say
  /// nothing otherwise; empty: none.
  std::vector<LayerPrecision> precisions;
  /// Steps whose results keep all features; empty: none.
  std::vector<bool> keeps;
  /// Which build of the kernels runs (same bits); absent: the best one.
  std::optional<InstructionSet> instructionSet;
};

struct RemovedUnits {
  Network network; ///< without the units
  /// Those given, slices of the units that are gone left out.
  std::vector<LayerPrecision> precisions;
  /// For each step the features of its results that stay, ascending; empty
  /// where all do.
  std::vector<std::vector<int64_t>> kept;
  int64_t units = 0, removed = 0;        ///< that could be, and were, removed
  int64_t macsBefore = 0, macsAfter = 0; ///< of the Linears, a sample
  double divergence = 0;                 ///< nats, on the samples
  std::vector<std::string> warnings;     ///< samples left out
};

/// Removes units of `network` on the samples x [samples, inFeatures], as long
/// as the divergence allows. Samples with a value that is not finite are left
/// out. Of two units that cost the same the first of the first layer goes.
///
/// Errors: sizes that disagree, no finite sample, a negative maxDivergence.
absl::StatusOr<RemovedUnits>
removeUnits(const Network &network, absl::Span<const float> x,
            const RemoveUnitsOptions &options = {});

} // namespace mase

#endif // MASE_CALIBRATE_REMOVEUNITS_H
