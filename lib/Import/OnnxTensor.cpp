// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constants of an ONNX graph, decoded and checked.
#include "OnnxTensor.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace llvm;

namespace mase::onnx_import {

std::string elementTypeName(int32_t elementType) {
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

/// The float32 elements of `proto`, of which there must be `count`.
static bool decodeFloats(const onnx::TensorProto &proto, int64_t count,
                         ArrayRef<int64_t> shape, EmitErrorFn emitError,
                         std::vector<float> &values) {
  if (proto.has_raw_data()) {
    const std::string &raw = proto.raw_data();
    // Division: the product of a count from the file might overflow.
    if (raw.size() % sizeof(float) != 0 ||
        int64_t(raw.size() / sizeof(float)) != count) {
      emitError() << "expected " << count << " float32 elements ("
                  << shapeText(shape) << "), found " << raw.size() << " bytes";
      return false;
    }
    values.resize(count);
    for (int64_t i = 0; i < count; ++i)
      values[i] = support::endian::read<float, endianness::little>(
          raw.data() + i * sizeof(float));
    return true;
  }
  if (proto.float_data_size() != count) {
    emitError() << "expected " << count << " float32 elements ("
                << shapeText(shape) << "), found " << proto.float_data_size();
    return false;
  }
  values.assign(proto.float_data().begin(), proto.float_data().end());
  return true;
}

bool checkFinite(const OnnxTensor &tensor, EmitErrorFn emitError) {
  auto bad = find_if(tensor.values, [](float x) { return !std::isfinite(x); });
  if (bad == tensor.values.end())
    return true;
  // The element's position, from its number in row-major order.
  SmallVector<int64_t> index(tensor.shape.size());
  int64_t rest = bad - tensor.values.begin();
  for (size_t d = index.size(); d-- > 0; rest /= tensor.shape[d])
    index[d] = rest % tensor.shape[d];
  emitError() << "expected finite elements, found "
              << (std::isnan(*bad) ? "nan"
                  : *bad > 0       ? "inf"
                                   : "-inf")
              << " at " << shapeText(index) << " (counted from 0)";
  return false;
}

std::shared_ptr<const OnnxTensor> decodeTensor(const onnx::TensorProto &proto,
                                               EmitErrorFn emitError) {
  auto tensor = std::make_shared<OnnxTensor>();
  tensor->elementType = proto.data_type();
  if (proto.data_location() == onnx::TensorProto::EXTERNAL ||
      proto.external_data_size() > 0) {
    emitError() << "the data lie in another file; expected a model with all "
                   "data inside (onnx.save with save_as_external_data=False)";
    return nullptr;
  }
  if (proto.has_segment()) {
    emitError() << "expected a whole tensor, found a segment of one";
    return nullptr;
  }
  ArrayRef<int64_t> dims(proto.dims().data(), proto.dims_size());
  int64_t count = 1;
  for (int64_t size : dims) {
    if (size <= 0) {
      emitError() << "expected positive sizes, found " << shapeText(dims);
      return nullptr;
    }
    if (MulOverflow(count, size, count)) {
      emitError() << "the sizes " << shapeText(dims)
                  << " are more elements than a file can hold";
      return nullptr;
    }
    tensor->shape.push_back(size);
  }
  if (tensor->isFloat()) {
    if (!decodeFloats(proto, count, tensor->shape, emitError, tensor->values) ||
        !checkFinite(*tensor, emitError))
      return nullptr;
  } else if (proto.data_type() == onnx::TensorProto::BOOL && count == 1) {
    if (proto.has_raw_data() && proto.raw_data().size() == 1)
      tensor->flag = proto.raw_data()[0] != 0;
    else if (proto.int32_data_size() == 1)
      tensor->flag = proto.int32_data(0) != 0;
  }
  return tensor;
}

std::shared_ptr<const OnnxTensor> makeTensor(ArrayRef<int64_t> shape,
                                             std::vector<float> values) {
  auto tensor = std::make_shared<OnnxTensor>();
  tensor->elementType = onnx::TensorProto::FLOAT;
  tensor->shape.assign(shape.begin(), shape.end());
  tensor->values = std::move(values);
  return tensor;
}

std::shared_ptr<const OnnxTensor> transpose(const OnnxTensor &tensor) {
  int64_t rows = tensor.shape[0], columns = tensor.shape[1];
  std::vector<float> values(tensor.values.size());
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      values[c * rows + r] = tensor.values[r * columns + c];
  return makeTensor({columns, rows}, std::move(values));
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
  std::vector<float> values(mlir::ShapedType::getNumElements(shape),
                            tensor.values.front());
  if (tensor.values.size() == 1)
    return makeTensor(shape, std::move(values));
  SmallVector<int64_t> index(shape.size(), 0);
  int64_t offset = 0;
  for (float &value : values) {
    value = tensor.values[offset];
    for (size_t d = shape.size(); d-- > 0;) {
      offset += strides[d];
      if (++index[d] < shape[d])
        break;
      offset -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
  return makeTensor(shape, std::move(values));
}

} // namespace mase::onnx_import
