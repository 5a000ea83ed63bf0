// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The level that a module is at, by name.
#ifndef MASE_DIALECT_MASE_IR_MODULELEVEL_H
#define MASE_DIALECT_MASE_IR_MODULELEVEL_H

#include "mlir/IR/BuiltinOps.h"

namespace mase {

/// What has become of a module's network. Where a module has ops of several
/// levels, the last of them here counts: a function on buffers beside a network
/// makes it no other level.
enum class ModuleLevel {
  Empty,
  Linalg,
  Buffers,
  Llvm,
  Network,
  Integer,
  Kernel
};

/// Looks at the dialects of all ops of the module.
ModuleLevel getModuleLevel(mlir::ModuleOp module);

/// For messages: "the network level", …, "no layer at all".
llvm::StringRef nameOf(ModuleLevel level);

/// Whether `op` says something about a network and is no part of it: a choice
/// for --mase-quantize, a profile for reports, what calibration did. Lowering
/// leaves it out.
bool isAnnotation(mlir::Operation *op);

} // namespace mase

#endif // MASE_DIALECT_MASE_IR_MODULELEVEL_H
