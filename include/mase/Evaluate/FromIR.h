// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The evaluator's view of a network in the IR.
#ifndef MASE_EVALUATE_FROMIR_H
#define MASE_EVALUATE_FROMIR_H

#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Evaluate/Network.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mase {

/// A network and, for each of its steps, the layer that it came from.
struct NetworkFromIR {
  Network network;
  std::vector<mlir::Operation *> layers;
  /// For each step the precision that its layer has in the IR.
  std::vector<LayerPrecision> precisions;
};

/// Translates `function`, which is at the network level. Errors are reported at
/// the op: parameters that are not constant, an op of another level, a format
/// that the evaluator does not know.
mlir::FailureOr<NetworkFromIR> networkFromIR(mlir::func::FuncOp function);

/// The evaluator's formats for `precision` of `op` (null: none), a matmul's
/// weight as [out, in].
LayerPrecision toLayerPrecision(QuantizableOpInterface op,
                                PrecisionAttr precision);
/// The way back; null where there is no format.
PrecisionAttr toPrecisionAttr(QuantizableOpInterface op,
                              const LayerPrecision &precision);

} // namespace mase

#endif // MASE_EVALUATE_FROMIR_H
