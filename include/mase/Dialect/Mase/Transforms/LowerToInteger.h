// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The lowering behind --mase-lower-to-integer, for code that is itself a pass.
#ifndef MASE_DIALECT_MASE_TRANSFORMS_LOWERTOINTEGER_H
#define MASE_DIALECT_MASE_TRANSFORMS_LOWERTOINTEGER_H

#include "mlir/Support/LLVM.h"

namespace mlir {
class Operation;
} // namespace mlir

namespace mase {

/// Lowers the layers below `root` to the integer level. Errors (parameters that
/// are not constant, formats without a lowering) are reported at the layer.
mlir::LogicalResult lowerToInteger(mlir::Operation *root,
                                   bool fuseRequantize = true);

} // namespace mase

#endif // MASE_DIALECT_MASE_TRANSFORMS_LOWERTOINTEGER_H
