// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-report and --mase-profile.
#ifndef MASE_REPORT_PASSES_H
#define MASE_REPORT_PASSES_H

#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mase {

#define GEN_PASS_DECL
#include "mase/Report/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mase/Report/Passes.h.inc"

} // namespace mase

#endif // MASE_REPORT_PASSES_H
