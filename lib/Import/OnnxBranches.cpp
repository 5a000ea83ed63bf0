// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nodes where branches join and part: Concat, Split and Slice of features.
#include "OnnxParticles.h"
#include "OnnxShapes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

static RankedTensorType withFeatures(Value value, int64_t features) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = features;
  return type.clone(shape);
}

/// `axis` is that of the features.
static LogicalResult expectLast(const OnnxNode &node, int64_t axis,
                                ArrayRef<int64_t> shape) {
  auto last = int64_t(shape.size()) - 1;
  if (axis == last || axis == -1)
    return success();
  return node.emitError() << "expected the axis of the features, " << last
                          << " (or -1), for the input " << shapeText(shape)
                          << ", found " << axis;
}

LogicalResult importConcatOfFeatures(const OnnxNode &node) {
  SmallVector<OnnxRows> parts;
  SmallVector<Value> values;
  int64_t features = 0;
  bool isAnyActivation = false;
  for (const std::string &name : node.proto.input()) {
    const OnnxValue *value = node.importer.lookup(name);
    isAnyActivation |= value && value->activation;
  }
  if (!isAnyActivation)
    return refuseOther(node);
  for (int i = 0; i < node.proto.input_size(); ++i) {
    FailureOr<OnnxRows> rows = getRows(node, i, "inputs", /*particles=*/true);
    if (failed(rows))
      return failure();
    ArrayRef<int64_t> first =
        i ? ArrayRef<int64_t>(parts[0].shape) : ArrayRef<int64_t>(rows->shape);
    if (ArrayRef<int64_t>(rows->shape).drop_back() != first.drop_back())
      return node.emitError()
             << "expected inputs that differ in their features alone, found "
             << shapeText(first) << " and " << shapeText(rows->shape);
    features += rows->getFeatures();
    // A chain of them doubles with each node.
    if (features > kMaxTensorElements)
      return node.emitError() << "expected at most " << kMaxTensorElements
                              << " features, found " << features;
    values.push_back(rows->value);
    parts.push_back(*rows);
  }
  // Until opset 3 it had a default.
  FailureOr<int64_t> axis = node.getInt("axis", 1);
  if (failed(axis) || failed(expectLast(node, *axis, parts[0].shape)))
    return failure();
  OnnxImporter &importer = node.importer;
  if (values.size() == 1) {
    importer.remark(node.describe(), "dropped: it does nothing");
    importer.define(node.proto.output(0),
                    *importer.lookup(node.getInputName(0)));
    return success();
  }
  auto layer = ConcatOp::create(importer.getBuilder(), node.getLoc(),
                                withFeatures(values[0], features),
                                importer.getNoName(), values);
  importer.addLayer(node, layer, node.proto.output(0), {},
                    ArrayRef<int64_t>(parts[0].withFeatures(features)));
  return success();
}

/// Features `start` up to `end` of `rows` are the node's output `output`.
static void addSlice(const OnnxNode &node, const OnnxRows &rows, int64_t start,
                     int64_t end, StringRef output) {
  OnnxImporter &importer = node.importer;
  OpBuilder &builder = importer.getBuilder();
  auto layer = SliceOp::create(
      builder, node.getLoc(), withFeatures(rows.value, end - start),
      importer.getNoName(), rows.value, builder.getI64IntegerAttr(start),
      builder.getI64IntegerAttr(end));
  importer.addLayer(node, layer, output, {},
                    ArrayRef<int64_t>(rows.withFeatures(end - start)));
}

/// Constant integers: input `index`, before some opset the attribute `name`.
static FailureOr<SmallVector<int64_t>> getConstants(const OnnxNode &node,
                                                    int index, StringRef name) {
  FailureOr<SmallVector<int64_t>> values = node.getInts(name);
  if (failed(values) || !node.hasInput(index))
    return values;
  FailureOr<OnnxIntegers> integers = getIntegers(node, index, name);
  if (failed(integers))
    return failure();
  values->clear();
  for (BatchInteger integer : integers->elements) {
    if (integer.ofBatch)
      return node.emitError() << "expected constants for input " << index
                              << " ('" << name << "'), found the batch";
    values->push_back(integer.factor);
  }
  return values;
}

LogicalResult importSplit(const OnnxNode &node) {
  FailureOr<OnnxRows> rows = getRows(node, 0, "input", /*particles=*/true);
  FailureOr<int64_t> axis = node.getInt("axis", 0);
  FailureOr<SmallVector<int64_t>> sizes = getConstants(node, 1, "split");
  FailureOr<int64_t> outputs = node.getInt("num_outputs", 0);
  if (failed(rows) || failed(axis) || failed(sizes) || failed(outputs) ||
      failed(expectLast(node, *axis, rows->shape)))
    return failure();
  int64_t features = rows->getFeatures(), count = node.proto.output_size();
  if (*outputs && *outputs != count)
    return node.emitError() << "expected 'num_outputs' = " << count
                            << ", the number of outputs, found " << *outputs;
  if (sizes->empty()) {
    // Equal parts; the last may have less.
    int64_t part = int64_t(divideCeil(uint64_t(features), uint64_t(count)));
    for (int64_t i = 0; i < count; ++i)
      sizes->push_back(std::min(part, features - i * part));
  }
  int64_t sum = 0;
  bool fits = int64_t(sizes->size()) == count;
  for (int64_t size : *sizes) {
    fits &= size > 0 && size <= features;
    sum += fits ? size : 0;
  }
  if (!fits || sum != features)
    return node.emitError()
           << "expected " << count << " parts of the " << features
           << " features of the input " << shapeText(rows->shape) << ", found "
           << shapeText(*sizes);
  int64_t start = 0;
  for (auto [output, size] : zip_equal(node.proto.output(), *sizes)) {
    if (size == features) {
      node.importer.remark(node.describe(), "dropped: it does nothing");
      node.importer.define(output, *node.importer.lookup(node.getInputName(0)));
    } else if (!output.empty() && node.importer.isUsed(output)) {
      addSlice(node, *rows, start, start + size, output);
    }
    start += size;
  }
  return success();
}

LogicalResult importSliceOfFeatures(const OnnxNode &node) {
  const OnnxValue *value = node.importer.lookup(node.getInputName(0));
  if (!value || !value->activation)
    return refuseOther(node);
  FailureOr<OnnxRows> rows = getRows(node, 0, "data", /*particles=*/true);
  FailureOr<SmallVector<int64_t>> starts = getConstants(node, 1, "starts"),
                                  ends = getConstants(node, 2, "ends"),
                                  axes = getConstants(node, 3, "axes"),
                                  steps = getConstants(node, 4, "steps");
  if (failed(rows) || failed(starts) || failed(ends) || failed(axes) ||
      failed(steps))
    return failure();
  ArrayRef<int64_t> shape = rows->shape;
  if (axes->empty())
    append_range(*axes, seq<int64_t>(0, int64_t(starts->size())));
  if (steps->empty())
    steps->assign(starts->size(), 1);
  if (starts->size() != ends->size() || starts->size() != axes->size() ||
      starts->size() != steps->size())
    return node.emitError()
           << "expected as many 'starts', 'ends', 'axes' and 'steps', found "
           << starts->size() << ", " << ends->size() << ", " << axes->size()
           << " and " << steps->size();
  int64_t features = rows->getFeatures(), start = 0, end = features;
  for (size_t i = 0; i < starts->size(); ++i) {
    if (failed(expectLast(node, (*axes)[i], shape)))
      return failure();
    if ((*steps)[i] != 1)
      return node.emitError() << "expected steps of 1, found " << (*steps)[i];
    auto clamped = [&](int64_t at) {
      return std::clamp<int64_t>(at < 0 ? at + features : at, 0, features);
    };
    start = clamped((*starts)[i]);
    end = clamped((*ends)[i]);
  }
  if (start >= end)
    return node.emitError()
           << "expected features of the input " << shapeText(shape)
           << ", found none from " << start << " to " << end;
  if (end - start == features) {
    node.importer.remark(node.describe(), "dropped: it does nothing");
    node.importer.define(node.proto.output(0), *value);
    return success();
  }
  addSlice(node, *rows, start, end, node.proto.output(0));
  return success();
}

} // namespace mase::onnx_import
