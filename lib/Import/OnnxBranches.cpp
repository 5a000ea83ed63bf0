// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nodes where branches join and part: Concat, Split and Slice, along the
// features or the particles.
#include "OnnxParticles.h"
#include "OnnxShapes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

namespace {

/// An axis of an activation as the last dimension of rows. An index of it is a
/// feature, or, where it is that of the particles, the features of one of them
/// in rows that have them all.
struct Along {
  OnnxValue input;
  int64_t axis;   ///< of the input's shape in the file
  Value rows;     ///< [batch, n], or [batch, particles, n]
  int64_t behind; ///< features of an index

  int64_t size() const { return input.getShape()[axis]; }
  /// The shape with `size` in the place of the axis, or without it.
  SmallVector<int64_t> withSize(std::optional<int64_t> size) const {
    SmallVector<int64_t> shape(input.getShape());
    if (size)
      shape[axis] = *size;
    else
      shape.erase(shape.begin() + axis);
    return shape;
  }
};

} // namespace

static FailureOr<Along> getAlong(const OnnxNode &node, const OnnxValue &input,
                                 int64_t axis) {
  ArrayRef<int64_t> shape = input.getShape();
  FailureOr<int64_t> counted = countAxis(node, axis, int64_t(shape.size()));
  if (failed(counted))
    return failure();
  if (ShapedType::isDynamic(shape[*counted]))
    return node.emitError() << "expected an axis of a sample, found " << axis
                            << ", the batch of the input " << shapeText(shape);
  int64_t before = 1, behind = 1;
  for (auto [d, size] : enumerate(shape))
    if (!ShapedType::isDynamic(size) && int64_t(d) != *counted)
      (int64_t(d) < *counted ? before : behind) *= size;
  if (before != 1 && behind != 1)
    return node.emitError()
           << "expected the axis of the particles or the features of the input "
           << shapeText(shape) << ", found " << axis;
  Along along{input, *counted, input.activation, behind};
  if (before != 1)
    along.rows = asParticles(node, input, {before, along.size()});
  else if (input.getType().getRank() != 2)
    along.rows = node.importer.flatten(node, input);
  return along;
}

static RankedTensorType withFeatures(Value value, int64_t features) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = features;
  return type.clone(shape);
}

/// `layer` has `size` indices of the axis, or one and no axis: it is the node's
/// output, particles being made of its rows where the axis is theirs.
static void finish(const OnnxNode &node, const Along &like, Operation *layer,
                   std::optional<int64_t> size, StringRef output) {
  OnnxImporter &importer = node.importer;
  SmallVector<int64_t> shape = like.withSize(size);
  if (like.behind != 1 && size.value_or(1) != 1) {
    importer.addInFront(node, layer,
                        "its particles side by side are the result");
    Value rows = layer->getResult(0);
    int64_t sizes[] = {cast<RankedTensorType>(rows.getType()).getDimSize(0),
                       *size, like.behind};
    OpBuilder &builder = importer.getBuilder();
    layer =
        UnflattenOp::create(builder, node.getLoc(),
                            RankedTensorType::get(sizes, builder.getF32Type()),
                            importer.getNoName(), rows);
  }
  importer.addLayer(node, layer, output, {}, ArrayRef<int64_t>(shape));
}

static ConcatOp createConcat(const OnnxNode &node, ArrayRef<Value> rows,
                             int64_t features) {
  OnnxImporter &importer = node.importer;
  return ConcatOp::create(importer.getBuilder(), node.getLoc(),
                          withFeatures(rows.front(), features),
                          importer.getNoName(), rows);
}

/// `indices` of the axis are the node's output `output`; `one` is one of them,
/// without the axis.
static void take(const OnnxNode &node, const Along &from,
                 ArrayRef<int64_t> indices, StringRef output,
                 bool one = false) {
  OnnxImporter &importer = node.importer;
  std::optional<int64_t> size;
  if (!one)
    size = int64_t(indices.size());
  SmallVector<std::pair<int64_t, int64_t>> runs;
  for (int64_t i : indices)
    if (!runs.empty() && runs.back().second == i)
      ++runs.back().second;
    else
      runs.emplace_back(i, i + 1);
  if (runs.size() == 1 &&
      runs[0] == std::pair<int64_t, int64_t>(0, from.size())) {
    OnnxValue value = from.input;
    SmallVector<int64_t> shape = from.withSize(size);
    value.view.reset();
    if (value.getType().getShape() != ArrayRef<int64_t>(shape))
      value.view = shape;
    importer.remark(node.describe(), "dropped: it does nothing");
    importer.define(output, value);
    return;
  }
  OpBuilder &builder = importer.getBuilder();
  SmallVector<Value> parts;
  for (auto [start, end] : runs)
    parts.push_back(
        SliceOp::create(builder, node.getLoc(),
                        withFeatures(from.rows, (end - start) * from.behind),
                        importer.getNoName(), from.rows,
                        builder.getI64IntegerAttr(start * from.behind),
                        builder.getI64IntegerAttr(end * from.behind)));
  if (parts.size() == 1)
    return finish(node, from, parts[0].getDefiningOp(), size, output);
  for (Value part : parts)
    importer.addInFront(node, part.getDefiningOp(),
                        "a part of it is the result");
  finish(node, from,
         createConcat(node, parts, int64_t(indices.size()) * from.behind), size,
         output);
}

//===----------------------------------------------------------------------===//
// Joining
//===----------------------------------------------------------------------===//

LogicalResult importConcatOfActivations(const OnnxNode &node) {
  if (none_of(node.proto.input(), [&](const std::string &name) {
        const OnnxValue *value = node.importer.lookup(name);
        return value && value->activation;
      }))
    return refuseOther(node);
  // Until opset 3 it had a default.
  FailureOr<int64_t> axis = node.getInt("axis", 1);
  if (failed(axis))
    return failure();
  std::optional<Along> first;
  SmallVector<Value> rows;
  int64_t size = 0;
  for (int i = 0; i < node.proto.input_size(); ++i) {
    FailureOr<OnnxValue> input = node.getElements(i, "inputs");
    if (failed(input))
      return failure();
    FailureOr<Along> along = getAlong(node, *input, *axis);
    if (failed(along))
      return failure();
    if (!first)
      first = *along;
    if (along->withSize(std::nullopt) != first->withSize(std::nullopt))
      return node.emitError()
             << "expected inputs that differ along axis " << *axis
             << " alone, found " << shapeText(first->input.getShape())
             << " and " << shapeText(input->getShape());
    size += along->size();
    // A chain of them doubles with each node.
    if (size > kMaxTensorElements / along->behind)
      return node.emitError() << "expected at most " << kMaxTensorElements
                              << " features, found " << size * along->behind;
    rows.push_back(along->rows);
  }
  if (rows.size() == 1) {
    node.importer.remark(node.describe(), "dropped: it does nothing");
    node.importer.define(node.proto.output(0), first->input);
    return success();
  }
  finish(node, *first, createConcat(node, rows, size * first->behind), size,
         node.proto.output(0));
  return success();
}

//===----------------------------------------------------------------------===//
// Parting
//===----------------------------------------------------------------------===//

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
  FailureOr<OnnxValue> input = node.getElements(0, "input");
  FailureOr<int64_t> axis = node.getInt("axis", 0);
  FailureOr<SmallVector<int64_t>> sizes = getConstants(node, 1, "split");
  FailureOr<int64_t> outputs = node.getInt("num_outputs", 0);
  if (failed(input) || failed(axis) || failed(sizes) || failed(outputs))
    return failure();
  FailureOr<Along> along = getAlong(node, *input, *axis);
  if (failed(along))
    return failure();
  int64_t all = along->size(), count = node.proto.output_size();
  if (*outputs && *outputs != count)
    return node.emitError() << "expected 'num_outputs' = " << count
                            << ", the number of outputs, found " << *outputs;
  if (sizes->empty()) {
    // Equal parts; the last may have less.
    int64_t part = int64_t(divideCeil(uint64_t(all), uint64_t(count)));
    for (int64_t i = 0; i < count; ++i)
      sizes->push_back(std::min(part, all - i * part));
  }
  int64_t sum = 0;
  bool fits = int64_t(sizes->size()) == count;
  for (int64_t size : *sizes) {
    fits &= size > 0 && size <= all;
    sum += fits ? size : 0;
  }
  if (!fits || sum != all)
    return node.emitError()
           << "expected " << count << " parts of the " << all
           << " indices of axis " << *axis << " of the input "
           << shapeText(input->getShape()) << ", found " << shapeText(*sizes);
  int64_t start = 0;
  for (auto [output, size] : zip_equal(node.proto.output(), *sizes)) {
    if (!output.empty() && node.importer.isUsed(output))
      take(node, *along, to_vector(seq(start, start + size)), output);
    start += size;
  }
  return success();
}

/// An end that exporters write for all: tf2onnx this, torch the largest
/// integer.
static constexpr int64_t kAnyBatch = 1000000000;

LogicalResult importSliceOfActivation(const OnnxNode &node) {
  const OnnxValue *value = node.importer.lookup(node.getInputName(0));
  if (!value || !value->activation)
    return refuseOther(node);
  FailureOr<OnnxValue> input = node.getElements(0, "data");
  FailureOr<SmallVector<int64_t>> starts = getConstants(node, 1, "starts"),
                                  ends = getConstants(node, 2, "ends"),
                                  axes = getConstants(node, 3, "axes"),
                                  steps = getConstants(node, 4, "steps");
  if (failed(input) || failed(starts) || failed(ends) || failed(axes) ||
      failed(steps))
    return failure();
  if (axes->empty())
    append_range(*axes, seq<int64_t>(0, int64_t(starts->size())));
  if (steps->empty())
    steps->assign(starts->size(), 1);
  if (starts->empty() || starts->size() != ends->size() ||
      starts->size() != axes->size() || starts->size() != steps->size())
    return node.emitError()
           << "expected as many 'starts', 'ends', 'axes' and 'steps', found "
           << starts->size() << ", " << ends->size() << ", " << axes->size()
           << " and " << steps->size();
  StringRef output = node.proto.output(0);
  OnnxValue from = *input;
  for (auto [start, end, axis, step] :
       zip_equal(*starts, *ends, *axes, *steps)) {
    // The batch is sliced with all of it.
    FailureOr<int64_t> counted =
        countAxis(node, axis, int64_t(from.getShape().size()));
    if (failed(counted))
      return failure();
    if (ShapedType::isDynamic(from.getShape()[*counted]) && start == 0 &&
        step == 1 && end >= kAnyBatch) {
      node.importer.remark(node.describe(), "takes the whole batch");
      node.importer.define(output, from);
      continue;
    }
    FailureOr<Along> along = getAlong(node, from, axis);
    if (failed(along))
      return failure();
    if (step == 0)
      return node.emitError() << "expected steps other than 0, found 0";
    SmallVector<int64_t> indices =
        sliceIndices(start, end, step, along->size());
    if (indices.empty())
      return node.emitError()
             << "expected indices of axis " << axis << " of the input "
             << shapeText(from.getShape()) << ", found none from " << start
             << " to " << end << " in steps of " << step;
    take(node, *along, indices, output);
    from = *node.importer.lookup(output);
  }
  return success();
}

LogicalResult takeIndices(const OnnxNode &node, const OnnxValue &input,
                          int64_t axis, const OnnxIntegers &indices,
                          StringRef output) {
  FailureOr<Along> along = getAlong(node, input, axis);
  if (failed(along))
    return failure();
  FailureOr<SmallVector<int64_t>> taken =
      countIndices(node, indices, along->size());
  if (failed(taken))
    return failure();
  if (taken->empty())
    return node.emitError() << "expected indices, found none";
  take(node, *along, *taken, output, indices.isScalar);
  return success();
}

} // namespace mase::onnx_import
