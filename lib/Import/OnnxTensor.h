// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constants of an ONNX graph, decoded and checked.
#ifndef MASE_LIB_IMPORT_ONNXTENSOR_H
#define MASE_LIB_IMPORT_ONNXTENSOR_H

#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Support/Quoting.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <memory>
#include <onnx/onnx_pb.h>
#include <optional>
#include <string>
#include <vector>

namespace mase::onnx_import {

/// A constant: an initializer, or what a Constant node holds.
struct OnnxTensor {
  int32_t elementType = onnx::TensorProto::UNDEFINED;
  /// What the file has: FLOAT16 and BFLOAT16 are FLOAT here, and so may DOUBLE
  /// be.
  int32_t storedType = onnx::TensorProto::FLOAT;
  llvm::SmallVector<int64_t> shape; ///< empty for a scalar; all sizes positive
  std::vector<float> values;        ///< row-major; for FLOAT only
  std::vector<double> doubles;      ///< the same for DOUBLE
  std::vector<int64_t> integers;    ///< the same for integers of 4 to 64 bits
  std::optional<bool> flag;         ///< the value of a BOOL scalar
  /// What a quantiser made `values` of, and how. Functions that make another
  /// tensor of one leave it out where its format doesn't fit the new one.
  struct Quantized {
    std::vector<float> from;
    NumberFormatAttrInterface format;
    std::string by; ///< the node, for messages
  };
  std::shared_ptr<const Quantized> quantized;

  bool isFloat() const { return elementType == onnx::TensorProto::FLOAT; }
};

/// An integer element type.
struct IntegerType {
  int width;
  bool isSigned;
};
/// The integer type that a TensorProto.DataType is, if it is one of 4, 8, 16 or
/// 32 bits, or INT64.
std::optional<IntegerType> getIntegerType(int32_t elementType);

/// Whether it is FLOAT16, BFLOAT16, FLOAT or DOUBLE.
bool isFloatType(int32_t elementType);

/// Starts an error about the thing at hand.
using EmitErrorFn = llvm::function_ref<mlir::InFlightDiagnostic()>;

class ExternalData;

/// Decodes a tensor of any element type; elements only where `OnnxTensor` has a
/// place for them. Null after an error where sizes and data disagree, data lie
/// in another file that `external` can't read, sizes are not positive, or
/// elements are not finite.
///
/// FLOAT16 and BFLOAT16 become FLOAT, and so does DOUBLE where that changes no
/// element.
std::shared_ptr<const OnnxTensor> decodeTensor(const onnx::TensorProto &proto,
                                               ExternalData &external,
                                               EmitErrorFn emitError);

/// " with 0.1 at [3], …": the first element of a DOUBLE that float32 doesn't
/// have; "" for other types.
std::string describeInexact(const OnnxTensor &tensor);

/// False after an error if an element is NaN or infinite. That is a rule of the
/// import and not of the dialect, whose engines agree on what NaN does: nothing
/// that a training gives has such weights, but a pass may be tested on them.
bool checkFinite(const OnnxTensor &tensor, EmitErrorFn emitError);

/// A FLOAT tensor of these elements.
std::shared_ptr<const OnnxTensor> makeTensor(llvm::ArrayRef<int64_t> shape,
                                             std::vector<float> values);

/// The matrix with rows and columns exchanged; `tensor` is FLOAT of rank 2.
std::shared_ptr<const OnnxTensor> transpose(const OnnxTensor &tensor);

/// The elements of `tensor` (FLOAT) in another shape of as many.
std::shared_ptr<const OnnxTensor> reshape(const OnnxTensor &tensor,
                                          llvm::ArrayRef<int64_t> shape);

/// `tensor` (FLOAT) repeated to `shape` by numpy's rules; null if they don't
/// allow it.
std::shared_ptr<const OnnxTensor> broadcast(const OnnxTensor &tensor,
                                            llvm::ArrayRef<int64_t> shape);

/// The name of a TensorProto.DataType: "FLOAT", …, or its number.
std::string elementTypeName(int32_t elementType);

/// "[?, 16]": how messages write shapes.
std::string shapeText(llvm::ArrayRef<int64_t> shape);

} // namespace mase::onnx_import

#endif // MASE_LIB_IMPORT_ONNXTENSOR_H
