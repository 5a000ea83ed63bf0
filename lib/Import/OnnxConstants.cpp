// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nodes that make constants, or other constants of constants.
#include "OnnxParticles.h"
#include "OnnxShapes.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

static std::shared_ptr<OnnxTensor>
makeIntegers(ArrayRef<int64_t> shape, ArrayRef<int64_t> values,
             int32_t type = onnx::TensorProto::INT64) {
  auto tensor = std::make_shared<OnnxTensor>();
  tensor->elementType = tensor->storedType = type;
  tensor->shape.assign(shape.begin(), shape.end());
  tensor->integers = IntegerArray(values.size(), *getIntegerType(type));
  for (auto [i, value] : enumerate(values))
    tensor->integers.set(i, value);
  return tensor;
}

LogicalResult importConstant(const OnnxNode &node) {
  std::shared_ptr<const OnnxTensor> tensor;
  if (node.proto.attribute_size() != 1)
    return node.emitError() << "expected one attribute with the value, found "
                            << node.proto.attribute_size();
  const onnx::AttributeProto &attribute = node.proto.attribute(0);
  if (attribute.name() == "value") {
    if (!attribute.has_t())
      return node.emitError() << "attribute 'value': expected a tensor, found "
                                 "none";
    tensor = node.importer.decode(attribute.t(), node.describe());
  } else if (attribute.name() == "sparse_value") {
    if (!attribute.has_sparse_tensor())
      return node.emitError() << "attribute 'sparse_value': expected a sparse "
                                 "tensor, found none";
    tensor = node.importer.decode(attribute.sparse_tensor(), node.describe());
  } else if (attribute.name() == "value_float") {
    FailureOr<float> value = node.getFloat("value_float", 0);
    if (succeeded(value))
      tensor = makeTensor({}, {*value});
  } else if (attribute.name() == "value_int") {
    FailureOr<int64_t> value = node.getInt("value_int", 0);
    if (succeeded(value))
      tensor = makeIntegers({}, {*value});
  } else if (attribute.name() == "value_ints") {
    FailureOr<SmallVector<int64_t>> values = node.getInts("value_ints");
    if (succeeded(values))
      tensor = makeIntegers({int64_t(values->size())}, *values);
  } else { // value_floats
    if (attribute.floats().empty())
      return node.emitError() << "attribute 'value_floats': expected elements, "
                                 "found none";
    tensor = makeTensor({int64_t(attribute.floats_size())},
                        std::vector<float>(attribute.floats().begin(),
                                           attribute.floats().end()));
  }
  if (!tensor || !checkFinite(*tensor, [&] { return node.emitError(); }))
    return failure();
  node.importer.define(node.proto.output(0),
                       {Value(), tensor, node.proto.output(0)});
  return success();
}

LogicalResult importConstantOfShape(const OnnxNode &node) {
  FailureOr<OnnxIntegers> sizes = getIntegers(node, 0, "input");
  if (failed(sizes))
    return failure();
  SmallVector<int64_t> shape;
  int64_t count = 1;
  for (BatchInteger size : sizes->elements) {
    if (size.ofBatch || size.factor < 1 ||
        MulOverflow(count, size.factor, count))
      return node.emitError()
             << "expected constant sizes of 1 or more, found "
             << (size.ofBatch ? "the batch" : std::to_string(size.factor));
    shape.push_back(size.factor);
  }
  std::shared_ptr<const OnnxTensor> value = makeTensor({}, {0});
  if (const onnx::AttributeProto *attribute = node.findAttribute("value")) {
    value = node.importer.decode(attribute->t(), node.describe());
    if (!value)
      return failure();
  }
  if (value->size() + value->integers.size() != 1)
    return node.emitError()
           << "expected a 'value' of one number, found a tensor of type "
           << elementTypeName(value->elementType) << " and shape "
           << shapeText(value->shape);
  if (failed(node.importer.spend(node, count)))
    return failure();
  std::shared_ptr<const OnnxTensor> tensor;
  if (value->isFloat())
    tensor = makeTensor(shape, std::vector<float>(count, value->values()[0]));
  else
    tensor =
        makeIntegers(shape, std::vector<int64_t>(count, value->integers[0]));
  node.importer.remark(node.describe(), "folded: a constant");
  node.importer.define(node.proto.output(0),
                       {Value(), tensor, node.proto.output(0)});
  return success();
}

//===----------------------------------------------------------------------===//
// Cast
//===----------------------------------------------------------------------===//

/// `value` rounded to the nearest of `semantics`, infinite beyond them.
static float roundTo(const fltSemantics &semantics, float value) {
  APFloat number(value);
  bool losesInfo = false;
  number.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  return number.convertToFloat();
}

/// The constant `input` as elements of type `to`.
static std::shared_ptr<const OnnxTensor>
castConstant(const OnnxNode &node, const OnnxValue &input, int32_t to) {
  const OnnxTensor &from = *input.constant;
  if (failed(node.importer.spend(
          node,
          int64_t(from.size() + from.doubles.size() + from.integers.size()))))
    return nullptr;
  if (auto type = getIntegerType(to)) {
    int64_t least = type->isSigned ? minIntN(type->width) : 0;
    int64_t most =
        type->isSigned ? maxIntN(type->width) : int64_t(maxUIntN(type->width));
    SmallVector<int64_t> integers(from.integers.elements());
    std::vector<double> numbers(from.values().begin(), from.values().end());
    numbers.insert(numbers.end(), from.doubles.begin(), from.doubles.end());
    for (double value : numbers) {
      // Beyond 2^63 is beyond all types.
      double number = std::trunc(value);
      if (!(std::abs(number) < 0x1p63)) {
        node.emitError() << "expected numbers that " << elementTypeName(to)
                         << " has, found " << value << " in "
                         << quoted(input.name);
        return nullptr;
      }
      integers.push_back(int64_t(number));
    }
    for (int64_t integer : integers)
      if (integer < least || integer > most) {
        node.emitError() << "expected numbers that " << elementTypeName(to)
                         << " has, found " << integer << " in "
                         << quoted(input.name);
        return nullptr;
      }
    return makeIntegers(from.shape, integers, to);
  }
  if (to == onnx::TensorProto::DOUBLE && !from.doubles.empty())
    return input.constant;
  std::vector<float> values(from.values());
  for (double value : from.doubles)
    values.push_back(float(value));
  for (int64_t integer : from.integers.elements())
    values.push_back(float(integer));
  if (to == onnx::TensorProto::FLOAT16 || to == onnx::TensorProto::BFLOAT16) {
    const fltSemantics &semantics = to == onnx::TensorProto::FLOAT16
                                        ? APFloat::IEEEhalf()
                                        : APFloat::BFloat();
    for (float &value : values)
      value = roundTo(semantics, value);
  } else if (to != onnx::TensorProto::FLOAT &&
             (to != onnx::TensorProto::DOUBLE || !from.integers.empty())) {
    node.emitError() << "expected 'to' = FLOAT, FLOAT16, BFLOAT16 or an "
                        "integer type for the constant "
                     << quoted(input.name) << ", found " << elementTypeName(to);
    return nullptr;
  }
  auto tensor = makeTensor(from.shape, std::move(values));
  return checkFinite(*tensor, [&] { return node.emitError(); }) ? tensor
                                                                : nullptr;
}

static LogicalResult castIntegers(const OnnxNode &node, const OnnxValue &input,
                                  int32_t to) {
  if (to != onnx::TensorProto::INT64 && to != onnx::TensorProto::INT32)
    return node.emitError()
           << "expected 'to' = INT64, found " << elementTypeName(to);
  node.importer.remark(node.describe(), "dropped: it does nothing");
  node.importer.define(node.proto.output(0), input);
  return success();
}

/// Layers compute in float32, which a Cast may only come from or go to where no
/// number changes by it.
static LogicalResult castActivation(const OnnxNode &node, OnnxValue input,
                                    int32_t to) {
  OnnxImporter &importer = node.importer;
  std::string what;
  if (importer.computesAsFloat32(to))
    what = "dropped: float32 is computed in, as asked";
  else if (to == input.elementType)
    what = "dropped: it does nothing";
  else if (to == onnx::TensorProto::FLOAT)
    // The graph's input, or what is wider than the float32 that it was.
    what = "dropped: " + elementTypeName(input.elementType) +
           " comes in as float32";
  else if (to == onnx::TensorProto::DOUBLE &&
           input.elementType == onnx::TensorProto::FLOAT)
    what = "dropped: DOUBLE has all numbers of float32";
  else
    return node.emitError()
           << "expected 'to' = FLOAT, found " << elementTypeName(to)
           << "; layers compute in binary32, and values of another type would "
              "be others (--onnx-as-float32 computes them in binary32 all the "
              "same)";
  input.elementType =
      importer.computesAsFloat32(to) ? int32_t(onnx::TensorProto::FLOAT) : to;
  importer.remark(node.describe(), what);
  importer.define(node.proto.output(0), input);
  return success();
}

static LogicalResult castTo(const OnnxNode &node, int32_t to) {
  FailureOr<OnnxValue> input = node.getInputOrIntegers(0, "input");
  if (failed(input))
    return failure();
  OnnxImporter &importer = node.importer;
  StringRef output = node.proto.output(0);
  if (input->constant) {
    const OnnxTensor &from = *input->constant;
    if (from.size() + from.integers.size() + from.doubles.size() == 0)
      return node.emitError()
             << "expected a constant of numbers for input 0 ('input'), found "
             << quoted(input->name) << " of type "
             << elementTypeName(from.elementType);
    std::string what = "folded: the constant " + quoted(input->name) +
                       " is cast from " + elementTypeName(from.storedType) +
                       " to " + elementTypeName(to);
    if (to != from.elementType) {
      input->constant = castConstant(node, *input, to);
      if (!input->constant)
        return failure();
    }
    if (to != input->constant->storedType) {
      auto cast = std::make_shared<OnnxTensor>(*input->constant);
      cast->storedType = to;
      input->constant = cast;
    }
    importer.remark(node.describe(), what);
    importer.define(output, *input);
    return success();
  }
  return input->integers ? castIntegers(node, *input, to)
                         : castActivation(node, *input, to);
}

LogicalResult importCast(const OnnxNode &node) {
  FailureOr<int64_t> to = node.getInt("to", onnx::TensorProto::UNDEFINED);
  return failed(to) ? failure() : castTo(node, int32_t(*to));
}

/// To the type of what another name stands for.
LogicalResult importCastLike(const OnnxNode &node) {
  FailureOr<OnnxValue> like = node.getInputOrIntegers(1, "target_type");
  if (failed(like))
    return failure();
  return castTo(node, like->integers   ? int32_t(onnx::TensorProto::INT64)
                      : like->constant ? like->constant->storedType
                                       : like->elementType);
}

//===----------------------------------------------------------------------===//
// Transpose
//===----------------------------------------------------------------------===//

/// Of constants torch leaves these where it was told not to fold.
LogicalResult importTranspose(const OnnxNode &node) {
  const OnnxValue *value = node.importer.lookup(node.getInputName(0));
  if (value && value->activation)
    return importTransposeOfActivation(node);
  FailureOr<OnnxValue> input = node.getConstant(0, "data", /*rank=*/2);
  if (failed(input))
    return failure();
  if (const onnx::AttributeProto *perm = node.findAttribute("perm"))
    if (perm->ints_size() != 2 || perm->ints(0) != 1 || perm->ints(1) != 0)
      return node.emitError()
             << "expected 'perm' = [1, 0], found "
             << shapeText(ArrayRef(perm->ints().data(), perm->ints_size()));
  if (failed(node.importer.spend(node, input->constant->size())))
    return failure();
  input->constant = transpose(*input->constant);
  node.importer.remark(node.describe(), "folded: the constant " +
                                            quoted(input->name) +
                                            " is transposed");
  node.importer.define(node.proto.output(0), *input);
  return success();
}

} // namespace mase::onnx_import
