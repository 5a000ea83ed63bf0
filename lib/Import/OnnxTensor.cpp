// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constants of an ONNX graph, decoded and checked.
#include "OnnxData.h"

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

static bool reportNonFinite(double value, int64_t i, ArrayRef<int64_t> shape,
                            EmitErrorFn emitError) {
  emitError() << "expected finite elements, found "
              << (std::isnan(value) ? "nan"
                  : value > 0       ? "inf"
                                    : "-inf")
              << " at " << shapeText(positionOf(i, shape))
              << " (counted from 0)";
  return false;
}

/// Bytes of an element of a floating type, 0 for other types.
static size_t floatSize(int32_t elementType) {
  switch (elementType) {
  case onnx::TensorProto::FLOAT16:
  case onnx::TensorProto::BFLOAT16:
    return 2;
  case onnx::TensorProto::FLOAT:
    return 4;
  case onnx::TensorProto::DOUBLE:
    return 8;
  default:
    return 0;
  }
}

bool isFloatType(int32_t elementType) { return floatSize(elementType) > 0; }

/// The value that the 16 bits of a FLOAT16 or BFLOAT16 are.
static float fromHalf(uint16_t bits, int32_t elementType) {
  if (elementType == onnx::TensorProto::BFLOAT16)
    return bit_cast<float>(uint32_t(bits) << 16);
  return APFloat(APFloat::IEEEhalf(), APInt(16, bits)).convertToFloat();
}

/// The elements of a floating type, of which there must be `count`, as float32.
/// A DOUBLE with one that float32 doesn't have keeps `doubles`.
static bool decodeFloats(const onnx::TensorProto &proto,
                         std::optional<StringRef> raw, int64_t count,
                         OnnxTensor &tensor, EmitErrorFn emitError) {
  int32_t type = proto.data_type();
  auto wrongCount = [&](int64_t found, StringRef what) {
    emitError() << "expected " << count << " "
                << (type == onnx::TensorProto::FLOAT ? "float32"
                                                     : elementTypeName(type))
                << " elements (" << shapeText(tensor.shape) << "), found "
                << found << what;
    return false;
  };
  auto take = [&](auto element) {
    tensor.elementType = onnx::TensorProto::FLOAT;
    tensor.values.resize(count);
    for (int64_t i = 0; i < count; ++i)
      tensor.values[i] = element(i);
    return true;
  };
  auto takeDoubles = [&](auto element) {
    bool exact = true;
    for (int64_t i = 0; i < count; ++i) {
      double value = element(i);
      if (!std::isfinite(value))
        return reportNonFinite(value, i, tensor.shape, emitError);
      exact &= double(float(value)) == value;
    }
    if (exact)
      return take([&](int64_t i) { return float(element(i)); });
    tensor.doubles.resize(count);
    for (int64_t i = 0; i < count; ++i)
      tensor.doubles[i] = element(i);
    return true;
  };
  if (raw) {
    // Division: the product of a count from the file might overflow.
    size_t size = floatSize(type);
    if (raw->size() % size != 0 || int64_t(raw->size() / size) != count)
      return wrongCount(int64_t(raw->size()), " bytes");
    using namespace support::endian;
    const char *data = raw->data();
    if (type == onnx::TensorProto::FLOAT)
      return take([&](int64_t i) {
        return read<float, endianness::little>(data + i * 4);
      });
    if (type == onnx::TensorProto::DOUBLE)
      return takeDoubles([&](int64_t i) {
        return read<double, endianness::little>(data + i * 8);
      });
    return take([&](int64_t i) {
      return fromHalf(read<uint16_t, endianness::little>(data + i * 2), type);
    });
  }
  if (type == onnx::TensorProto::FLOAT)
    return proto.float_data_size() == count
               ? take([&](int64_t i) { return proto.float_data(int(i)); })
               : wrongCount(proto.float_data_size(), "");
  if (type == onnx::TensorProto::DOUBLE)
    return proto.double_data_size() == count
               ? takeDoubles(
                     [&](int64_t i) { return proto.double_data(int(i)); })
               : wrongCount(proto.double_data_size(), "");
  if (proto.int32_data_size() != count)
    return wrongCount(proto.int32_data_size(), "");
  for (int32_t bits : proto.int32_data())
    if (!isUInt<16>(uint32_t(bits))) {
      emitError() << "expected the 16 bits of a " << elementTypeName(type)
                  << ", found " << bits;
      return false;
    }
  return take([&](int64_t i) {
    return fromHalf(uint16_t(proto.int32_data(int(i))), type);
  });
}

/// The low `type.width` bits of `bits` as that type's integer.
static int64_t toInteger(uint64_t bits, IntegerType type) {
  return type.isSigned
             ? SignExtend64(bits, unsigned(type.width))
             : int64_t(bits & maskTrailingOnes<uint64_t>(unsigned(type.width)));
}

/// The integer elements of `proto`, of which there must be `count`. Elements of
/// 4 bits lie two in a byte, the first in its low half.
static bool decodeIntegers(const onnx::TensorProto &proto,
                           std::optional<StringRef> raw, int64_t count,
                           IntegerType type, ArrayRef<int64_t> shape,
                           EmitErrorFn emitError,
                           std::vector<int64_t> &integers) {
  int64_t perUnit = type.width == 4 ? 2 : 1,
          units = count / perUnit + (count % perUnit != 0);
  auto wrongCount = [&](int64_t found, StringRef what) {
    emitError() << "expected " << count << " elements of type "
                << elementTypeName(proto.data_type()) << " ("
                << shapeText(shape) << "), found " << found << what;
    return false;
  };
  auto take = [&](function_ref<uint64_t(int64_t)> unit) {
    integers.resize(size_t(count));
    for (int64_t i = 0; i < count; ++i)
      integers[size_t(i)] =
          toInteger(unit(i / perUnit) >> (i % perUnit * type.width), type);
    return true;
  };
  if (raw) {
    int64_t bytes = std::max(type.width / 8, 1);
    if (int64_t(raw->size()) % bytes != 0 ||
        int64_t(raw->size()) / bytes != units)
      return wrongCount(int64_t(raw->size()), " bytes");
    return take([&](int64_t i) {
      uint64_t value = 0;
      for (int64_t b = 0; b < bytes; ++b)
        value |= uint64_t(uint8_t((*raw)[size_t(i * bytes + b)])) << (8 * b);
      return value;
    });
  }
  if (type.width == 64)
    return proto.int64_data_size() == units
               ? take([&](int64_t i) { return proto.int64_data(int(i)); })
               : wrongCount(proto.int64_data_size(), "");
  if (type.width == 32 && !type.isSigned)
    return proto.uint64_data_size() == units
               ? take([&](int64_t i) { return proto.uint64_data(int(i)); })
               : wrongCount(proto.uint64_data_size(), "");
  if (proto.int32_data_size() != units)
    return wrongCount(proto.int32_data_size(), "");
  for (int32_t unit : proto.int32_data())
    if (type.width == 4 ? !isUInt<8>(uint32_t(unit))
                        : toInteger(uint64_t(int64_t(unit)), type) != unit) {
      emitError() << "expected elements of type "
                  << elementTypeName(proto.data_type()) << ", found " << unit;
      return false;
    }
  return take(
      [&](int64_t i) { return uint64_t(int64_t(proto.int32_data(int(i)))); });
}

bool checkFinite(const OnnxTensor &tensor, EmitErrorFn emitError) {
  auto bad = find_if(tensor.values, [](float x) { return !std::isfinite(x); });
  return bad == tensor.values.end() ||
         reportNonFinite(*bad, bad - tensor.values.begin(), tensor.shape,
                         emitError);
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

std::shared_ptr<const OnnxTensor> decodeTensor(const onnx::TensorProto &proto,
                                               ExternalData &external,
                                               EmitErrorFn emitError) {
  auto tensor = std::make_shared<OnnxTensor>();
  tensor->elementType = tensor->storedType = proto.data_type();
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
  std::optional<StringRef> raw;
  if (proto.data_location() == onnx::TensorProto::EXTERNAL ||
      proto.external_data_size() > 0) {
    raw = external.read(proto, emitError);
    if (!raw)
      return nullptr;
  } else if (proto.has_raw_data()) {
    raw = proto.raw_data();
  }
  if (isFloatType(proto.data_type())) {
    if (!decodeFloats(proto, raw, count, *tensor, emitError) ||
        !checkFinite(*tensor, emitError))
      return nullptr;
  } else if (auto type = getIntegerType(proto.data_type())) {
    if (!decodeIntegers(proto, raw, count, *type, tensor->shape, emitError,
                        tensor->integers))
      return nullptr;
  } else if (proto.data_type() == onnx::TensorProto::BOOL && count == 1) {
    if (raw && raw->size() == 1)
      tensor->flag = raw->front() != 0;
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

/// A tensor with other elements in place of those of `tensor`, made of them by
/// `change`, which is done to what a quantiser made them of, too. `format` is
/// the quantiser's for the new tensor; null leaves the quantiser out.
template <typename Change>
static std::shared_ptr<const OnnxTensor>
changed(const OnnxTensor &tensor, ArrayRef<int64_t> shape,
        NumberFormatAttrInterface format, Change change) {
  auto result = std::make_shared<OnnxTensor>();
  result->elementType = onnx::TensorProto::FLOAT;
  result->shape.assign(shape.begin(), shape.end());
  result->values = change(tensor.values);
  if (format)
    result->quantized =
        std::make_shared<OnnxTensor::Quantized>(OnnxTensor::Quantized{
            change(tensor.quantized->from), format, tensor.quantized->by});
  return result;
}

std::shared_ptr<const OnnxTensor> transpose(const OnnxTensor &tensor) {
  int64_t rows = tensor.shape[0], columns = tensor.shape[1];
  NumberFormatAttrInterface format;
  if (tensor.quantized)
    format = transposed(tensor.quantized->format);
  return changed(tensor, {columns, rows}, format,
                 [&](const std::vector<float> &from) {
                   std::vector<float> values(from.size());
                   for (int64_t r = 0; r < rows; ++r)
                     for (int64_t c = 0; c < columns; ++c)
                       values[c * rows + r] = from[r * columns + c];
                   return values;
                 });
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
                 [](const std::vector<float> &from) { return from; });
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
  if (count == int64_t(tensor.values.size()))
    return reshape(tensor, shape);
  // Repeated slices would be others.
  NumberFormatAttrInterface format;
  if (tensor.quantized)
    if (auto uniform = tensor.quantized->format.getUniform();
        uniform && uniform->slices() == 0)
      format = tensor.quantized->format;
  return changed(tensor, shape, format, [&](const std::vector<float> &from) {
    std::vector<float> values(count, from.front());
    if (from.size() == 1)
      return values;
    SmallVector<int64_t> index(shape.size(), 0);
    int64_t offset = 0;
    for (float &value : values) {
      value = from[offset];
      for (size_t d = shape.size(); d-- > 0;) {
        offset += strides[d];
        if (++index[d] < shape[d])
          break;
        offset -= strides[d] * shape[d];
        index[d] = 0;
      }
    }
    return values;
  });
}

} // namespace mase::onnx_import
