// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The mase dialect: attributes, interfaces and ops.
#ifndef MASE_DIALECT_MASE_IR_MASE_H
#define MASE_DIALECT_MASE_IR_MASE_H

#include "mase/Numerics/FixedPoint.h"

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

/// What a number format is for in a layer.
enum class OperandRole { DataIn, Weight, Bias, DataOut };
inline constexpr OperandRole kAllRoles[] = {
    OperandRole::DataIn, OperandRole::Weight, OperandRole::Bias,
    OperandRole::DataOut};

/// The role's name in attributes and configurations: "data_in", ….
llvm::StringRef stringify(OperandRole role);

} // namespace mase

#include "mase/Dialect/Mase/IR/MaseDialect.h.inc"

#include "mase/Dialect/Mase/IR/MaseAttrInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "mase/Dialect/Mase/IR/MaseAttributes.h.inc"

namespace mase::detail {
/// See QuantizableOpInterface::getIllegalPrecisionReason.
std::optional<std::string> illegalPrecisionReason(mlir::Operation *op,
                                                  PrecisionAttr precision);
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

} // namespace mase

#define GET_OP_CLASSES
#include "mase/Dialect/Mase/IR/MaseOps.h.inc"

namespace mase {

/// Whether `type` is a network's: one f32 tensor [batch, ...] in, one of the
/// same batch out, all other sizes static, none 0.
bool isNetworkType(mlir::FunctionType type);

/// The attribute of a function that holds the type that it had as a network.
inline constexpr llvm::StringLiteral kNetworkAttrName = "mase.network";

/// The constant that `value` is, as binary32 elements in row-major order;
/// none if it isn't a constant f32 tensor.
std::optional<llvm::SmallVector<float>> getConstantF32(mlir::Value value);

/// `s` and `t` of y = fma(x, s, t) for a BatchNorm: gamma / sqrt(var + eps) and
/// beta - mean s, computed in binary64 (`wideScale`, `wideShift`) and rounded
/// once to binary32; none if a parameter isn't constant.
struct AffineParameters {
  llvm::SmallVector<double> wideScale, wideShift;
  llvm::SmallVector<float> scale, shift;
};
std::optional<AffineParameters> getAffineParameters(BatchNormOp op);

} // namespace mase

#endif // MASE_DIALECT_MASE_IR_MASE_H
