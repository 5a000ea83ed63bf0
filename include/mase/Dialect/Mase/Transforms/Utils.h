// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What passes share: a module's layers by name, and precisions from
// configurations.
#ifndef MASE_DIALECT_MASE_TRANSFORMS_UTILS_H
#define MASE_DIALECT_MASE_TRANSFORMS_UTILS_H

#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Dialect/Mase/IR/ModuleLevel.h"
#include "mase/Support/Location.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/MapVector.h"

namespace mase {

struct LayerConfig;

/// Reports `message` as an error and fails. Where it is about a place in a
/// file, as those about configurations are, the error is at that place, and
/// tools print the line.
mlir::LogicalResult emitConfigError(mlir::MLIRContext *context,
                                    const LocatedText &message);

/// A warning, and a remark, in the same way.
void emitConfigWarning(mlir::MLIRContext *context, const LocatedText &message);
void emitConfigRemark(mlir::MLIRContext *context, const LocatedText &message);

/// A layer for messages: "'fc_1' (linear)".
std::string describeLayer(mlir::Operation *layer);

/// What a module holds, for messages of passes that found nothing to work on:
/// the name of its level, but "none" at the network level, where layers are.
llvm::StringRef describeLevel(mlir::ModuleOp module);

/// Warns that a pass which the user asked for found nothing to work on:
/// "--PASS: nothing to do: expected EXPECTED, found …", with the level that the
/// module is at, or was at where `found` says. The rule for what passes say is
/// in CONTRIBUTING.md.
void warnNothingToDo(mlir::ModuleOp module, llvm::StringRef pass,
                     const llvm::Twine &expected, llvm::StringRef found = "");

/// The layers below `op` in the order of the IR, by name. Two layers of one
/// name are an error (reported).
using LayerMap = llvm::MapVector<llvm::StringRef, mlir::Operation *>;
mlir::FailureOr<LayerMap> collectLayers(mlir::Operation *op);

/// MASE's names of the layer types that can be quantised: those of all dialects
/// that `context` has loaded, in alphabetical order.
std::vector<std::string> quantizableLayerTypes(mlir::MLIRContext *context);

/// What is wrong with `type`, which is none of those: layers of the network
/// have it and can't be quantised, or it is unknown. With the nearest valid
/// types.
std::string wrongLayerTypeText(mlir::MLIRContext *context,
                               const LayerMap &network, llvm::StringRef type);

/// A precision, or why there is none.
struct PrecisionOrReason {
  PrecisionAttr precision;
  std::optional<LocatedText> reason;
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

/// Warns of constants of the layers below `op` that are not finite, with the
/// first such element of each. Importers refuse them; text of MLIR may have
/// them.
void warnOfNonFiniteConstants(mlir::Operation *op);

/// The share of a layer's weights, and of its biases, that may be clamped
/// before it is worth a warning. A format of 3 bits or more whose range is the
/// best one for normally distributed weights (least mean square error: the end
/// at 2.15 standard deviations for 3 bits, 2.55 for 4; Banner, Nahshan, Soudry,
/// "Post training 4-bit quantization of convolutional networks for
/// rapid-deployment", NeurIPS 2019) clamps 3.2 % of them or fewer. Above 5 %
/// the fraction is too long.
inline constexpr double kMaxSaturated = 0.05;

/// Warns where `precision` clamps a larger share of the constant weights of
/// `op`, or of its biases, than `maxSaturated`.
void warnOfSaturation(QuantizableOpInterface op, PrecisionAttr precision,
                      double maxSaturated = kMaxSaturated);

/// The precisions whose clamped weights and biases a pass has judged, by layer:
/// an analysis that --mase-quantize leaves, so that a report in the same
/// command does not warn of them again. It goes with the first pass that may
/// have changed weights or precisions.
struct JudgedPrecisions {
  explicit JudgedPrecisions(mlir::Operation *) {}
  void insert(QuantizableOpInterface op);
  /// Whether `op` was judged in the precision that it has now.
  bool contains(QuantizableOpInterface op) const;

private:
  llvm::DenseMap<mlir::StringRef, PrecisionAttr> precisions;
};

/// Sets the precision and warns where all weights vanish, or where a larger
/// share of them, or of the biases, than `maxSaturated` is clamped.
void setPrecision(QuantizableOpInterface op, PrecisionAttr precision,
                  double maxSaturated = kMaxSaturated);

/// Erases the constants below `op` that nothing reads.
void eraseUnusedConstants(mlir::Operation *op);

/// Reports every layer at or below `op` that has a format whose scale is still
/// open ("auto"), and fails if there is one. For all that computes.
mlir::LogicalResult requireClosedFormats(mlir::Operation *op);

/// Applies a `mase.configuration`: layers that it does not name lose their
/// precision. A name that is no quantisable layer is an error (reported).
mlir::LogicalResult applyConfiguration(mlir::ModuleOp module,
                                       ConfigurationOp configuration,
                                       double maxSaturated = kMaxSaturated);

} // namespace mase

#endif // MASE_DIALECT_MASE_TRANSFORMS_UTILS_H
