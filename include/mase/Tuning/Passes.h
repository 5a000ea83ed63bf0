// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-search: the search library on networks.
#ifndef MASE_TUNING_PASSES_H
#define MASE_TUNING_PASSES_H

#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mase {

#define GEN_PASS_DECL
#include "mase/Tuning/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mase/Tuning/Passes.h.inc"

} // namespace mase

#endif // MASE_TUNING_PASSES_H
