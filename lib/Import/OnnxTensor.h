// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constants of an ONNX graph, decoded and checked.
#ifndef MASE_LIB_IMPORT_ONNXTENSOR_H
#define MASE_LIB_IMPORT_ONNXTENSOR_H

#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Support/Quoting.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MathExtras.h"

#include <memory>
#include <onnx/onnx_pb.h>
#include <optional>
#include <string>
#include <vector>

namespace mase::onnx_import {

/// An integer element type.
struct IntegerType {
  int width;
  bool isSigned;
};

/// Integers in as many bytes each as their type has, which may be hundreds of
/// millions of codes.
class IntegerArray {
public:
  IntegerArray() = default;
  /// `count` zeros.
  IntegerArray(size_t count, IntegerType type)
      : bytesEach(size_t(std::max(type.width / 8, 1))), isSigned(type.isSigned),
        bytes(count * bytesEach) {}

  size_t size() const { return bytes.size() / bytesEach; }
  bool empty() const { return bytes.empty(); }
  int64_t operator[](size_t i) const {
    uint64_t bits = 0;
    for (size_t b = 0; b < bytesEach; ++b)
      bits |= uint64_t(bytes[i * bytesEach + b]) << (8 * b);
    return isSigned ? llvm::SignExtend64(bits, unsigned(8 * bytesEach))
                    : int64_t(bits);
  }
  /// `value` is one of the type's.
  void set(size_t i, int64_t value) {
    for (size_t b = 0; b < bytesEach; ++b)
      bytes[i * bytesEach + b] = uint8_t(uint64_t(value) >> (8 * b));
  }
  /// `count` elements, number i of which is `source(i)` of these.
  template <typename Source>
  IntegerArray gathered(size_t count, Source source) const {
    IntegerArray result;
    result.bytesEach = bytesEach;
    result.isSigned = isSigned;
    result.bytes.resize(count * bytesEach);
    for (size_t i = 0; i < count; ++i)
      std::copy_n(&bytes[source(i) * bytesEach], bytesEach,
                  &result.bytes[i * bytesEach]);
    return result;
  }
  auto elements() const {
    return llvm::map_range(llvm::seq<size_t>(0, size()),
                           [this](size_t i) { return (*this)[i]; });
  }

private:
  size_t bytesEach = 8;
  bool isSigned = true;
  std::vector<uint8_t> bytes; ///< little endian
};

/// A constant: an initializer, or what a Constant node holds.
struct OnnxTensor {
  int32_t elementType = onnx::TensorProto::UNDEFINED;
  /// What the file has: FLOAT16 and BFLOAT16 are FLOAT here, and so may DOUBLE
  /// be.
  int32_t storedType = onnx::TensorProto::FLOAT;
  llvm::SmallVector<int64_t> shape; ///< empty for a scalar; all sizes positive
  /// Row-major, for FLOAT only; empty where they are `quantized`, until someone
  /// asks for `values`.
  mutable std::vector<float> floats;
  std::vector<double> doubles; ///< the same for DOUBLE
  IntegerArray integers;       ///< the same for integers of 4 to 64 bits
  std::optional<bool> flag;    ///< the value of a BOOL scalar
  /// What the elements are made of where a quantiser makes them, which takes
  /// less memory. Functions that make another tensor of one leave it out where
  /// the format doesn't fit the new one.
  struct Quantized {
    NumberFormatAttrInterface format;
    std::string by; ///< the node, for messages
    /// Codes of `format`; null: the elements are those of `from`, rounded.
    std::shared_ptr<const IntegerArray> codes;
    std::shared_ptr<const OnnxTensor> from;
  };
  std::shared_ptr<const Quantized> quantized;

  /// The elements of a FLOAT tensor, row-major; once made they are kept.
  const std::vector<float> &values() const;
  /// How many they are.
  size_t size() const;

  bool isFloat() const { return elementType == onnx::TensorProto::FLOAT; }
};

/// The elements of a FLOAT tensor one by one; those of codes are not kept.
class ElementReader {
public:
  explicit ElementReader(const OnnxTensor &tensor);
  float operator[](size_t i) const {
    return tensor.floats.empty() ? ofCode(i) : tensor.floats[i];
  }

private:
  float ofCode(size_t i) const;

  const OnnxTensor &tensor;
  UniformTensorFormat format;
  std::vector<UniformFormat> slices;
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

/// False after an error about element `i` of a tensor of `shape`, `value`.
bool reportNonFinite(double value, int64_t i, llvm::ArrayRef<int64_t> shape,
                     EmitErrorFn emitError);

/// A FLOAT tensor of `shape` whose elements a quantiser makes.
std::shared_ptr<const OnnxTensor>
makeQuantized(llvm::ArrayRef<int64_t> shape, OnnxTensor::Quantized quantized);

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
