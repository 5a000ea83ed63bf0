// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic on constants, which exporters leave where they don't fold.
#include "OnnxFolding.h"

#include "OnnxShapes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

namespace {

using UnaryFn = float (*)(float);
using BinaryFn = float (*)(float, float);

struct Fold {
  StringRef name;
  UnaryFn unary;
  BinaryFn binary;
};

// Where an argument is NaN, an error comes before.
constexpr Fold kFolds[] = {
    {"Abs", [](float x) { return std::fabs(x); }, nullptr},
    {"Add", nullptr, [](float a, float b) { return a + b; }},
    {"Div", nullptr, [](float a, float b) { return a / b; }},
    {"Max", nullptr, [](float a, float b) { return a < b ? b : a; }},
    {"Min", nullptr, [](float a, float b) { return b < a ? b : a; }},
    {"Mul", nullptr, [](float a, float b) { return a * b; }},
    {"Neg", [](float x) { return -x; }, nullptr},
    {"Reciprocal", [](float x) { return 1 / x; }, nullptr},
    {"Sqrt", [](float x) { return std::sqrt(x); }, nullptr},
    {"Sub", nullptr, [](float a, float b) { return a - b; }},
};

const Fold *findFold(const OnnxNode &node) {
  const auto *it = find_if(
      kFolds, [&](const Fold &fold) { return fold.name == node.getOpType(); });
  return it == std::end(kFolds) ? nullptr : it;
}

bool isFloatConstant(const OnnxNode &node, StringRef name) {
  const OnnxValue *value = node.importer.lookup(name);
  return value && value->constant && value->constant->isFloat();
}

/// Constants of FLOAT16 are float32 here, but their sums were rounded to half.
FailureOr<OnnxValue> getOperand(const OnnxNode &node, int index) {
  FailureOr<OnnxValue> value = node.getConstant(index, "operand");
  if (succeeded(value) &&
      value->constant->storedType != onnx::TensorProto::FLOAT)
    return node.emitError()
           << "expected constants of type FLOAT, found " << quoted(value->name)
           << " of type " << elementTypeName(value->constant->storedType)
           << "; expected a Cast to FLOAT in front";
  return value;
}

/// The shape that both repeat to, by numpy's rules.
std::optional<SmallVector<int64_t>> commonShape(ArrayRef<int64_t> a,
                                                ArrayRef<int64_t> b) {
  SmallVector<int64_t> shape(std::max(a.size(), b.size()));
  for (size_t d = 1; d <= shape.size(); ++d) {
    int64_t sizes[] = {d <= a.size() ? a[a.size() - d] : 1,
                       d <= b.size() ? b[b.size() - d] : 1};
    if (sizes[0] != sizes[1] && sizes[0] != 1 && sizes[1] != 1)
      return std::nullopt;
    shape[shape.size() - d] = std::max(sizes[0], sizes[1]);
  }
  return shape;
}

/// The elements in a shape, of a node that may make that many.
std::shared_ptr<const OnnxTensor> repeat(const OnnxNode &node,
                                         const OnnxTensor &tensor,
                                         ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    if (MulOverflow(count, size, count)) {
      count = std::numeric_limits<int64_t>::max();
      break;
    }
  if (failed(node.importer.spend(node, count)))
    return nullptr;
  return broadcast(tensor, shape);
}

} // namespace

static LogicalResult define(const OnnxNode &node,
                            std::shared_ptr<const OnnxTensor> tensor,
                            const OnnxValue &first) {
  if (!checkFinite(*tensor, [&] { return node.emitError(); }))
    return failure();
  node.importer.remark(node.describe(), "folded: arithmetic on constants");
  StringRef output = node.proto.output(0);
  // A parameter that is rescaled is still that of its layer.
  node.importer.define(output,
                       {Value(), std::move(tensor),
                        isParameterName(output) || !isParameterName(first.name)
                            ? output.str()
                            : first.name});
  return success();
}

static LogicalResult foldExpand(const OnnxNode &node) {
  FailureOr<OnnxValue> input = getOperand(node, 0);
  FailureOr<OnnxIntegers> sizes = getIntegers(node, 1, "shape");
  if (failed(input) || failed(sizes))
    return failure();
  SmallVector<int64_t> wanted;
  for (BatchInteger size : sizes->elements) {
    if (size.ofBatch || size.factor < 1)
      return node.emitError()
             << "expected constant sizes of 1 or more, found "
             << (size.ofBatch ? "the batch" : std::to_string(size.factor));
    wanted.push_back(size.factor);
  }
  auto shape = commonShape(input->constant->shape, wanted);
  auto tensor = shape ? repeat(node, *input->constant, *shape) : nullptr;
  if (!shape)
    return node.emitError()
           << "expected sizes that " << shapeText(input->constant->shape)
           << " repeats to, found " << shapeText(wanted);
  return tensor ? define(node, tensor, *input) : failure();
}

bool isOfFloats(const OnnxNode &node) {
  if (!isDefaultDomain(node.proto.domain()) || node.proto.input_size() == 0)
    return false;
  if (node.getOpType() == "Expand")
    return isFloatConstant(node, node.getInputName(0));
  return findFold(node) && all_of(node.proto.input(), [&](const auto &name) {
           return isFloatConstant(node, name);
         });
}

LogicalResult foldFloats(const OnnxNode &node) {
  if (node.getOpType() == "Expand")
    return foldExpand(node);
  const Fold &fold = *findFold(node);
  FailureOr<OnnxValue> first = getOperand(node, 0);
  if (failed(first))
    return failure();
  std::shared_ptr<const OnnxTensor> result = first->constant;
  if (fold.unary) {
    std::vector<float> values(result->values());
    for (float &value : values)
      value = fold.unary(value);
    return define(node, makeTensor(result->shape, std::move(values)), *first);
  }
  for (int i = 1; i < node.proto.input_size(); ++i) {
    FailureOr<OnnxValue> operand = getOperand(node, i);
    if (failed(operand))
      return failure();
    auto shape = commonShape(result->shape, operand->constant->shape);
    if (!shape)
      return node.emitError() << "expected constants that repeat to one shape, "
                                 "found "
                              << shapeText(result->shape) << " and "
                              << shapeText(operand->constant->shape);
    auto left = repeat(node, *result, *shape),
         right = left ? repeat(node, *operand->constant, *shape) : nullptr;
    if (!right)
      return failure();
    std::vector<float> values(left->values());
    for (auto [value, other] : zip_equal(values, right->values()))
      value = fold.binary(value, other);
    result = makeTensor(*shape, std::move(values));
  }
  return define(node, result, *first);
}

LogicalResult refuseActivation(const OnnxNode &node) {
  return node.emitError() << "expected constants alone, of which it makes "
                             "another at the import; there is no layer for it";
}

} // namespace mase::onnx_import
