// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nodes that move no data: Reshape, Squeeze, Unsqueeze, Flatten. An activation
// keeps its shape in the network, and has that of the file beside it where they
// differ (`OnnxValue::view`); where only the batch and one more size remain, it
// is flattened.
#include "OnnxShapes.h"
#include "OnnxParticles.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

FailureOr<OnnxRows> getRows(const OnnxNode &node, int index, StringRef role,
                            bool particles) {
  FailureOr<OnnxValue> value = node.getElements(index, role);
  if (failed(value))
    return failure();
  ArrayRef<int64_t> shape = value->getShape();
  if (value->rowsPerSample != 1)
    return OnnxRows{value->activation, SmallVector<int64_t>(shape)};
  if (shape.empty() || ShapedType::isDynamic(shape.back()) ||
      any_of(shape.drop_back(), [](int64_t size) {
        return size != 1 && !ShapedType::isDynamic(size);
      })) {
    std::optional<ParticleShape> sizes;
    if (particles && !shape.empty())
      sizes = getParticleShape(*value);
    if (sizes && shape.back() == sizes->features)
      return OnnxRows{asParticles(node, *value, *sizes),
                      SmallVector<int64_t>(shape)};
    return node.emitError()
           << "expected one row of features a sample"
           << (particles ? ", or one a particle," : "") << " for input "
           << index << " ('" << role << "'), found " << shapeText(shape);
  }
  OnnxRows rows{value->activation, SmallVector<int64_t>(shape)};
  if (value->getType().getRank() != 2)
    rows.value = node.importer.flatten(node, *value);
  return rows;
}

/// The node's output is `value` in the shape `target`.
static LogicalResult changeShape(const OnnxNode &node, OnnxValue value,
                                 ArrayRef<BatchInteger> target) {
  OnnxImporter &importer = node.importer;
  StringRef output = node.proto.output(0);
  if (value.constant) {
    SmallVector<int64_t> shape;
    int64_t count = int64_t(value.constant->size()), known = 1;
    for (BatchInteger size : target) {
      shape.push_back(size.factor);
      if (size.ofBatch || (size.factor < 1 && size.factor != -1) ||
          (size.factor != -1 && MulOverflow(known, size.factor, known)))
        known = 0;
    }
    bool open = llvm::count(shape, -1) == 1;
    int64_t rest = open && known > 0 ? count / known : 1;
    for (int64_t &size : shape)
      if (open && size == -1)
        size = rest;
    if (is_contained(shape, -1) || known * rest != count)
      return node.emitError()
             << "expected a shape of " << count << " elements for the constant "
             << quoted(value.name) << ", " << shapeText(value.constant->shape)
             << ", found " << shapeText(shape);
    value.constant = reshape(*value.constant, shape);
    importer.remark(node.describe(), "folded: the constant " +
                                         quoted(value.name) +
                                         " has another shape");
    importer.define(output, value);
    return success();
  }
  ArrayRef<int64_t> own = value.getType().getShape();
  // Rows of all samples are in their samples still.
  SmallVector<int64_t> from(value.rowsPerSample == 1 ? value.getShape() : own);
  value.rowsPerSample = 1;
  if (std::optional<int64_t> rows = countRows(
          node, ShapedType::getNumElements(own.drop_front()), target)) {
    ParticleShape sizes{*rows, target[1].factor};
    value.activation = asParticles(node, value, sizes);
    value.view = SmallVector<int64_t>{ShapedType::kDynamic, sizes.features};
    value.rowsPerSample = *rows;
    importer.remark(node.describe(), "dropped: layers are of each row anyway");
    importer.define(output, value);
    return success();
  }
  FailureOr<SmallVector<int64_t>> shape = resolveShape(node, from, target);
  if (failed(shape))
    return failure();
  if (ArrayRef(*shape) != own && shape->size() == 2 &&
      ShapedType::isDynamic(shape->front()) && own.size() > 2) {
    if (node.getOpType() != "Flatten")
      importer.remarkOfNextLayer(
          node.describe(), "keeps samples as they are: is the flattening");
    Operation *layer = importer.createFlatten(node, value);
    importer.addLayer(node, layer, output, {});
    return success();
  }
  if (shape->size() == 3 && ShapedType::isDynamic(shape->front()) &&
      own.size() == 2 && (*shape)[1] != 1 && (*shape)[2] != 1) {
    importer.remarkOfNextLayer(node.describe(),
                               "makes particles of features: is the change of "
                               "shape");
    auto type =
        RankedTensorType::get(*shape, importer.getBuilder().getF32Type());
    auto layer = UnflattenOp::create(importer.getBuilder(), node.getLoc(), type,
                                     importer.getNoName(), value.activation);
    importer.addLayer(node, layer, output, {});
    return success();
  }
  value.view.reset();
  if (ArrayRef(*shape) != own)
    value.view = *shape;
  importer.remark(node.describe(), "dropped: it moves no data");
  importer.define(output, value);
  return success();
}

//===----------------------------------------------------------------------===//
// The nodes
//===----------------------------------------------------------------------===//

/// What the node changes the shape of: an activation or a float constant.
static FailureOr<OnnxValue> getChanged(const OnnxNode &node, StringRef role) {
  FailureOr<OnnxValue> value = node.getInput(0, role);
  if (failed(value) || value->activation)
    return value;
  return node.getConstant(0, role);
}

static ArrayRef<int64_t> shapeIn(const OnnxValue &value) {
  return value.constant ? ArrayRef<int64_t>(value.constant->shape)
                        : value.getShape();
}

SmallVector<BatchInteger> shapeIntegers(const OnnxValue &value) {
  SmallVector<BatchInteger> result;
  for (int64_t size : shapeIn(value))
    result.push_back(ShapedType::isDynamic(size)
                         ? BatchInteger{value.rowsPerSample, true}
                         : BatchInteger{size});
  return result;
}

FailureOr<int64_t> countAxis(const OnnxNode &node, int64_t axis, int64_t rank) {
  if (axis >= -rank && axis < rank)
    return axis < 0 ? axis + rank : axis;
  return node.emitError() << "expected an axis of " << -rank << " to "
                          << rank - 1 << ", found " << axis;
}

FailureOr<SmallVector<int64_t>> getAxes(const OnnxNode &node, int64_t rank) {
  FailureOr<SmallVector<int64_t>> axes = node.getInts("axes");
  if (failed(axes))
    return failure();
  if (node.hasInput(1)) {
    FailureOr<OnnxIntegers> integers = getIntegers(node, 1, "axes");
    if (failed(integers))
      return failure();
    for (BatchInteger axis : integers->elements) {
      if (axis.ofBatch)
        return node.emitError() << "expected constants for input 1 ('axes'), "
                                   "found the batch";
      axes->push_back(axis.factor);
    }
  }
  for (int64_t &axis : *axes) {
    FailureOr<int64_t> counted = countAxis(node, axis, rank);
    if (failed(counted))
      return failure();
    axis = *counted;
  }
  llvm::sort(*axes);
  if (std::adjacent_find(axes->begin(), axes->end()) != axes->end())
    return node.emitError() << "expected different axes, found one twice";
  return axes;
}

LogicalResult importReshape(const OnnxNode &node) {
  FailureOr<OnnxValue> value = getChanged(node, "data");
  FailureOr<int64_t> allowZero = node.getInt("allowzero", 0);
  FailureOr<SmallVector<int64_t>> old = node.getInts("shape");
  if (failed(value) || failed(allowZero) || failed(old))
    return failure();
  SmallVector<BatchInteger> target;
  for (int64_t size : *old) // until opset 4
    target.push_back({size});
  if (node.hasInput(1)) {
    FailureOr<OnnxIntegers> integers = getIntegers(node, 1, "shape");
    if (failed(integers))
      return failure();
    target = integers->elements;
  }
  SmallVector<BatchInteger> from = shapeIntegers(*value);
  for (auto [d, size] : enumerate(target))
    if (size.factor == 0 && !*allowZero) {
      if (d >= from.size())
        return node.emitError()
               << "expected no 0 in the shape at " << d << ": the input is "
               << shapeText(shapeIn(*value));
      size = from[d];
    }
  return changeShape(node, *value, target);
}

LogicalResult importFlatten(const OnnxNode &node) {
  FailureOr<OnnxValue> value = getChanged(node, "input");
  FailureOr<int64_t> axis = node.getInt("axis", 1);
  if (failed(value) || failed(axis))
    return failure();
  SmallVector<BatchInteger> from = shapeIntegers(*value);
  int64_t rank = int64_t(from.size());
  if (*axis != rank) {
    axis = countAxis(node, *axis, rank);
    if (failed(axis))
      return failure();
  }
  SmallVector<BatchInteger> target(2, BatchInteger{1});
  for (auto [d, size] : enumerate(from)) {
    BatchInteger &to = target[int64_t(d) < *axis ? 0 : 1];
    to = {to.factor * size.factor, to.ofBatch || size.ofBatch};
  }
  return changeShape(node, *value, target);
}

LogicalResult importSqueeze(const OnnxNode &node) {
  FailureOr<OnnxValue> value = getChanged(node, "data");
  if (failed(value))
    return failure();
  ArrayRef<int64_t> from = shapeIn(*value);
  FailureOr<SmallVector<int64_t>> axes = getAxes(node, int64_t(from.size()));
  if (failed(axes))
    return failure();
  bool all = !node.hasInput(1) && !node.findAttribute("axes");
  bool single = node.importer.getBatch() == 1;
  SmallVector<BatchInteger> target;
  for (auto [d, size] : enumerate(shapeIntegers(*value))) {
    bool isOne = size.ofBatch ? single : size.factor == 1;
    if (all ? isOne : is_contained(*axes, int64_t(d))) {
      if (!isOne)
        return node.emitError()
               << "expected a size of 1 at axis " << d << ", found "
               << (size.ofBatch
                       ? "the batch of "
                       : "size " + std::to_string(size.factor) + " of ")
               << shapeText(from);
      continue;
    }
    target.push_back(size);
  }
  return changeShape(node, *value, target);
}

LogicalResult importUnsqueeze(const OnnxNode &node) {
  FailureOr<OnnxValue> value = getChanged(node, "data");
  if (failed(value))
    return failure();
  SmallVector<BatchInteger> target = shapeIntegers(*value);
  int64_t added = int64_t(
      node.findAttribute("axes") ? node.findAttribute("axes")->ints_size() : 0);
  if (node.hasInput(1)) {
    FailureOr<OnnxIntegers> integers = getIntegers(node, 1, "axes");
    if (failed(integers))
      return failure();
    added += int64_t(integers->elements.size());
  }
  FailureOr<SmallVector<int64_t>> axes =
      getAxes(node, int64_t(target.size()) + added);
  if (failed(axes))
    return failure();
  for (int64_t axis : *axes)
    target.insert(target.begin() + axis, BatchInteger{1});
  return changeShape(node, *value, target);
}

} // namespace mase::onnx_import
