// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The evaluator's view of a network in the IR: ops translate themselves
// (EvaluableOpInterface).
#ifndef MASE_EVALUATE_FROMIR_H
#define MASE_EVALUATE_FROMIR_H

#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Evaluate/Network.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace mase {

/// A network and, for each of its steps, the layer that it came from.
struct NetworkFromIR {
  Network network;
  std::vector<mlir::Operation *> layers;
  /// For each step the precision that its layer has in the IR.
  std::vector<LayerPrecision> precisions;
};

/// What ops add their steps to.
class NetworkBuilder {
public:
  /// Whether `value` depends on the network's input.
  bool isActivation(mlir::Value value) const { return values.contains(value); }
  /// The index of an activation, as Step::input has it.
  int indexOf(mlir::Value value) const { return values.lookup(value); }

  /// A step of `kind` for the layer `op`, which reads `input`: names, shapes
  /// and indices are filled in. An error where the input is a constant.
  mlir::FailureOr<Step> begin(LayerOpInterface op, Step::Kind kind,
                              mlir::Value input) const;
  /// Sets `to` to the elements of a constant operand of `op`. An error where it
  /// is none.
  mlir::LogicalResult setParameter(LayerOpInterface op, mlir::Value value,
                                   std::vector<float> &to) const;
  /// Adds the step that computes the result of `op`, under the precision that
  /// the layer has. An error where a size of a sample is dynamic.
  mlir::LogicalResult finish(LayerOpInterface op, Step step);

private:
  friend mlir::FailureOr<NetworkFromIR> networkFromIR(mlir::func::FuncOp);
  mlir::FailureOr<NetworkFromIR> run(mlir::func::FuncOp function);
  mlir::LogicalResult translate(mlir::Operation *op);

  NetworkFromIR result;
  llvm::DenseMap<mlir::Value, int> values;
};

/// Translates `function`, which is at the network level. Errors are reported at
/// the op: parameters that are not constant, an op without
/// EvaluableOpInterface, a format that the evaluator does not know.
mlir::FailureOr<NetworkFromIR> networkFromIR(mlir::func::FuncOp function);

/// The evaluator's formats for `precision` of `op` (null: none), a matmul's
/// weight as [out, in].
LayerPrecision toLayerPrecision(QuantizableOpInterface op,
                                PrecisionAttr precision);
/// The way back; null where there is no format.
PrecisionAttr toPrecisionAttr(QuantizableOpInterface op,
                              const LayerPrecision &precision);

/// How the evaluator runs the layers of the mase dialect.
void registerEvaluableOpInterfaceExternalModels(
    mlir::DialectRegistry &registry);

} // namespace mase

#include "mase/Evaluate/EvaluableOpInterface.h.inc"

#endif // MASE_EVALUATE_FROMIR_H
