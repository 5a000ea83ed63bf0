// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Conversions out of the mase dialect, and the pipelines made of them.
#ifndef MASE_CONVERSION_PASSES_H
#define MASE_CONVERSION_PASSES_H

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"

#include <memory>

namespace mase {

#define GEN_PASS_DECL
#include "mase/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mase/Conversion/Passes.h.inc"

} // namespace mase

#endif // MASE_CONVERSION_PASSES_H
