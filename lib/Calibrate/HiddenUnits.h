// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which results of a network's Linears are units that can go, and the network
// without some of them.
#ifndef MASE_LIB_CALIBRATE_HIDDENUNITS_H
#define MASE_LIB_CALIBRATE_HIDDENUNITS_H

#include "mase/Calibrate/RemoveUnits.h"

namespace mase {

/// A Linear whose results, the units, go through functions of single features
/// to one other Linear and nowhere else.
struct HiddenLayer {
  size_t producer = 0; ///< step of the Linear
  size_t reader = 0;   ///< of the one that reads its units
  std::vector<size_t> between;
};

/// Those of a network, in its order, but for steps that `keeps` names; it may
/// be empty.
std::vector<HiddenLayer> hiddenLayersOf(const Network &network,
                                        const std::vector<bool> &keeps);

/// Multiply-accumulates of the Linears, a sample.
int64_t macsOf(const Network &network);

/// Leaves those units of `layer` that `kept` names, ascending, in the network
/// of `units`, in its precisions where there are any, and in its lists of what
/// was kept.
void keepUnits(RemovedUnits &units, const HiddenLayer &layer,
               const std::vector<int64_t> &kept);

/// The network as it is, and as unit after unit goes until there is one a
/// layer or the divergence is beyond that of `options`, each time of at most
/// `share` of the multiplications before. Samples are finite, and everything
/// was checked.
std::vector<RemovedUnits> removalPath(const Network &network,
                                      absl::Span<const float> samples,
                                      const RemoveUnitsOptions &options,
                                      double share);

} // namespace mase

#endif // MASE_LIB_CALIBRATE_HIDDENUNITS_H
