// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The mase_kernel dialect: fused kernels of quantised networks.
#ifndef MASE_DIALECT_MASEKERNEL_IR_MASEKERNEL_H
#define MASE_DIALECT_MASEKERNEL_IR_MASEKERNEL_H

#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Numerics/ShiftRounding.h"
#include "mase/Numerics/Slices.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "mase/Dialect/MaseKernel/IR/MaseKernelDialect.h.inc"

#include "mase/Dialect/MaseKernel/IR/MaseKernelEnums.h.inc"

#include "mase/Dialect/MaseKernel/IR/MaseKernelOpInterfaces.h.inc"

#define GET_OP_CLASSES
#include "mase/Dialect/MaseKernel/IR/MaseKernelOps.h.inc"

namespace mase::kernel {

/// Whether `op` needs every feature of its operand before its first result.
inline bool mixesFeatures(mlir::Operation *op) {
  return llvm::isa<DotOp, LinearOp, ReduceOp, GatherOp, SoftmaxOp,
                   LogSoftmaxOp>(op);
}

/// Whether `op` has its first result only when it has all, or has them in no
/// tiles, so that nothing can follow in its stage.
inline bool standsAlone(mlir::Operation *op) {
  return llvm::isa<GatherOp, SoftmaxOp, LogSoftmaxOp>(op);
}

/// Elements of a vector value.
inline int64_t sizeOf(mlir::Value value) {
  return llvm::cast<mlir::VectorType>(value.getType()).getNumElements();
}

/// The size that `value` has before packing: a packed result of a quantisation
/// has as many elements as its operand.
int64_t logicalSizeOf(mlir::Value value);

/// The order of the codes in `value`'s words, where it is the packed result of
/// a quantisation.
std::optional<Packing> packingOf(mlir::Value value);

/// Whether the codes in `value` are known to be the same bytes with or without
/// a sign, from 0 to 127: those behind a ReLU, and short ones without sign.
bool areUnsignedBytes(mlir::Value value);

/// The most bits of a code that the rounders `saturate` and `shift` give: one
/// is the sign's.
inline constexpr int kMaxShiftBits = kMaxShiftRoundedBits - 1;

} // namespace mase::kernel

#endif // MASE_DIALECT_MASEKERNEL_IR_MASEKERNEL_H
