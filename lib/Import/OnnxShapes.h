// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of activations, and nodes that change nothing else.
#ifndef MASE_LIB_IMPORT_ONNXSHAPES_H
#define MASE_LIB_IMPORT_ONNXSHAPES_H

#include "OnnxImporter.h"

namespace mase::onnx_import {

/// An activation that is one row of features a sample.
struct OnnxRows {
  mlir::Value value;                ///< [batch, features]
  llvm::SmallVector<int64_t> shape; ///< in the file: sizes of 1 in front
  int64_t getFeatures() const { return shape.back(); }
  /// The file's shape of rows of `features` each in place of these.
  llvm::SmallVector<int64_t> withFeatures(int64_t features) const {
    llvm::SmallVector<int64_t> result(shape);
    result.back() = features;
    return result;
  }
};

/// Input `index`, an activation whose sizes are 1 but for the batch and the
/// last.
mlir::FailureOr<OnnxRows> getRows(const OnnxNode &node, int index,
                                  llvm::StringRef role);

/// Nodes that change the shape of an activation or a float constant.
mlir::LogicalResult importFlatten(const OnnxNode &node);
mlir::LogicalResult importReshape(const OnnxNode &node);
mlir::LogicalResult importSqueeze(const OnnxNode &node);
mlir::LogicalResult importUnsqueeze(const OnnxNode &node);

/// The integers that the input is: a constant, or made of shapes.
mlir::FailureOr<OnnxIntegers> getIntegers(const OnnxNode &node, int index,
                                          llvm::StringRef role);
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
mlir::LogicalResult importTranspose(const OnnxNode &node);

} // namespace mase::onnx_import

#endif // MASE_LIB_IMPORT_ONNXSHAPES_H
