// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How an op becomes part of a kernel, for ops of any dialect.
#ifndef MASE_CONVERSION_KERNELOPINTERFACE_H
#define MASE_CONVERSION_KERNELOPINTERFACE_H

#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Dialect/Mase/IR/Samples.h"
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mlir/IR/Builders.h"

#include <optional>

namespace mase {

/// How an op's results depend on the features of its first operand.
enum class FeatureUse {
  /// Each on the same element of every operand: runs on a part of a stage's
  /// results as soon as that is there.
  ElementByElement,
  /// Each on all of them: the op comes first in its stage.
  EachOnAll,
  /// As before, and there is none before all are known (a softmax): the op is
  /// a stage of its own.
  AllOnAll,
};

/// What an op builds its part of a kernel with: the values of the stage that it
/// is in. Families derive from it.
class KernelOpBuilder {
public:
  explicit KernelOpBuilder(mlir::OpBuilder &builder) : builder(builder) {}
  virtual ~KernelOpBuilder() = default;

  /// Stands where the op's part goes.
  mlir::OpBuilder &builder;

  /// The kernel's value of an operand of the network's op: floats, or codes as
  /// they were written.
  virtual mlir::Value getOperand(mlir::Value operand) = 0;
  /// The same of a constant operand, too, with as many elements as a sample of
  /// `like`.
  mlir::Value getOperandOrConstant(mlir::Value operand, mlir::Value like);

  /// What the family decides: how codes that `op` reads are brought into
  /// integers of their own, and how sums and roundings of codes are computed
  /// (`quantize` is a QuantizeOp or RequantizeOp).
  virtual mlir::Value readCodes(mlir::Operation *op, mlir::Value codes) = 0;
  virtual mlir::Value buildDot(IntLinearOp linear) = 0;
  virtual mlir::Value buildReduce(IntReduceOp reduce) = 0;
  virtual mlir::Value buildQuantize(mlir::Operation *quantize) = 0;

  /// The name of the layer that `op` is or came from.
  mlir::StringAttr getLayer(mlir::Operation *op);
  /// f32 elements of a sample of `like`.
  mlir::VectorType getFloats(mlir::Value like);
  /// Constants of a kernel's op; of one dimension unless `shape` is given.
  mlir::DenseElementsAttr getTable(llvm::ArrayRef<float> values,
                                   llvm::ArrayRef<int64_t> shape = {});
  /// `count` where that isn't how many elements `like` has a sample.
  mlir::IntegerAttr getFeatures(int64_t count, mlir::Value like);
};

namespace kernel {

/// Begins an error: `op` has no kernel.
mlir::InFlightDiagnostic noKernel(mlir::Operation *op);

/// The layer that `op` is or came from; empty where it has none.
std::string layerNameOf(mlir::Operation *op);

/// Whether `value` is a constant with values to read: not one kept as a
/// resource.
bool isConstant(mlir::Value value);

/// Reports at `op` where `value` does not depend on the network's input, or has
/// no samples of static sizes.
llvm::LogicalResult requireActivation(mlir::Operation *op, mlir::Value value);

/// Reports at `op` where `value`, if there is one, is no constant. `what` names
/// the operand.
llvm::LogicalResult requireParameter(mlir::Operation *op, mlir::Value value,
                                     llvm::StringRef what);

/// Reports at `op` where `axis`, of slices of `value`'s format, is the batch's.
llvm::LogicalResult requireAxisOfSample(mlir::Operation *op,
                                        std::optional<int> axis,
                                        mlir::Value value);

} // namespace kernel

/// Those of the mase dialect's ops.
void registerKernelOpInterfaceExternalModels(mlir::DialectRegistry &registry);

} // namespace mase

#include "mase/Conversion/KernelOpInterface.h.inc"

#endif // MASE_CONVERSION_KERNELOPINTERFACE_H
