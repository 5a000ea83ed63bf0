// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The lowering behind --mase-lower-to-integer, for code that is itself a pass.
#ifndef MASE_DIALECT_MASE_TRANSFORMS_LOWERTOINTEGER_H
#define MASE_DIALECT_MASE_TRANSFORMS_LOWERTOINTEGER_H

#include "mlir/Support/LLVM.h"

#include <memory>

namespace mlir {
class Operation;
class Pass;
} // namespace mlir

namespace mase {

/// Lowers the layers below `root` to the integer level. Errors (parameters that
/// are not constant, formats without a lowering) are reported at the layer.
mlir::LogicalResult lowerToInteger(mlir::Operation *root,
                                   bool fuseRequantize = true);

/// --mase-lower-to-integer as a step of a pipeline, where networks without a
/// precision and modules that have been lowered are as welcome as others: it
/// does not warn of them.
std::unique_ptr<mlir::Pass>
createLowerToIntegerStep(bool fuseRequantize = true);

} // namespace mase

#endif // MASE_DIALECT_MASE_TRANSFORMS_LOWERTOINTEGER_H
