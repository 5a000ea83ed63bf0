// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a TensorProto to the elements that it holds.
#include "OnnxData.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace llvm;

namespace mase::onnx_import {

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
    tensor.floats.resize(count);
    for (int64_t i = 0; i < count; ++i)
      tensor.floats[i] = element(i);
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
                           EmitErrorFn emitError, IntegerArray &integers) {
  int64_t perUnit = type.width == 4 ? 2 : 1,
          units = count / perUnit + (count % perUnit != 0);
  auto wrongCount = [&](int64_t found, StringRef what) {
    emitError() << "expected " << count << " elements of type "
                << elementTypeName(proto.data_type()) << " ("
                << shapeText(shape) << "), found " << found << what;
    return false;
  };
  auto take = [&](function_ref<uint64_t(int64_t)> unit) {
    integers = IntegerArray(size_t(count), type);
    for (int64_t i = 0; i < count; ++i)
      integers.set(
          size_t(i),
          toInteger(unit(i / perUnit) >> (i % perUnit * type.width), type));
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

} // namespace mase::onnx_import
