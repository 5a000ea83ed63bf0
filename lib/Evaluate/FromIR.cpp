// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Translates the network level of the IR into the evaluator's steps.
#include "mase/Evaluate/FromIR.h"

#include "mase/Analysis/OutputKind.h"
#include "mase/Dialect/Mase/IR/Samples.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mase;

#include "mase/Evaluate/EvaluableOpInterface.cpp.inc"

LayerPrecision mase::toLayerPrecision(QuantizableOpInterface op,
                                      PrecisionAttr precision) {
  LayerPrecision result;
  if (!precision)
    return result;
  for (OperandRole role : kAllRoles)
    if (NumberFormatAttrInterface format = precision.getFormat(role))
      result[role] = format.getNumberFormat();
  auto product = dyn_cast<ProductOpInterface>(*op);
  if (product && product.isWeightInOut() && precision.getWeight())
    result[OperandRole::Weight] =
        transposed(precision.getWeight()).getNumberFormat();
  return result;
}

PrecisionAttr mase::toPrecisionAttr(QuantizableOpInterface op,
                                    const LayerPrecision &precision) {
  ByRole<NumberFormatAttrInterface> formats;
  for (OperandRole role : kAllRoles)
    if (precision[role])
      formats[role] = getFormatAttr(op->getContext(), *precision[role]);
  auto product = dyn_cast<ProductOpInterface>(*op);
  if (NumberFormatAttrInterface &weight = formats[OperandRole::Weight];
      weight && product && product.isWeightInOut())
    weight = transposed(weight);
  auto attr = PrecisionAttr::get(op->getContext(), formats[OperandRole::DataIn],
                                 formats[OperandRole::Weight],
                                 formats[OperandRole::Bias],
                                 formats[OperandRole::DataOut]);
  return attr.isEmpty() ? PrecisionAttr() : attr;
}

static std::vector<int64_t> sampleShape(Type type) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(type).getShape();
  return shape.drop_front().vec();
}

//===----------------------------------------------------------------------===//
// NetworkBuilder
//===----------------------------------------------------------------------===//

FailureOr<Step> NetworkBuilder::begin(LayerOpInterface op, Step::Kind kind,
                                      Value input) const {
  if (!isActivation(input))
    return op->emitError("layer '")
           << op.getLayerName()
           << "': expected an input that depends on the network's, found a "
              "constant";
  Step step;
  step.kind = kind;
  step.name = op.getLayerName();
  step.type = op.getLayerType();
  step.quantizable = isa<QuantizableOpInterface>(*op);
  step.input = indexOf(input);
  step.inFeatures = sampleSize(input.getType()).value_or(0);
  step.inShape = sampleShape(input.getType());
  return step;
}

LogicalResult NetworkBuilder::setParameter(LayerOpInterface op, Value value,
                                           std::vector<float> &to) const {
  auto constant = getConstantF32(value);
  if (!constant)
    return op->emitError("layer '") << op.getLayerName()
                                    << "': expected constant parameters, found "
                                       "an argument or a computed value";
  to.assign(constant->begin(), constant->end());
  return success();
}

LogicalResult NetworkBuilder::finish(LayerOpInterface op, Step step) {
  Type type = op->getResult(0).getType();
  std::optional<int64_t> out = sampleSize(type);
  if (!out)
    return op->emitError("expected static feature sizes, found ") << type;
  step.outFeatures = *out;
  step.outShape = sampleShape(type);
  LayerPrecision precision;
  if (auto quantizable = dyn_cast<QuantizableOpInterface>(*op))
    precision = toLayerPrecision(quantizable, quantizable.getLayerPrecision());
  values[op->getResult(0)] = int(result.network.steps.size());
  result.network.steps.push_back(std::move(step));
  result.layers.push_back(op);
  result.precisions.push_back(std::move(precision));
  return success();
}

LogicalResult NetworkBuilder::translate(Operation *op) {
  if (op->hasTrait<OpTrait::ConstantLike>())
    return success();
  // Activations are flat already.
  if (op->hasTrait<ReshapesInput>() && isActivation(op->getOperand(0))) {
    values[op->getResult(0)] = indexOf(op->getOperand(0));
    return success();
  }
  if (auto evaluable = dyn_cast<EvaluableOpInterface>(op))
    return evaluable.addTo(*this);
  return op->emitError("'") << op->getName()
                            << "' cannot be evaluated; expected layers of the "
                               "network level, with 'EvaluableOpInterface'";
}

FailureOr<NetworkFromIR> NetworkBuilder::run(func::FuncOp function) {
  Operation *terminator = function.front().getTerminator();
  Value output = terminator->getOperand(0);
  std::optional<int64_t> in = sampleSize(function.getArgument(0).getType());
  if (!in)
    return emitError(function.getLoc(), "expected static feature sizes, found ")
           << function.getArgument(0).getType();
  result.network.inFeatures = *in;
  values[function.getArgument(0)] = -1;
  // What the output needs, in order; dead layers are no steps.
  llvm::SetVector<Operation *> needed;
  SmallVector<Value> worklist{output};
  while (!worklist.empty())
    if (Operation *op = worklist.pop_back_val().getDefiningOp())
      if (needed.insert(op))
        llvm::append_range(worklist, op->getOperands());
  for (Operation &op : function.front())
    if (needed.contains(&op) && failed(translate(&op)))
      return failure();
  auto it = values.find(output);
  if (it == values.end() || it->second < 0 ||
      it->second + 1 != int(result.network.steps.size()))
    return function.emitError(
        "expected a network that ends in a layer, found none");
  result.network.outFeatures = result.network.steps.back().outFeatures;
  FailureOr<OutputKind> kind = getOutputKind(function);
  if (failed(kind))
    return failure();
  result.network.outputKind = *kind;
  return std::move(result);
}

FailureOr<NetworkFromIR> mase::networkFromIR(func::FuncOp function) {
  if (!function.getBody().hasOneBlock())
    return emitError(function.getLoc(),
                     "expected a network without control flow");
  return NetworkBuilder().run(function);
}
