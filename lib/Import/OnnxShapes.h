// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of activations, and nodes that change nothing else.
#ifndef MASE_LIB_IMPORT_ONNXSHAPES_H
#define MASE_LIB_IMPORT_ONNXSHAPES_H

#include "OnnxImporter.h"

namespace mase::onnx_import {

/// An activation that is rows of features: one a sample, or one a particle.
struct OnnxRows {
  /// [batch, features] or [batch, particles, features].
  mlir::Value value;
  llvm::SmallVector<int64_t> shape; ///< in the file
  int64_t getFeatures() const { return shape.back(); }
  /// The file's shape of rows of `features` each in place of these.
  llvm::SmallVector<int64_t> withFeatures(int64_t features) const {
    llvm::SmallVector<int64_t> result(shape);
    result.back() = features;
    return result;
  }
};

/// Input `index`, an activation whose sizes are 1 but for the batch and the
/// last, and one more with `particles`.
mlir::FailureOr<OnnxRows> getRows(const OnnxNode &node, int index,
                                  llvm::StringRef role, bool particles = false);

/// `axis` counted from the front; the node may count from the back of `rank`.
mlir::FailureOr<int64_t> countAxis(const OnnxNode &node, int64_t axis,
                                   int64_t rank);

/// The axes of a node, counted from the front: an attribute, since some opset
/// input 1.
mlir::FailureOr<llvm::SmallVector<int64_t>> getAxes(const OnnxNode &node,
                                                    int64_t rank);

/// The shape `target` of the elements of `from`, an activation, in the order
/// they have (OnnxNewShape.cpp): a size of -1 is what is left, and the batch is
/// dynamic. Errors: other sizes than fit, or samples that mix.
mlir::FailureOr<llvm::SmallVector<int64_t>>
resolveShape(const OnnxNode &node, llvm::ArrayRef<int64_t> from,
             llvm::ArrayRef<BatchInteger> target);
/// How many rows of each sample `target` has, [rows, features], of samples of
/// so many `elements`: where a Reshape puts the rows of all samples one after
/// the other.
std::optional<int64_t> countRows(const OnnxNode &node, int64_t elements,
                                 llvm::ArrayRef<BatchInteger> target);

/// Nodes that change the shape of an activation or a float constant.
mlir::LogicalResult importFlatten(const OnnxNode &node);
mlir::LogicalResult importReshape(const OnnxNode &node);
mlir::LogicalResult importSqueeze(const OnnxNode &node);
mlir::LogicalResult importUnsqueeze(const OnnxNode &node);

/// A shape as integers; in that of an activation the batch is a symbol.
llvm::SmallVector<BatchInteger> shapeIntegers(const OnnxValue &value);

/// The indices that Python's slice `start:end:step` has of `size`; the step is
/// not 0.
llvm::SmallVector<int64_t> sliceIndices(int64_t start, int64_t end,
                                        int64_t step, int64_t size);

/// The integers that the input is: a constant, or made of shapes.
mlir::FailureOr<OnnxIntegers> getIntegers(const OnnxNode &node, int index,
                                          llvm::StringRef role);

/// `indices` of a dimension of `size`, all counted from its start. Errors: one
/// that is beyond it, or is the batch.
mlir::FailureOr<llvm::SmallVector<int64_t>>
countIndices(const OnnxNode &node, const OnnxIntegers &indices, int64_t size);
/// The shape of an activation or a constant, as integers.
mlir::LogicalResult importShape(const OnnxNode &node);
/// Whether the node takes integers alone, constants or made of shapes, of which
/// `importOfIntegers` makes others.
bool isOfIntegers(const OnnxNode &node);
mlir::LogicalResult importOfIntegers(const OnnxNode &node);
/// Operations that are there for integers alone; reached where they take
/// something else.
mlir::LogicalResult refuseOther(const OnnxNode &node);

/// Constants (OnnxConstants.cpp).
mlir::LogicalResult importConstant(const OnnxNode &node);
mlir::LogicalResult importConstantOfShape(const OnnxNode &node);
mlir::LogicalResult importCast(const OnnxNode &node);
mlir::LogicalResult importCastLike(const OnnxNode &node);
mlir::LogicalResult importTranspose(const OnnxNode &node);

} // namespace mase::onnx_import

#endif // MASE_LIB_IMPORT_ONNXSHAPES_H
