// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One function for each ONNX operation that becomes a layer.
#include "OnnxLayers.h"

#include "OnnxParticles.h"
#include "OnnxShapes.h"

#include "mase/Support/Shortest.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

/// The integer attribute has its default, the only value that is supported.
static LogicalResult expectInt(const OnnxNode &node, StringRef name,
                               int64_t expected) {
  FailureOr<int64_t> value = node.getInt(name, expected);
  if (failed(value))
    return failure();
  if (*value == expected)
    return success();
  return node.emitError() << "expected '" << name << "' = " << expected
                          << ", found " << *value;
}

//===----------------------------------------------------------------------===//
// BatchNormalization
//===----------------------------------------------------------------------===//

LogicalResult importBatchNorm(const OnnxNode &node) {
  FailureOr<float> epsilon = node.getFloat("epsilon", 1e-5f);
  if (failed(epsilon) || failed(expectInt(node, "training_mode", 0)) ||
      failed(expectInt(node, "spatial", 1)) || failed(expectInference(node)))
    return failure();
  if (!(*epsilon >= 0) || std::isinf(*epsilon))
    return node.emitError()
           << "expected a finite 'epsilon' of at least 0, found " << *epsilon;
  FailureOr<OnnxValue> input = node.getElements(0, "X");
  if (failed(input))
    return failure();
  std::optional<ParticleShape> particles;
  if (input->view && input->view->size() == 3)
    particles = getParticleShape(*input);
  if (particles)
    input = OnnxValue{asParticles(node, *input, *particles), nullptr, ""};
  else if (input->view && input->rowsPerSample == 1)
    input = node.getActivation(0, "X"); // which says what is wrong
  if (failed(input))
    return failure();
  bool ofRows = input->rowsPerSample != 1;
  int64_t features = input->getType().getDimSize(ofRows ? 2 : 1);
  static constexpr StringRef kRoles[] = {"scale", "B", "input_mean",
                                         "input_var"};
  SmallVector<OnnxValue> parameters;
  for (auto [i, role] : enumerate(kRoles)) {
    FailureOr<OnnxValue> parameter = node.getConstant(i + 1, role, /*rank=*/1);
    if (failed(parameter))
      return failure();
    if (parameter->constant->shape[0] != features)
      return node.emitError()
             << "the input is " << shapeText(input->getType().getShape())
             << ", but '" << role << "', " << quoted(parameter->name) << ", is "
             << shapeText(parameter->constant->shape) << "; expected ["
             << features << "]";
    parameters.push_back(*parameter);
  }
  // ONNX keeps epsilon in binary32, but torch's 1e-5 is meant to be the
  // binary64 nearest to 1e-5.
  double eps = shortest(*epsilon);
  for (auto [c, variance] : enumerate(parameters[3].constant->values()))
    if (!(variance >= 0) || !(double(variance) + eps > 0))
      return node.emitError()
             << "expected a variance that is not negative and, with epsilon, "
                "above 0; found "
             << variance << " for feature " << c << " in "
             << quoted(parameters[3].name);
  OnnxImporter &importer = node.importer;
  SmallVector<Value> values;
  SmallVector<StringRef> names;
  for (const OnnxValue &parameter : parameters) {
    values.push_back(importer.materialize(parameter));
    names.push_back(parameter.name);
  }
  OpBuilder &builder = importer.getBuilder();
  // Between two exchanges of particles and features, which torch needs around
  // it, it is one along the last dimension.
  auto turned =
      ofRows ? TransposeOp() : input->activation.getDefiningOp<TransposeOp>();
  if (turned)
    importer.remark(
        node.describe(),
        "is along the last dimension, before particles and features "
        "are exchanged");
  Value from = turned ? turned.getInput() : input->activation;
  auto layer = BatchNormOp::create(
      builder, node.getLoc(), from.getType(), importer.getNoName(), from,
      values[0], values[1], values[2], values[3], builder.getF64FloatAttr(eps),
      builder.getI64IntegerAttr(turned || ofRows ? 2 : 1));
  importer.addLayer(node, layer, node.proto.output(0), names,
                    input->getShape());
  if (!turned)
    return success();
  auto back = TransposeOp::create(builder, node.getLoc(), input->getType(),
                                  importer.getNoName(), layer.getResult());
  importer.addLayer(node, back, node.proto.output(0), {});
  return success();
}

//===----------------------------------------------------------------------===//
// Element-wise
//===----------------------------------------------------------------------===//

FailureOr<Value> repeatConstant(const OnnxNode &node, const OnnxValue &operand,
                                RankedTensorType type,
                                SmallVectorImpl<int64_t> &shape) {
  OnnxImporter &importer = node.importer;
  size_t rank = operand.constant->shape.size();
  if (rank > shape.size())
    shape.insert(shape.begin(), rank - shape.size(), 1);
  // A constant has no batch: it stands for every sample.
  auto ofSample = [](ArrayRef<int64_t> from) {
    SmallVector<int64_t> result(from);
    std::replace(result.begin(), result.end(), ShapedType::kDynamic,
                 int64_t(1));
    return result;
  };
  SmallVector<int64_t> sample = ofSample(shape);
  if (failed(importer.spend(node, ShapedType::getNumElements(sample))))
    return failure();
  auto repeated = broadcast(*operand.constant, sample);
  if (!repeated)
    return node.emitError()
           << "expected a constant that repeats to " << shapeText(sample)
           << " beside the activation " << shapeText(shape) << ", found "
           << quoted(operand.name) << " of shape "
           << shapeText(operand.constant->shape);
  SmallVector<int64_t> own = ofSample(type.getShape());
  // Of rows that a sample has several of it is each row's.
  repeated = node.getRowsPerSample() == 1 ? reshape(*repeated, own)
                                          : broadcast(*repeated, own);
  return importer.materialize({Value(), repeated, operand.name});
}

template <typename LayerOp>
LogicalResult importElementwise(const OnnxNode &node) {
  FailureOr<OnnxValue> operands[] = {node.getInput(0, "A"),
                                     node.getInput(1, "B")};
  if (failed(operands[0]) || failed(operands[1]))
    return failure();
  if (!operands[0]->activation && !operands[1]->activation)
    return node.emitError()
           << "expected at least one activation, found two constants, "
           << quoted(operands[0]->name) << " and " << quoted(operands[1]->name);
  if (operands[0]->activation && operands[1]->activation &&
      failed(repeatToOneShape(node, *operands[0], *operands[1])))
    return failure();
  const OnnxValue &first = *operands[operands[0]->activation ? 0 : 1];
  RankedTensorType type = first.getType();
  SmallVector<int64_t> shape(first.getShape());
  OnnxImporter &importer = node.importer;
  Value values[2];
  StringRef name;
  for (int i : {0, 1}) {
    OnnxValue &operand = *operands[i];
    if (operand.activation) {
      if (operand.getType() != type && operand.getShape() == first.getShape())
        // The same elements, in another order of layers.
        if (std::optional<ParticleShape> sizes = getParticleShape(operand)) {
          Value value = asParticles(node, first, *sizes);
          operands[0]->activation = value;
          type = cast<RankedTensorType>(value.getType());
          values[0] = value;
          operand = {asParticles(node, operand, *sizes), nullptr, ""};
          if (type.getShape() != ArrayRef<int64_t>(shape)) {
            operand.view = shape;
            operands[0]->view = shape;
          }
        }
      if (operand.getType() != type || operand.getShape() != first.getShape())
        return node.emitError() << "expected operands of one shape, found "
                                << shapeText(first.getShape()) << " and "
                                << shapeText(operand.getShape());
      values[i] = operand.activation;
      continue;
    }
    if (failed(node.getConstant(i, i ? "B" : "A")))
      return failure();
    name = operand.name;
    FailureOr<Value> repeated = repeatConstant(node, operand, type, shape);
    if (failed(repeated))
      return failure();
    values[i] = *repeated;
  }
  auto layer = LayerOp::create(importer.getBuilder(), node.getLoc(), type,
                               importer.getNoName(), values[0], values[1],
                               PrecisionAttr());
  importer.addLayer(node, layer, node.proto.output(0), {name},
                    ArrayRef<int64_t>(shape));
  return success();
}

template LogicalResult importElementwise<AddOp>(const OnnxNode &);
template LogicalResult importElementwise<SubOp>(const OnnxNode &);
template LogicalResult importElementwise<MulOp>(const OnnxNode &);
template LogicalResult importElementwise<DivOp>(const OnnxNode &);

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

/// From this opset on a Softmax is along one axis, the last unless it says
/// otherwise; before, along all from the axis 1 on.
static constexpr int64_t kFirstOneAxisOpset = 13;

template <typename LayerOp> LogicalResult importSoftmax(const OnnxNode &node) {
  FailureOr<OnnxRows> input = getRows(node, 0, "input", /*particles=*/true);
  if (failed(input))
    return failure();
  OnnxImporter &importer = node.importer;
  ArrayRef<int64_t> shape = input->shape;
  auto last = int64_t(shape.size()) - 1;
  bool oneAxis = importer.getOpset() >= kFirstOneAxisOpset;
  FailureOr<int64_t> axis =
      node.getInt("axis", oneAxis ? last : std::min<int64_t>(last, 1));
  if (failed(axis))
    return failure();
  int64_t first = *axis < 0 ? *axis + last + 1 : *axis;
  // Sizes of 1 between the axis and the last are the same before opset 13.
  if (first < 0 || first > last ||
      (first != last &&
       (oneAxis || any_of(shape.drop_back().drop_front(first),
                          [](int64_t size) { return size != 1; }))))
    return node.emitError()
           << "expected 'axis' = " << last << " (or -1) for the input "
           << shapeText(shape) << ", found " << *axis;
  auto layer = LayerOp::create(importer.getBuilder(), node.getLoc(),
                               cast<RankedTensorType>(input->value.getType()),
                               importer.getNoName(), input->value);
  importer.addLayer(node, layer, node.proto.output(0), {}, shape);
  return success();
}

template LogicalResult importSoftmax<SoftmaxOp>(const OnnxNode &);
template LogicalResult importSoftmax<LogSoftmaxOp>(const OnnxNode &);

} // namespace mase::onnx_import
