// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Quantisers of activations become formats of the layers beside them.
#ifndef MASE_LIB_IMPORT_PLACEQUANTIZERS_H
#define MASE_LIB_IMPORT_PLACEQUANTIZERS_H

#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mase::onnx_import {

/// Where a quantiser went: `role` of `layer`. Without a quantiser: the layer's
/// input is known to have the values of a format.
using QuantizerPlacedFn = llvm::function_ref<void(
    mlir::Operation *quantizer, mlir::Operation *layer, OperandRole role)>;

/// Gives the formats of `quantizers` (layers that only round, in the order of
/// the graph) to their readers as `data_in`, if all take it; else to the layer
/// before as `data_out`, if that has no other reader; a quantiser that has no
/// such neighbours stays. Values are the same, to the bit. Then products whose
/// input is known to have the values of a format take it as `data_in`: their
/// sums are integers.
///
/// `erase` is called for a quantiser that is needed no more, and erases it.
void placeQuantizers(mlir::func::FuncOp function,
                     llvm::ArrayRef<LeakyReluOp> quantizers,
                     QuantizerPlacedFn placed,
                     llvm::function_ref<void(mlir::Operation *)> erase);

} // namespace mase::onnx_import

#endif // MASE_LIB_IMPORT_PLACEQUANTIZERS_H
