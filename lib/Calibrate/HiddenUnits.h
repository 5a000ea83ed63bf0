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

} // namespace mase

#endif // MASE_LIB_CALIBRATE_HIDDENUNITS_H
