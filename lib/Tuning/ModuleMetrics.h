// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Metrics of a module as it stands, whatever its level. For trials whose IR is
// not known before they are made.
#ifndef MASE_LIB_TUNING_MODULEMETRICS_H
#define MASE_LIB_TUNING_MODULEMETRICS_H

#include "mase/Analysis/Cost.h"
#include "mase/Analysis/LaneCost.h"
#include "mase/Metrics/Metrics.h"

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "mlir/IR/BuiltinOps.h"

namespace mase {

/// Accuracy and loss on `x` [labels.size(), features], and the cross-entropy
/// against `target` where that is given: by the evaluator at the
/// network level (unless `interpret`), elsewhere by the first engine that runs
/// the module's level. All compute the same bits. Errors: a module without a
/// network, or what the engine says.
absl::StatusOr<Metrics> measureAccuracy(mlir::ModuleOp module,
                                        absl::Span<const float> x,
                                        absl::Span<const int32_t> labels,
                                        absl::Span<const float> target,
                                        bool interpret = false);

/// The totals of the module's network, as --mase-report counts them; an error
/// where it has nothing to count.
absl::StatusOr<NetworkCost> measureCost(mlir::ModuleOp module);

/// Bytes of what mase-translate --mase-to-cuda prints for the module.
absl::StatusOr<size_t> measureCudaBytes(mlir::ModuleOp module);

/// What the module's kernel for CPUs costs; networks are lowered to it.
absl::StatusOr<LaneCost> measureLanes(mlir::ModuleOp module);

} // namespace mase

#endif // MASE_LIB_TUNING_MODULEMETRICS_H
