// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes as steps of a pipeline.
#ifndef MASE_LIB_CONVERSION_MASETOLLVM_STEPS_H
#define MASE_LIB_CONVERSION_MASETOLLVM_STEPS_H

#include "mlir/Pass/Pass.h"

#include <memory>

namespace mase {

/// --mase-fuse-elementwise, --mase-copies-to-linalg and --mase-outline-segments
/// where nobody asked for them: they do not warn of modules without anything to
/// work on.
std::unique_ptr<mlir::Pass> createFuseElementwiseStep();
std::unique_ptr<mlir::Pass> createCopiesToLinalgStep();
std::unique_ptr<mlir::Pass> createOutlineSegmentsStep();

} // namespace mase

#endif // MASE_LIB_CONVERSION_MASETOLLVM_STEPS_H
