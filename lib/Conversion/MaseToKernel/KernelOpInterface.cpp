// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What all ops that become part of a kernel share.
#include "mase/Conversion/KernelOpInterface.h"

#include "mase/Support/Quoting.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

#include "mase/Conversion/KernelOpInterface.cpp.inc"

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

std::string mase::kernel::layerNameOf(Operation *op) {
  if (auto layer = dyn_cast<LayerOpInterface>(op))
    return layer.getLayerName().str();
  if (auto linear = dyn_cast<IntLinearOp>(op))
    return linear.getLayer().str();
  if (auto reduce = dyn_cast<IntReduceOp>(op))
    return reduce.getLayer().str();
  if (auto affine = dyn_cast<mase::AffineOp>(op))
    return affine.getLayer().str();
  if (auto requantize = dyn_cast<RequantizeOp>(op))
    if (!requantize.getLayers().empty())
      return cast<StringAttr>(requantize.getLayers()[0]).getValue().str();
  return {};
}

bool mase::kernel::isConstant(Value value) {
  DenseElementsAttr attr;
  return matchPattern(value, m_Constant(&attr));
}

InFlightDiagnostic mase::kernel::noKernel(Operation *op) {
  std::string layer = layerNameOf(op);
  InFlightDiagnostic diagnostic = op->emitError();
  if (layer.empty())
    diagnostic << "'" << op->getName() << "'";
  else
    diagnostic << "layer " << quoted(layer);
  diagnostic << " has no kernel: ";
  return diagnostic;
}

LogicalResult mase::kernel::requireActivation(Operation *op, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (isConstant(value))
    return noKernel(op) << "expected an input that depends on the network's, "
                           "found a constant";
  for (int64_t dim : type.getShape().drop_front())
    if (ShapedType::isDynamic(dim) || dim == 0)
      return noKernel(op) << "expected static sizes of at least 1 but for "
                             "the batch, found "
                          << type;
  if (type.getRank() < 2)
    return noKernel(op) << "expected a leading batch dimension, found " << type;
  return success();
}

LogicalResult mase::kernel::requireParameter(Operation *op, Value value,
                                             StringRef what) {
  if (!value || isConstant(value))
    return success();
  return noKernel(op) << "expected a constant " << what
                      << ", found an argument or a computed value";
}

LogicalResult mase::kernel::requireAxisOfSample(Operation *op,
                                                std::optional<int> axis,
                                                Value value) {
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  if (!axis || (*axis < 0 ? *axis + rank : *axis) != 0)
    return success();
  return noKernel(op) << "expected slices of a number format along an axis "
                         "of a sample, found the batch's";
}

//===----------------------------------------------------------------------===//
// KernelOpBuilder
//===----------------------------------------------------------------------===//

Value KernelOpBuilder::getOperandOrConstant(Value value, Value like) {
  DenseElementsAttr attr;
  if (!matchPattern(skipFlatten(value), m_Constant(&attr)))
    return getOperand(value);
  return kernel::ConstantOp::create(
      builder, value.getLoc(), getFloats(like),
      getTable(llvm::to_vector(attr.getValues<float>())));
}

StringAttr KernelOpBuilder::getLayer(Operation *op) {
  return builder.getStringAttr(layerNameOf(op));
}

VectorType KernelOpBuilder::getFloats(Value like) {
  return VectorType::get({sizeOfSample(like)}, builder.getF32Type());
}

DenseElementsAttr KernelOpBuilder::getTable(ArrayRef<float> values,
                                            ArrayRef<int64_t> shape) {
  int64_t size = int64_t(values.size());
  return DenseElementsAttr::get(
      RankedTensorType::get(shape.empty() ? ArrayRef(size) : shape,
                            builder.getF32Type()),
      values);
}

IntegerAttr KernelOpBuilder::getFeatures(int64_t count, Value like) {
  return count == sizeOfSample(like) ? IntegerAttr()
                                     : builder.getI64IntegerAttr(count);
}
