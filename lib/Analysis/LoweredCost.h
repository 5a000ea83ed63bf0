// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Costs below the network level.
#ifndef MASE_LIB_ANALYSIS_LOWEREDCOST_H
#define MASE_LIB_ANALYSIS_LOWEREDCOST_H

#include "mase/Analysis/Cost.h"

#include <optional>

namespace mase {

/// The cost of an op of the integer level or of a kernel that has parameters;
/// none for any other.
std::optional<LayerCost> getLoweredCost(mlir::Operation *op);

} // namespace mase

#endif // MASE_LIB_ANALYSIS_LOWEREDCOST_H
