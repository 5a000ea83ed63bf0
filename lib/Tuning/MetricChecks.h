// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The metrics that a configuration names, and what it may mean otherwise than
// it says.
#ifndef MASE_LIB_TUNING_METRICCHECKS_H
#define MASE_LIB_TUNING_METRICCHECKS_H

#include "SearchSetup.h"

namespace mase {

/// Of samples of one class there is no auc, and every trial would fail.
absl::Status checkClasses(const SearchSetup &setup);

/// Errors, with the place in the configuration: a metric that is wanted or
/// bounded, and that the problem's evaluator doesn't measure.
absl::Status checkMetrics(const SearchSetup &setup);

/// What is read as MASE reads it, and may be meant otherwise: a direction is
/// that of scale x metric, and the sum's is of the sum alone.
void warnOfDirections(const StrategyConfig &strategy,
                      mlir::MLIRContext *context);

} // namespace mase

#endif // MASE_LIB_TUNING_METRICCHECKS_H
