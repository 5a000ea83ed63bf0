// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Integer codes of ONNX's own quantisers, and their scales.
#ifndef MASE_LIB_IMPORT_CODES_H
#define MASE_LIB_IMPORT_CODES_H

#include "OnnxImporter.h"

namespace mase::onnx_import {

/// Where a node has the parameters of codes: inputs, and the axis that they run
/// along where they are lists.
struct CodeParameters {
  int scale, zeroPoint;
  int64_t axis;
};

/// The format of codes of `elementType` in a tensor of `shape`. Reports what is
/// wrong with the parameters.
mlir::FailureOr<NumberFormatAttrInterface>
readCodeFormat(const OnnxNode &node, int32_t elementType,
               llvm::ArrayRef<int64_t> shape, CodeParameters at);

/// The values of the constant codes `input`, which remember their format.
mlir::FailureOr<OnnxValue> dequantizeConstant(const OnnxNode &node,
                                              OnnxValue input,
                                              NumberFormatAttrInterface format);

} // namespace mase::onnx_import

#endif // MASE_LIB_IMPORT_CODES_H
