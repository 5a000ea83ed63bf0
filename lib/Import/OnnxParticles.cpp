// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nodes of particles: Transpose of an activation, and sums over particles.
#include "OnnxParticles.h"

#include "OnnxShapes.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

std::optional<ParticleShape> getParticleShape(const OnnxValue &value) {
  ArrayRef<int64_t> shape = value.getShape();
  if (shape.empty())
    return std::nullopt;
  // Of a sample; a file for one may do without the batch.
  SmallVector<int64_t> sizes(shape);
  llvm::erase(sizes, ShapedType::kDynamic);
  while (sizes.size() > 2) {
    auto *one = llvm::find(sizes, 1);
    if (one == sizes.end())
      return std::nullopt;
    sizes.erase(one);
  }
  if (sizes.size() != 2)
    return std::nullopt;
  return ParticleShape{sizes[0], sizes[1]};
}

Value asParticles(const OnnxNode &node, const OnnxValue &value,
                  ParticleShape shape) {
  ArrayRef<int64_t> own = value.getType().getShape();
  int64_t sizes[] = {own[0], shape.particles, shape.features};
  if (own == ArrayRef<int64_t>(sizes))
    return value.activation;
  OnnxImporter &importer = node.importer;
  Value rows =
      own.size() == 2 ? value.activation : importer.flatten(node, value);
  OpBuilder &builder = importer.getBuilder();
  auto layer =
      UnflattenOp::create(builder, node.getLoc(),
                          RankedTensorType::get(sizes, builder.getF32Type()),
                          importer.getNoName(), rows);
  importer.addInFront(node, layer,
                      "its input is " + std::to_string(shape.particles) +
                          " particles a sample, the result");
  return layer.getResult();
}

Value exchanged(const OnnxNode &node, Value value) {
  if (auto back = value.getDefiningOp<TransposeOp>())
    return back.getInput();
  OnnxImporter &importer = node.importer;
  OpBuilder &builder = importer.getBuilder();
  ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
  auto layer =
      TransposeOp::create(builder, node.getLoc(),
                          RankedTensorType::get({shape[0], shape[2], shape[1]},
                                                builder.getF32Type()),
                          importer.getNoName(), value);
  importer.addInFront(
      node, layer,
      "it takes particles and features the other way round, the "
      "result");
  return layer.getResult();
}

//===----------------------------------------------------------------------===//
// Transpose
//===----------------------------------------------------------------------===//

LogicalResult importTransposeOfActivation(const OnnxNode &node) {
  FailureOr<OnnxValue> input = node.getElements(0, "data");
  FailureOr<SmallVector<int64_t>> perm = node.getInts("perm");
  if (failed(input) || failed(perm))
    return failure();
  ArrayRef<int64_t> shape = input->getShape();
  auto rank = int64_t(shape.size());
  if (!node.findAttribute("perm"))
    for (int64_t d = rank; d-- > 0;)
      perm->push_back(d);
  SmallVector<int64_t> sorted(*perm);
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, rank)))
    return node.emitError() << "expected 'perm' with each of " << rank
                            << " dimensions once, found " << shapeText(*perm);
  if (auto gathered = importGatherOfTransposed(node, *input, *perm))
    return *gathered;
  // What has a size of 1 moves nothing.
  SmallVector<int64_t> result, moved;
  for (int64_t d : *perm) {
    result.push_back(shape[d]);
    if (shape[d] != 1)
      moved.push_back(d);
  }
  OnnxImporter &importer = node.importer;
  StringRef output = node.proto.output(0);
  if (llvm::is_sorted(moved)) {
    input->view.reset();
    if (input->getType().getShape() != ArrayRef<int64_t>(result))
      input->view = result;
    importer.remark(node.describe(), "dropped: it moves no data");
    importer.define(output, *input);
    return success();
  }
  std::optional<ParticleShape> particles = getParticleShape(*input);
  if (!particles || !llvm::is_sorted(ArrayRef(moved).drop_back(2)) ||
      (moved.size() > 2 && !ShapedType::isDynamic(shape[moved[0]])) ||
      moved.size() > 3)
    return node.emitError()
           << "expected 'perm' to exchange particles and features of the input "
           << shapeText(shape) << ", found " << shapeText(*perm);
  Value value = asParticles(node, *input, *particles);
  if (auto back = value.getDefiningOp<TransposeOp>()) {
    importer.remark(node.describe(),
                    "dropped: it takes back an exchange of particles and "
                    "features");
    OnnxValue original{back.getInput(), nullptr, ""};
    if (original.getType().getShape() != ArrayRef<int64_t>(result))
      original.view = result;
    importer.define(output, original);
    return success();
  }
  OpBuilder &builder = importer.getBuilder();
  auto layer = TransposeOp::create(
      builder, node.getLoc(),
      RankedTensorType::get(
          {ShapedType::kDynamic, particles->features, particles->particles},
          builder.getF32Type()),
      importer.getNoName(), value);
  importer.addLayer(node, layer, output, {}, ArrayRef<int64_t>(result));
  return success();
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

/// The sum or mean of `input` over the dimensions `axes` of its shape in the
/// file.
template <typename LayerOp>
static LogicalResult addReduce(const OnnxNode &node, const OnnxValue &input,
                               ArrayRef<int64_t> axes, bool keepDims) {
  ArrayRef<int64_t> shape = input.getShape();
  // Sizes of a sample before, at and behind the axes.
  int64_t before = 1, at = 1, behind = 1;
  bool together = true;
  SmallVector<int64_t> result;
  for (auto [d, size] : enumerate(shape)) {
    bool isReduced = is_contained(axes, int64_t(d));
    if (isReduced && ShapedType::isDynamic(size))
      return node.emitError()
             << "expected axes of a sample, found the batch of "
             << shapeText(shape) << " among " << shapeText(axes);
    if (!isReduced || keepDims)
      result.push_back(isReduced ? 1 : size);
    if (size == 1 || ShapedType::isDynamic(size))
      continue;
    if (isReduced) {
      together &= behind == 1;
      at *= size;
    } else {
      (at == 1 ? before : behind) *= size;
    }
  }
  OnnxImporter &importer = node.importer;
  if (at == 1) {
    OnnxValue value = input;
    value.view.reset();
    if (value.getType().getShape() != ArrayRef<int64_t>(result))
      value.view = result;
    importer.remark(node.describe(),
                    "dropped: there is one of what it adds up");
    importer.define(node.proto.output(0), value);
    return success();
  }
  if (!together || (before != 1 && behind != 1))
    return node.emitError()
           << "expected axes that are the particles or the "
              "features of the input "
           << shapeText(shape) << ", found " << shapeText(axes);
  Value particles =
      before == 1 ? asParticles(node, input, {at, behind})
                  : exchanged(node, asParticles(node, input, {before, at}));
  OpBuilder &builder = importer.getBuilder();
  auto layer = LayerOp::create(
      builder, node.getLoc(),
      RankedTensorType::get({ShapedType::kDynamic, before * behind},
                            builder.getF32Type()),
      importer.getNoName(), particles, PrecisionAttr());
  importer.addLayer(node, layer, node.proto.output(0), {},
                    ArrayRef<int64_t>(result));
  return success();
}

template <typename LayerOp> LogicalResult importReduce(const OnnxNode &node) {
  FailureOr<OnnxValue> input = node.getElements(0, "data");
  FailureOr<int64_t> keepDims = node.getInt("keepdims", 1);
  FailureOr<int64_t> noop = node.getInt("noop_with_empty_axes", 0);
  if (failed(input) || failed(keepDims) || failed(noop))
    return failure();
  auto rank = int64_t(input->getShape().size());
  FailureOr<SmallVector<int64_t>> axes = getAxes(node, rank);
  if (failed(axes))
    return failure();
  if (axes->empty() && *noop != 0) {
    node.importer.remark(node.describe(), "dropped: it does nothing");
    node.importer.define(node.proto.output(0), *input);
    return success();
  }
  if (axes->empty()) // all, the batch among them
    llvm::append_range(*axes, llvm::seq<int64_t>(0, rank));
  return addReduce<LayerOp>(node, *input, *axes, *keepDims != 0);
}

template LogicalResult importReduce<ReduceSumOp>(const OnnxNode &);
template LogicalResult importReduce<ReduceMeanOp>(const OnnxNode &);

LogicalResult importGlobalAveragePool(const OnnxNode &node) {
  FailureOr<OnnxValue> input = node.getElements(0, "X");
  if (failed(input))
    return failure();
  auto rank = int64_t(input->getShape().size());
  if (rank < 3)
    return node.emitError()
           << "expected rank 3 or more for input 0 ('X'), found "
           << shapeText(input->getShape());
  return addReduce<ReduceMeanOp>(node, *input,
                                 to_vector(llvm::seq<int64_t>(2, rank)),
                                 /*keepDims=*/true);
}

} // namespace mase::onnx_import
