// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nodes that become layers: one function for each ONNX operation. They report
// errors, and otherwise define the node's output.
#ifndef MASE_LIB_IMPORT_ONNXLAYERS_H
#define MASE_LIB_IMPORT_ONNXLAYERS_H

#include "OnnxShapes.h"

namespace mase::onnx_import {

mlir::LogicalResult importBatchNorm(const OnnxNode &node);
mlir::LogicalResult importGemm(const OnnxNode &node);
/// Linear or matmul; takes the Add of a bias with it.
mlir::LogicalResult importMatMul(const OnnxNode &node);
mlir::LogicalResult importClip(const OnnxNode &node);
mlir::LogicalResult importHardSigmoid(const OnnxNode &node);
mlir::LogicalResult importLeakyRelu(const OnnxNode &node);
/// A number and an activation.
mlir::LogicalResult importMinMax(const OnnxNode &node);
mlir::LogicalResult importNeg(const OnnxNode &node);
mlir::LogicalResult importPRelu(const OnnxNode &node);
/// For ReluOp, SigmoidOp and TanhOp.
template <typename LayerOp>
mlir::LogicalResult importActivation(const OnnxNode &node);
/// For SoftmaxOp and LogSoftmaxOp.
template <typename LayerOp>
mlir::LogicalResult importSoftmax(const OnnxNode &node);
/// For AddOp, SubOp, MulOp and DivOp.
template <typename LayerOp>
mlir::LogicalResult importElementwise(const OnnxNode &node);

/// mase.linear for `weight` [out, in], with what quantisers made of it and of
/// the bias; it defines `output`.
mlir::LogicalResult addLinear(const OnnxNode &node, const OnnxRows &input,
                              OnnxValue weight, std::optional<OnnxValue> bias,
                              llvm::StringRef output);

/// Products of codes, to codes (QLinearOperations.cpp).
mlir::LogicalResult importQLinearMatMul(const OnnxNode &node);
mlir::LogicalResult importQGemm(const OnnxNode &node);

/// The constant `operand` beside an activation of `type`: repeated to a sample
/// of it, in the shape of its type. `shape`, the activation's in the file,
/// becomes that of the result.
mlir::FailureOr<mlir::Value>
repeatConstant(const OnnxNode &node, const OnnxValue &operand,
               mlir::RankedTensorType type,
               llvm::SmallVectorImpl<int64_t> &shape);

/// The two halves of a quantiser (QdqOperations.cpp).
mlir::LogicalResult importQuantizeLinear(const OnnxNode &node);
mlir::LogicalResult importDequantizeLinear(const OnnxNode &node);

/// Operations that differ in training must not be in it: before opset 7 that
/// takes `is_test`.
mlir::LogicalResult expectInference(const OnnxNode &node);

} // namespace mase::onnx_import

#endif // MASE_LIB_IMPORT_ONNXLAYERS_H
