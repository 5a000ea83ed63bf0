// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic on constants, which exporters leave where they don't fold.
#ifndef MASE_LIB_IMPORT_ONNXFOLDING_H
#define MASE_LIB_IMPORT_ONNXFOLDING_H

#include "OnnxImporter.h"

namespace mase::onnx_import {

/// Whether the node takes float constants alone, of which `foldFloats` makes
/// others: an operation that binary32 rounds once, so that every runtime gives
/// the same bits.
bool isOfFloats(const OnnxNode &node);
mlir::LogicalResult foldFloats(const OnnxNode &node);

/// Operations that are there for constants alone; reached where they take
/// something else.
mlir::LogicalResult refuseActivation(const OnnxNode &node);

} // namespace mase::onnx_import

#endif // MASE_LIB_IMPORT_ONNXFOLDING_H
