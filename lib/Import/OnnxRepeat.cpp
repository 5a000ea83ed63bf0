// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Activations that repeat beside others: a mean that is taken from each
// particle, a weight of each particle.
#include "OnnxParticles.h"
#include "OnnxShapes.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

/// The shape that both repeat to by numpy's rules, if they do; a batch stands
/// beside a batch.
static std::optional<SmallVector<int64_t>> commonShape(ArrayRef<int64_t> a,
                                                       ArrayRef<int64_t> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  SmallVector<int64_t> shape(a);
  size_t missing = a.size() - b.size();
  if (is_contained(a.take_front(missing), ShapedType::kDynamic))
    return std::nullopt;
  for (auto [size, other] :
       zip_equal(MutableArrayRef(shape).drop_front(missing), b)) {
    if (size == other || (other == 1 && !ShapedType::isDynamic(size)))
      continue;
    if (size != 1 || ShapedType::isDynamic(other))
      return std::nullopt;
    size = other;
  }
  return shape;
}

/// The features of `rows` `times` side by side.
static FailureOr<Value> copies(const OnnxNode &node, Value rows,
                               int64_t times) {
  auto type = cast<RankedTensorType>(rows.getType());
  SmallVector<int64_t> shape(type.getShape());
  int64_t others = ShapedType::getNumElements(ArrayRef(shape).drop_front());
  if (times > kMaxTensorElements / others)
    return node.emitError() << "expected at most " << kMaxTensorElements
                            << " elements of a sample, found " << others
                            << " that repeat " << times << " times";
  shape.back() *= times;
  OnnxImporter &importer = node.importer;
  auto layer =
      ConcatOp::create(importer.getBuilder(), node.getLoc(), type.clone(shape),
                       importer.getNoName(), SmallVector<Value>(times, rows));
  importer.addInFront(node, layer,
                      "an operand repeats " + std::to_string(times) +
                          " times, the result");
  return layer.getResult();
}

/// `value` repeated to `shape`, which its own repeats to.
static FailureOr<OnnxValue> repeat(const OnnxNode &node, const OnnxValue &value,
                                   ArrayRef<int64_t> shape) {
  SmallVector<int64_t> own(shape.size() - value.getShape().size(), 1);
  append_range(own, value.getShape());
  // Sizes of a sample, and what `value` has of them.
  SmallVector<int64_t> sizes, has;
  for (auto [size, from] : zip_equal(shape, own))
    if (!ShapedType::isDynamic(size) && size != 1) {
      sizes.push_back(size);
      has.push_back(from);
    }
  OnnxValue result = value;
  if (has != sizes) {
    if (sizes.size() > 2 || value.rowsPerSample != 1)
      return node.emitError()
             << "expected activations that repeat along particles or features, "
                "found "
             << shapeText(value.getShape()) << " beside " << shapeText(shape);
    bool hasParticles = has.size() == 2 && has.front() != 1;
    FailureOr<Value> rows = value.activation;
    if (hasParticles)
      rows = asParticles(node, value, {has.front(), has.back()});
    else if (value.getType().getRank() != 2)
      rows = node.importer.flatten(node, value);
    if (has.back() == 1)
      rows = copies(node, *rows, sizes.back());
    if (succeeded(rows) && has.size() == 2 && !hasParticles)
      rows = copies(node, *rows, sizes.front());
    if (failed(rows))
      return failure();
    result = {*rows, nullptr, ""};
    if (sizes.size() == 2)
      result.activation =
          asParticles(node, result, {sizes.front(), sizes.back()});
  }
  result.view.reset();
  if (result.getType().getShape() != shape)
    result.view = SmallVector<int64_t>(shape);
  return result;
}

LogicalResult repeatToOneShape(const OnnxNode &node, OnnxValue &a,
                               OnnxValue &b) {
  if (a.getShape() == b.getShape())
    return success();
  std::optional<SmallVector<int64_t>> shape =
      commonShape(a.getShape(), b.getShape());
  if (!shape)
    return success();
  for (OnnxValue *value : {&a, &b}) {
    FailureOr<OnnxValue> repeated = repeat(node, *value, *shape);
    if (failed(repeated))
      return failure();
    *value = *repeated;
  }
  return success();
}

LogicalResult importExpandOfActivation(const OnnxNode &node) {
  FailureOr<OnnxValue> input = node.getElements(0, "input");
  FailureOr<OnnxIntegers> asked = getIntegers(node, 1, "shape");
  if (failed(input) || failed(asked))
    return failure();
  ArrayRef<int64_t> from = input->getShape();
  SmallVector<int64_t> target;
  size_t rank = std::max(from.size(), asked->elements.size());
  for (auto [i, size] : enumerate(asked->elements)) {
    size_t d = rank - asked->elements.size() + i;
    bool isBatch = d >= rank - from.size() &&
                   ShapedType::isDynamic(from[d - (rank - from.size())]);
    // The batch stays what it is, 1 or all of it.
    bool same = size == BatchInteger{1, true} || size == BatchInteger{1} ||
                (!size.ofBatch && size.factor == node.importer.getBatch());
    target.push_back(isBatch && same ? ShapedType::kDynamic : size.factor);
    if ((isBatch && !same) || (!isBatch && size.ofBatch) || size.factor < 1)
      return node.emitError()
             << "expected positive sizes, and the batch as it is, for the "
                "input "
             << shapeText(from) << ", found "
             << (size.ofBatch ? std::to_string(size.factor) + " times the batch"
                              : std::to_string(size.factor))
             << " in place " << i;
  }
  std::optional<SmallVector<int64_t>> shape = commonShape(from, target);
  if (!shape)
    return node.emitError()
           << "expected a shape that the input " << shapeText(from)
           << " repeats to, found " << shapeText(target);
  FailureOr<OnnxValue> result = repeat(node, *input, *shape);
  if (failed(result))
    return failure();
  if (result->activation == input->activation)
    node.importer.remark(node.describe(), "dropped: it does nothing");
  node.importer.define(node.proto.output(0), *result);
  return success();
}

} // namespace mase::onnx_import
