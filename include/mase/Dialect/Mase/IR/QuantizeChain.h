// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ops that one rounding can take in.
#ifndef MASE_DIALECT_MASE_IR_QUANTIZECHAIN_H
#define MASE_DIALECT_MASE_IR_QUANTIZECHAIN_H

#include "mase/Dialect/Mase/IR/Mase.h"

namespace mase {

/// quantize(relu?(affine?(dequantize?(input)))), as far as it goes: an affine
/// is any op that is an fma (AffineOpInterface). Not a dequantize with a zero
/// point, nor a relu with a precision.
struct QuantizeChain {
  /// Integers with a dequantize, else f32.
  mlir::Value input;
  DequantizeOp dequantize;
  AffineOpInterface affine;
  ReluOp relu;

  /// The ops before the quantisation, the first first.
  llvm::SmallVector<mlir::Operation *> getOps() const;

  /// The chain that ends in `quantize`. `definitionOf` says which op of it a
  /// value comes from, and null where the chain must not go on.
  static QuantizeChain
  match(QuantizeOp quantize,
        llvm::function_ref<mlir::Operation *(mlir::Value)> definitionOf);
};

} // namespace mase

#endif // MASE_DIALECT_MASE_IR_QUANTIZECHAIN_H
