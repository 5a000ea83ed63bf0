// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constants of an ONNX graph, decoded and checked.
#include "OnnxData.h"

#include "mase/Numerics/Slices.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace llvm;

namespace mase::onnx_import {

/// Those that this version of the standard's C++ library has no names of.
static constexpr int32_t kUint4 = 21, kInt4 = 22;

std::optional<IntegerType> getIntegerType(int32_t elementType) {
  switch (elementType) {
  case onnx::TensorProto::INT8:
    return IntegerType{8, true};
  case onnx::TensorProto::UINT8:
    return IntegerType{8, false};
  case onnx::TensorProto::INT16:
    return IntegerType{16, true};
  case onnx::TensorProto::UINT16:
    return IntegerType{16, false};
  case onnx::TensorProto::INT32:
    return IntegerType{32, true};
  case onnx::TensorProto::UINT32:
    return IntegerType{32, false};
  case onnx::TensorProto::INT64:
    return IntegerType{64, true};
  case kInt4:
    return IntegerType{4, true};
  case kUint4:
    return IntegerType{4, false};
  default:
    return std::nullopt;
  }
}

std::string elementTypeName(int32_t elementType) {
  if (elementType == kUint4 || elementType == kInt4)
    return elementType == kInt4 ? "INT4" : "UINT4";
  if (onnx::TensorProto::DataType_IsValid(elementType))
    return onnx::TensorProto::DataType_Name(
        static_cast<onnx::TensorProto::DataType>(elementType));
  return "type " + std::to_string(elementType);
}

std::string shapeText(ArrayRef<int64_t> shape) {
  std::string text;
  raw_string_ostream os(text);
  os << '[';
  interleaveComma(shape, os, [&](int64_t size) {
    if (mlir::ShapedType::isDynamic(size))
      os << '?';
    else
      os << size;
  });
  os << ']';
  return text;
}

/// The position of element `i`, in row-major order.
static SmallVector<int64_t> positionOf(int64_t i, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> index(shape.size());
  for (size_t d = index.size(); d-- > 0; i /= shape[d])
    index[d] = i % shape[d];
  return index;
}

bool reportNonFinite(double value, int64_t i, ArrayRef<int64_t> shape,
                     EmitErrorFn emitError) {
  emitError() << "expected finite elements, found "
              << (std::isnan(value) ? "nan"
                  : value > 0       ? "inf"
                                    : "-inf")
              << " at " << shapeText(positionOf(i, shape))
              << " (counted from 0)";
  return false;
}

bool checkFinite(const OnnxTensor &tensor, EmitErrorFn emitError) {
  ElementReader elements(tensor);
  for (size_t i = 0, count = tensor.size(); i < count; ++i)
    if (float x = elements[i]; !std::isfinite(x))
      return reportNonFinite(x, int64_t(i), tensor.shape, emitError);
  return true;
}

std::string describeInexact(const OnnxTensor &tensor) {
  auto it =
      find_if(tensor.doubles, [](double x) { return double(float(x)) != x; });
  if (it == tensor.doubles.end())
    return "";
  std::string text;
  raw_string_ostream(text)
      << " with " << format("%.17g", *it) << " at "
      << shapeText(positionOf(it - tensor.doubles.begin(), tensor.shape))
      << ", which is no float32; a Cast says that it is to be rounded";
  return text;
}

size_t OnnxTensor::size() const {
  return !floats.empty() || !quantized ? floats.size()
         : quantized->codes            ? quantized->codes->size()
                                       : quantized->from->size();
}

const std::vector<float> &OnnxTensor::values() const {
  if (!floats.empty() || !quantized)
    return floats;
  std::vector<float> made(size());
  if (quantized->codes) {
    ElementReader elements(*this);
    for (auto [i, value] : enumerate(made))
      value = elements[i];
  } else {
    quantized->format.quantizeTensor(quantized->from->values(), shape, made);
  }
  floats = std::move(made);
  return floats;
}

ElementReader::ElementReader(const OnnxTensor &tensor) : tensor(tensor) {
  if (!tensor.quantized || !tensor.quantized->codes) {
    tensor.values();
    return;
  }
  format = *tensor.quantized->format.getUniform();
  slices = slicesOf(format);
}

float ElementReader::ofCode(size_t i) const {
  size_t slice =
      format.sliceOf(int64_t(i), {tensor.shape.data(), tensor.shape.size()});
  return dequantize((*tensor.quantized->codes)[i], slices[slice]);
}

std::shared_ptr<const OnnxTensor>
makeQuantized(ArrayRef<int64_t> shape, OnnxTensor::Quantized quantized) {
  auto tensor = std::make_shared<OnnxTensor>();
  tensor->elementType = onnx::TensorProto::FLOAT;
  tensor->shape.assign(shape.begin(), shape.end());
  tensor->quantized =
      std::make_shared<OnnxTensor::Quantized>(std::move(quantized));
  return tensor;
}

std::shared_ptr<const OnnxTensor> makeTensor(ArrayRef<int64_t> shape,
                                             std::vector<float> values) {
  auto tensor = std::make_shared<OnnxTensor>();
  tensor->elementType = onnx::TensorProto::FLOAT;
  tensor->shape.assign(shape.begin(), shape.end());
  tensor->floats = std::move(values);
  return tensor;
}

/// The tensor whose element `i` is element `source(i)` of `tensor`. `format` is
/// the quantiser's for the new tensor; null leaves the quantiser out.
template <typename Source>
static std::shared_ptr<const OnnxTensor>
changed(const OnnxTensor &tensor, ArrayRef<int64_t> shape,
        NumberFormatAttrInterface format, Source source) {
  auto count = size_t(mlir::ShapedType::getNumElements(shape));
  if (!format) {
    const std::vector<float> &from = tensor.values();
    std::vector<float> values(count);
    for (auto [i, value] : enumerate(values))
      value = from[source(i)];
    return makeTensor(shape, std::move(values));
  }
  OnnxTensor::Quantized quantized = *tensor.quantized;
  quantized.format = format;
  if (quantized.codes)
    quantized.codes = std::make_shared<IntegerArray>(
        quantized.codes->gathered(count, source));
  else
    quantized.from = changed(*quantized.from, shape, {}, source);
  return makeQuantized(shape, std::move(quantized));
}

std::shared_ptr<const OnnxTensor> transpose(const OnnxTensor &tensor) {
  auto rows = size_t(tensor.shape[0]), columns = size_t(tensor.shape[1]);
  NumberFormatAttrInterface format;
  if (tensor.quantized)
    format = transposed(tensor.quantized->format);
  return changed(tensor, {tensor.shape[1], tensor.shape[0]}, format,
                 [&](size_t i) { return i % rows * columns + i / rows; });
}

/// The format of `tensor`'s quantiser for the same elements in `shape`, null
/// where there is no quantiser or its slices are none there.
static NumberFormatAttrInterface reshapedFormat(const OnnxTensor &tensor,
                                                ArrayRef<int64_t> shape) {
  if (!tensor.quantized)
    return {};
  NumberFormatAttrInterface format = tensor.quantized->format;
  std::optional<UniformTensorFormat> uniform = format.getUniform();
  if (!uniform)
    return {};
  if (uniform->slices() == 0)
    return format;
  // Slices stay what they are where an axis has as many, and as many elements
  // behind each of them.
  auto inner = [](ArrayRef<int64_t> shape, size_t axis) {
    return mlir::ShapedType::getNumElements(shape.drop_front(axis + 1));
  };
  size_t axis =
      size_t(*uniform->axis < 0 ? *uniform->axis + int(tensor.shape.size())
                                : *uniform->axis);
  for (size_t d = 0; d < shape.size(); ++d)
    if (shape[d] == tensor.shape[axis] &&
        inner(shape, d) == inner(tensor.shape, axis)) {
      uniform->axis = int(d);
      return getFormatAttr(format.getContext(), *uniform);
    }
  return {};
}

std::shared_ptr<const OnnxTensor> reshape(const OnnxTensor &tensor,
                                          ArrayRef<int64_t> shape) {
  return changed(tensor, shape, reshapedFormat(tensor, shape),
                 [](size_t i) { return i; });
}

std::shared_ptr<const OnnxTensor> broadcast(const OnnxTensor &tensor,
                                            ArrayRef<int64_t> shape) {
  if (tensor.shape.size() > shape.size())
    return nullptr;
  // Strides into `tensor`, 0 where it repeats; its sizes align on the right.
  size_t missing = shape.size() - tensor.shape.size();
  SmallVector<int64_t> strides(shape.size(), 0);
  int64_t stride = 1;
  for (size_t d = shape.size(); d-- > missing;) {
    int64_t size = tensor.shape[d - missing];
    if (size != 1 && size != shape[d])
      return nullptr;
    strides[d] = size == 1 ? 0 : stride;
    stride *= size;
  }
  int64_t count = mlir::ShapedType::getNumElements(shape);
  if (count == int64_t(tensor.size()))
    return reshape(tensor, shape);
  // Repeated slices would be others.
  NumberFormatAttrInterface format;
  if (tensor.quantized)
    if (auto uniform = tensor.quantized->format.getUniform();
        uniform && uniform->slices() == 0)
      format = tensor.quantized->format;
  return changed(tensor, shape, format, [&](size_t i) {
    int64_t offset = 0;
    for (size_t d = shape.size(); d-- > 0; i /= size_t(shape[d]))
      offset += int64_t(i % size_t(shape[d])) * strides[d];
    return size_t(offset);
  });
}

} // namespace mase::onnx_import
