// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What passes share: a module's layers by name, and precisions from
// configurations.
#ifndef MASE_DIALECT_MASE_TRANSFORMS_UTILS_H
#define MASE_DIALECT_MASE_TRANSFORMS_UTILS_H

#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/MapVector.h"

namespace mase {

struct LayerConfig;

/// Reports `message` as an error and fails. Where it begins with "file:line:
/// column: ", as those about configurations do, the error is at that place, and
/// tools print the line.
mlir::LogicalResult emitConfigError(mlir::MLIRContext *context,
                                    const llvm::Twine &message);

/// The same as a warning.
void emitConfigWarning(mlir::MLIRContext *context, const llvm::Twine &message);

/// The layers below `op` in the order of the IR, by name. Two layers of one
/// name are an error (reported).
using LayerMap = llvm::MapVector<llvm::StringRef, mlir::Operation *>;
mlir::FailureOr<LayerMap> collectLayers(mlir::Operation *op);

/// MASE's names of the layer types that can be quantised.
llvm::ArrayRef<std::string> quantizableLayerTypes();

/// A precision, or why there is none.
struct PrecisionOrReason {
  PrecisionAttr precision;
  std::optional<std::string> reason;
};

/// The precision that `config` means for `op`: a bias only where there is one,
/// an unsigned input for a ReLU; null where it leaves the layer alone. Reasons
/// for none: a key that the layer needs and `config` lacks, an illegal
/// precision.
PrecisionOrReason makePrecision(QuantizableOpInterface op,
                                const LayerConfig &config);

/// Whether every weight of `op` rounds to zero in `precision`: then the
/// layer's output does not depend on its input. False where the weight isn't
/// constant or not quantised.
bool allWeightsVanish(QuantizableOpInterface op, PrecisionAttr precision);

/// Sets the precision and warns where all weights vanish.
void setPrecision(QuantizableOpInterface op, PrecisionAttr precision);

/// Applies a `mase.configuration`: layers that it does not name lose their
/// precision. A name that is no quantisable layer is an error (reported).
mlir::LogicalResult applyConfiguration(mlir::ModuleOp module,
                                       ConfigurationOp configuration);

} // namespace mase

#endif // MASE_DIALECT_MASE_TRANSFORMS_UTILS_H
