// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes on the mase dialect.
#ifndef MASE_DIALECT_MASE_TRANSFORMS_PASSES_H
#define MASE_DIALECT_MASE_TRANSFORMS_PASSES_H

#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mase {

#define GEN_PASS_DECL
#include "mase/Dialect/Mase/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mase/Dialect/Mase/Transforms/Passes.h.inc"

} // namespace mase

#endif // MASE_DIALECT_MASE_TRANSFORMS_PASSES_H
