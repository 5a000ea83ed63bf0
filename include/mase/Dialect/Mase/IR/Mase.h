// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The mase dialect: attributes, interfaces and ops.
#ifndef MASE_DIALECT_MASE_IR_MASE_H
#define MASE_DIALECT_MASE_IR_MASE_H

#include "mase/Metrics/OutputKind.h"
#include "mase/Numerics/CodeScale.h"
#include "mase/Numerics/LinearSums.h"
#include "mase/Numerics/OperandRole.h"
#include "mase/Numerics/ReduceSums.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <optional>
#include <string>

namespace mase {

/// The role's name in attributes and configurations: "data_in", ….
inline llvm::StringRef stringify(OperandRole role) {
  absl::string_view name = toString(role);
  return {name.data(), name.size()};
}

/// For MLIR's uniquing of attributes.
llvm::hash_code hash_value(const NumberFormat &format);

/// `s` and `t` of y = fma(x, s, t), one for each feature. Of a BatchNorm they
/// are gamma / sqrt(var + eps) and beta - mean s, computed in binary64
/// (`wideScale`, `wideShift`; empty otherwise) and rounded once to binary32.
struct AffineParameters {
  llvm::SmallVector<double> wideScale, wideShift;
  llvm::SmallVector<float> scale, shift;
};

/// Where an element of a result comes from.
struct ElementSource {
  unsigned operand;
  int64_t element; ///< of a sample of it
};

} // namespace mase

#include "mase/Dialect/Mase/IR/MaseDialect.h.inc"

#include "mase/Dialect/Mase/IR/MaseAttrInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "mase/Dialect/Mase/IR/MaseAttributes.h.inc"

namespace mase::detail {
/// See QuantizableOpInterface::getIllegalPrecisionReason.
std::optional<std::string> illegalPrecisionReason(mlir::Operation *op,
                                                  PrecisionAttr precision);
/// Reports a precision that is not legal. `number` is the constraint about
/// roles; the one after it, if there is one, is about the formats themselves.
llvm::LogicalResult verifyPrecision(mlir::Operation *op, int number);
} // namespace mase::detail

#include "mase/Dialect/Mase/IR/MaseOpInterfaces.h.inc"

namespace mase {

/// Elements that a tensor of an op may have, but for the batch: a constant of
/// one repeated element (`dense<0.5> : tensor<1000000000x4xf32>`) is a line of
/// text, but passes and engines hold all of its elements.
inline constexpr int64_t kMaxTensorElements = int64_t(1) << 26;

namespace detail {
llvm::LogicalResult verifyBoundedTensors(mlir::Operation *op);
} // namespace detail

/// Operands and results have no more than kMaxTensorElements elements.
template <typename ConcreteType>
class BoundedTensors // NOLINT(bugprone-crtp-constructor-accessibility)
    : public mlir::OpTrait::TraitBase<ConcreteType, BoundedTensors> {
public:
  static llvm::LogicalResult verifyTrait(mlir::Operation *op) {
    return detail::verifyBoundedTensors(op);
  }
};

/// An element of the result depends on that element of each operand alone, but
/// for parameters: it may be written over it.
template <typename ConcreteType>
class ElementByElement // NOLINT(bugprone-crtp-constructor-accessibility)
    : public mlir::OpTrait::TraitBase<ConcreteType, ElementByElement> {};

/// The result has the elements of the first operand in another shape.
template <typename ConcreteType>
class ReshapesInput // NOLINT(bugprone-crtp-constructor-accessibility)
    : public mlir::OpTrait::TraitBase<ConcreteType, ReshapesInput> {};

/// Assembly of scales and zero points: `frac 4`, `scale [0.1, 0.2]
/// zero_point 3 axis 1`. `constraint` is that of the op which says what
/// fractions there are.
mlir::ParseResult parseSumScale(mlir::OpAsmParser &parser,
                                mlir::DenseF32ArrayAttr &scale,
                                llvm::StringRef constraint = "(C4)");
void printSumScale(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                   mlir::DenseF32ArrayAttr scale);
mlir::ParseResult parseCodeScale(mlir::OpAsmParser &parser,
                                 mlir::DenseF32ArrayAttr &scale,
                                 mlir::DenseI64ArrayAttr &zeroPoint,
                                 mlir::IntegerAttr &axis);
void printCodeScale(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                    mlir::DenseF32ArrayAttr scale,
                    mlir::DenseI64ArrayAttr zeroPoint, mlir::IntegerAttr axis);

} // namespace mase

#define GET_OP_CLASSES
#include "mase/Dialect/Mase/IR/MaseOps.h.inc"

namespace mase {

/// `format` as an attribute: `#mase.fixed` where that says it, else
/// `#mase.format`.
NumberFormatAttrInterface getFormatAttr(mlir::MLIRContext *context,
                                        const NumberFormat &format);

/// Whether `op` takes all that is below 0 in `role` for 0, so that its format
/// there has no sign: a ReLU's input.
bool clampsNegative(mlir::Operation *op, OperandRole role);

/// `format` as `op` takes it in `role`: there the variant for values >= 0, if
/// it has one.
NumberFormat formatInRole(mlir::Operation *op, OperandRole role,
                          const NumberFormat &format);

/// `format` of a matrix for its transpose.
NumberFormatAttrInterface transposed(NumberFormatAttrInterface format);

/// The integers that a Linear or matmul of this precision adds up, its weight
/// as [out, in]; none where it is a chain of fma in binary32. `width` may
/// exceed LinearSums::kMaxWidth: then the precision is not legal.
std::optional<LinearSums> getLinearSums(QuantizableOpInterface op,
                                        PrecisionAttr precision);

/// The integers that a reduce_sum or reduce_mean of this precision adds up;
/// none where it adds binary32 numbers.
std::optional<ReduceSums> getReduceSums(QuantizableOpInterface op,
                                        PrecisionAttr precision);

/// Whether `type` is a network's: one f32 tensor [batch, ...] in, one of the
/// same batch out, all other sizes static, none 0.
bool isNetworkType(mlir::FunctionType type);

/// The attribute of a function that holds the type that it had as a network.
inline constexpr llvm::StringLiteral kNetworkAttrName = "mase.network";

/// The attribute of a function float(float) that holds the number format to
/// which it rounds. Where only declared, it is the cpu engine that defines it.
inline constexpr llvm::StringLiteral kFormatAttrName = "mase.format";

/// The constant that `value` is, as binary32 elements in row-major order;
/// none if it isn't a constant f32 tensor.
std::optional<llvm::SmallVector<float>> getConstantF32(mlir::Value value);

/// thop's rule for a BatchNorm of `elements` a sample in inference.
inline int64_t thopAffineFlops(int64_t elements) { return 4 * elements; }

} // namespace mase

#endif // MASE_DIALECT_MASE_IR_MASE_H
