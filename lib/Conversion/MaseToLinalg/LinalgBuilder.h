// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the patterns of --convert-mase-to-linalg share: linalg.generic ops over
// a batch, and the arithmetic of codes.
#ifndef MASE_LIB_CONVERSION_MASETOLINALG_LINALGBUILDER_H
#define MASE_LIB_CONVERSION_MASETOLINALG_LINALGBUILDER_H

#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/DialectConversion.h"

namespace mase {

/// Holds codes and sums in integers of 8, 16, 32 or 64 bits: LLVM neither
/// vectorises nor addresses others well. Only the low bits, as many as the
/// original type has, mean anything; readers extend them.
class CodeTypeConverter : public mlir::TypeConverter {
public:
  CodeTypeConverter();
};

/// What is called for exp, log and sigmoid: functions float(float) of
/// Execution/RuntimeSymbols.h.
inline constexpr llvm::StringLiteral kExpFunction = "mase_exp_f32";
inline constexpr llvm::StringLiteral kLogFunction = "mase_log_f32";
inline constexpr llvm::StringLiteral kSigmoidFunction = "mase_sigmoid_f32";

void populateIntegerOpPatterns(const mlir::TypeConverter &converter,
                               mlir::RewritePatternSet &patterns);
void populateLayerPatterns(const mlir::TypeConverter &converter,
                           mlir::RewritePatternSet &patterns);

/// A linalg.generic's body: its inputs in, the element of the result out.
using ElementFn = llvm::function_ref<mlir::Value(mlir::ImplicitLocOpBuilder &,
                                                 mlir::ValueRange)>;

/// Builds ops on tensors whose dynamic sizes are those of `batch`, a tensor
/// with the same leading dimension.
class LinalgBuilder : public mlir::ImplicitLocOpBuilder {
public:
  LinalgBuilder(mlir::Operation *op, mlir::OpBuilder &builder,
                mlir::Value batch)
      : ImplicitLocOpBuilder(op->getLoc(), builder), batch(batch) {}

  mlir::Value empty(mlir::RankedTensorType type);
  /// A tensor filled with a number.
  mlir::Value fill(mlir::RankedTensorType type, mlir::TypedAttr number);
  /// A tensor [batch, n] whose rows are `vector` [n].
  mlir::Value broadcast(mlir::RankedTensorType type, mlir::Value vector);

  /// result[d...] = body(inputs[map(d...)]...).
  mlir::Value elementwise(mlir::RankedTensorType type, mlir::ValueRange inputs,
                          llvm::ArrayRef<mlir::AffineMap> maps, ElementFn body);
  /// The same where every input has the result's shape.
  mlir::Value elementwise(mlir::RankedTensorType type, mlir::ValueRange inputs,
                          ElementFn body);

  /// acc[n, o] = body(x[n, i], w[i, o], acc[n, o]) for i in ascending order,
  /// beginning with init[n, o]. The loops are n, i, o from outside to inside,
  /// so that the innermost one, which vectorises, keeps the order of each sum.
  mlir::Value product(mlir::Value x, mlir::Value w, mlir::Value init,
                      ElementFn body);

  /// result[n] = body(x[n, c], result[n]) for c in ascending order, beginning
  /// with `init`.
  mlir::Value reduceFeatures(mlir::Value x, mlir::TypedAttr init,
                             ElementFn body);

  /// `matrix` transposed; at once if it is constant.
  mlir::Value transpose(mlir::Value matrix);

  mlir::Value constantF32(float number);
  mlir::AffineMap identityMap(unsigned rank);
  /// (d0, d1, ...) -> (d1): one parameter for each feature.
  mlir::AffineMap featureMap(unsigned rank);

private:
  mlir::Value batch;
};

/// A constant matrix's transpose.
mlir::DenseElementsAttr transposed(mlir::DenseElementsAttr matrix);

/// The code of `x` in `format`, in an integer of type `storage`: NaN gives 0,
/// scaled, rounded, clamped (quantizeToCode of Numerics).
mlir::Value buildQuantize(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                          const FixedPointFormat &format,
                          mlir::IntegerType storage);

/// The integer of type `type` that the low `width` bits of `stored` are.
mlir::Value buildReadCode(mlir::ImplicitLocOpBuilder &b, mlir::Value stored,
                          unsigned width, bool isSigned,
                          mlir::IntegerType type);

/// The f32 value of the low `width` bits of `stored` with `fracWidth` fraction
/// bits.
mlir::Value buildDequantize(mlir::ImplicitLocOpBuilder &b, mlir::Value stored,
                            unsigned width, bool isSigned, int64_t fracWidth);

/// x > 0 ? x : +0.
mlir::Value buildRelu(mlir::ImplicitLocOpBuilder &b, mlir::Value x);

} // namespace mase

#endif // MASE_LIB_CONVERSION_MASETOLINALG_LINALGBUILDER_H
