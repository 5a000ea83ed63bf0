// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-report and --mase-profile.
#ifndef MASE_DIALECT_MASE_REPORTPASS_PASSES_H
#define MASE_DIALECT_MASE_REPORTPASS_PASSES_H

#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mase {

#define GEN_PASS_DECL
#include "mase/Dialect/Mase/ReportPass/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mase/Dialect/Mase/ReportPass/Passes.h.inc"

} // namespace mase

#endif // MASE_DIALECT_MASE_REPORTPASS_PASSES_H
