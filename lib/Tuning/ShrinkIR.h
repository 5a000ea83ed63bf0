// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What mase::shrink must know of a network in the IR, and the way back.
#ifndef MASE_LIB_TUNING_SHRINKIR_H
#define MASE_LIB_TUNING_SHRINKIR_H

#include "CalibratedNetwork.h"

#include "mase/Calibrate/Shrink.h"

#include <utility>

namespace mase {

/// Costs by the names that metrics have.
llvm::ArrayRef<std::pair<llvm::StringRef, ShrinkOptions::Cost>> shrinkCosts();

/// Sets what `shrink` can't see of the network: which features stay, and what
/// costs beside its steps.
void completeOptions(CalibratedNetwork &network, ShrinkOptions &options);

/// Puts a shrunk `network` into the IR, without the units that it lacks. `x`:
/// the samples of a mase.calibration that is written again then. Errors are
/// reported.
llvm::LogicalResult writeShrunk(CalibratedNetwork &network,
                                const ShrunkNetwork &shrunk,
                                llvm::ArrayRef<float> x);

} // namespace mase

#endif // MASE_LIB_TUNING_SHRINKIR_H
