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

/// What is called for exp, log, sigmoid and tanh: functions float(float) of
/// Execution/RuntimeSymbols.h.
inline constexpr llvm::StringLiteral kExpFunction = "mase_exp_f32";
inline constexpr llvm::StringLiteral kLogFunction = "mase_log_f32";
inline constexpr llvm::StringLiteral kSigmoidFunction = "mase_sigmoid_f32";
inline constexpr llvm::StringLiteral kTanhFunction = "mase_tanh_f32";

/// Of number formats without integer codes, the names of the functions
/// float(float) that round to them.
using RoundingFunctions = llvm::DenseMap<mlir::Attribute, mlir::StringAttr>;

/// `roundings` has the format of each mase.round.
void populateIntegerOpPatterns(const mlir::TypeConverter &converter,
                               const RoundingFunctions &roundings,
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
  /// A tensor [batch, n] or [batch, particles, n] whose rows are `vector` [n].
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
  /// Of particles, n are two loops.
  mlir::Value product(mlir::Value x, mlir::Value w, mlir::Value init,
                      ElementFn body);

  /// result[n] = body(x[n, c], result[n]) for c in ascending order, beginning
  /// with `init`; of particles, n are two dimensions.
  mlir::Value reduceFeatures(mlir::Value x, mlir::TypedAttr init,
                             ElementFn body);

  /// result[n, f] = body(x[n, p, f], result[n, f]) for p in ascending order,
  /// beginning with `init`.
  mlir::Value reduceParticles(mlir::Value x, mlir::TypedAttr init,
                              ElementFn body);

  /// `matrix` transposed; at once if it is constant.
  mlir::Value transpose(mlir::Value matrix);

  mlir::Value constantF32(float number);
  mlir::AffineMap identityMap(unsigned rank);
  /// (d0, d1, ...) -> (d_axis); a negative axis counts from the last.
  mlir::AffineMap axisMap(unsigned rank, int axis);

private:
  /// Without dimension `axis`, which is run through in ascending order.
  mlir::Value reduce(mlir::Value x, int64_t axis, mlir::TypedAttr init,
                     ElementFn body);

  mlir::Value batch;
};

/// A constant matrix's transpose.
mlir::DenseElementsAttr transposed(mlir::DenseElementsAttr matrix);

/// The integer of type `type` that the low `width` bits of `stored` are.
mlir::Value buildReadCode(mlir::ImplicitLocOpBuilder &b, mlir::Value stored,
                          unsigned width, bool isSigned,
                          mlir::IntegerType type);

/// Numbers that a linalg.generic's body reads: constants, or an element for
/// each slice of an axis, which come in as operands of the op.
class SliceNumbers {
public:
  /// `inputs` and `maps` are the operands of an op on tensors of `rank`; those
  /// of slices are appended.
  SliceNumbers(LinalgBuilder &b, unsigned rank,
               llvm::SmallVectorImpl<mlir::Value> &inputs,
               llvm::SmallVectorImpl<mlir::AffineMap> &maps)
      : b(b), rank(rank), inputs(inputs), maps(maps) {}

  /// A number for later: `values` has one element, or one for each slice.
  struct Number {
    double value = 0;
    mlir::Type type;
    std::optional<size_t> operand;

    /// In the body of the op, whose arguments are `args`.
    mlir::Value in(mlir::ImplicitLocOpBuilder &b, mlir::ValueRange args) const;
  };
  Number add(llvm::ArrayRef<double> values, mlir::Type type,
             std::optional<int> axis);

private:
  LinalgBuilder &b;
  unsigned rank;
  llvm::SmallVectorImpl<mlir::Value> &inputs;
  llvm::SmallVectorImpl<mlir::AffineMap> &maps;
};

/// How numbers become codes of a format (quantizeToCode of Numerics).
class QuantizeBuilder {
public:
  /// Before the op is built: registers what differs between slices.
  QuantizeBuilder(SliceNumbers &numbers, const UniformTensorFormat &format,
                  mlir::MLIRContext *context);
  /// In its body: the code of `x` in an integer of type `storage`.
  mlir::Value build(mlir::ImplicitLocOpBuilder &b, mlir::ValueRange args,
                    mlir::Value x, mlir::IntegerType storage) const;

private:
  UniformTensorFormat format;
  std::optional<FixedPointFormat> fixed;
  bool anyPower = false, allPowers = true;
  SliceNumbers::Number scale, inverse, isPower, lo, hi, zeroPoint, half,
      modulus, inverseModulus;
};

/// What integers are worth (CodeScale).
class DequantizeBuilder {
public:
  DequantizeBuilder(SliceNumbers &numbers, const CodeScale &scale,
                    mlir::MLIRContext *context);
  /// The f32 value of the low `width` bits of `stored`.
  mlir::Value build(mlir::ImplicitLocOpBuilder &b, mlir::ValueRange args,
                    mlir::Value stored, unsigned width, bool isSigned) const;

private:
  bool hasZeroPoint = false;
  SliceNumbers::Number scale, zeroPoint;
};

/// The call of a function float(float).
mlir::Value buildCall(mlir::ImplicitLocOpBuilder &b, llvm::StringRef function,
                      mlir::Value x);

/// x > 0 ? x : +0.
mlir::Value buildRelu(mlir::ImplicitLocOpBuilder &b, mlir::Value x);

} // namespace mase

#endif // MASE_LIB_CONVERSION_MASETOLINALG_LINALGBUILDER_H
