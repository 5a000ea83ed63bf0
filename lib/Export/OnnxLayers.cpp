// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The layers of the mase dialect as nodes.
#include "LayerModels.h"

#include "mase/Support/Quoting.h"
#include "mase/Support/Shortest.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mlir;
using namespace mase;

namespace {

using Writer = OnnxLayerWriter;

// What has one operand, and no attribute that ONNX doesn't have.

LogicalResult writeRelu(ReluOp, Writer &writer) {
  return writer.writePlain("Relu");
}
LogicalResult writeSigmoid(SigmoidOp, Writer &writer) {
  return writer.writePlain("Sigmoid");
}
LogicalResult writeTanh(TanhOp, Writer &writer) {
  return writer.writePlain("Tanh");
}
LogicalResult writeFlatten(FlattenOp, Writer &writer) {
  return writer.writePlain("Flatten", {{"axis", 1}});
}
LogicalResult writeSoftmax(SoftmaxOp, Writer &writer) {
  return writer.writePlain("Softmax", {{"axis", -1}});
}
LogicalResult writeLogSoftmax(LogSoftmaxOp, Writer &writer) {
  return writer.writePlain("LogSoftmax", {{"axis", -1}});
}

LogicalResult writeLeakyRelu(LeakyReluOp op, Writer &writer) {
  FailureOr<std::string> x = writer.input(op.getInput());
  if (failed(x))
    return failure();
  float alpha = op.getAlpha().convertToFloat();
  // What only rounds is the quantiser.
  if (alpha == 1 && *x != writer.unrounded(op.getInput()))
    return writer.finish(*x);
  return writer.finish(writer.node("LeakyRelu", {*x}, {{"alpha", alpha}}));
}

LogicalResult writeClip(ClipOp op, Writer &writer) {
  FailureOr<std::string> x = writer.input(op.getInput());
  if (failed(x))
    return failure();
  auto bound = [&](StringRef what, const APFloat &value) -> std::string {
    if (value.isInfinity())
      return "";
    return writer.constant(what, {}, {value.convertToFloat()});
  };
  std::string lower = bound("min", op.getLower()),
              upper = bound("max", op.getUpper());
  return writer.finish(writer.node("Clip", {*x, lower, upper}));
}

/// `output`, the product `result`, so that an import takes no Add behind it for
/// its bias: a sum that begins with the bias rounds otherwise.
std::string keptFromAdd(Value result, const std::string &output,
                        Writer &writer) {
  bool isAdded = any_of(result.getUsers(),
                        [](Operation *user) { return isa<AddOp>(user); });
  return isAdded ? writer.node("Identity", {output}) : output;
}

LogicalResult writeLinear(LinearOp op, Writer &writer) {
  FailureOr<std::string> x = writer.input(op.getInput());
  FailureOr<std::string> weight =
      failed(x)
          ? x
          : writer.parameter(op.getWeight(), "weight", OperandRole::Weight);
  if (failed(weight))
    return failure();
  SmallVector<std::string> inputs = {*x, *weight};
  if (op.getBias()) {
    FailureOr<std::string> bias =
        writer.parameter(op.getBias(), "bias", OperandRole::Bias);
    if (failed(bias))
      return failure();
    inputs.push_back(*bias);
  }
  if (cast<RankedTensorType>(op.getInput().getType()).getRank() == 2)
    return writer.finish(writer.node("Gemm", inputs, {{"transB", 1}}));
  // Gemm is of matrices alone.
  static constexpr int64_t kTurned[] = {1, 0};
  std::string turned = writer.node("Transpose", {inputs[1]},
                                   {{"perm", ArrayRef<int64_t>(kTurned)}});
  std::string output = writer.node("MatMul", {inputs[0], turned});
  if (op.getBias())
    return writer.finish(writer.node("Add", {output, inputs[2]}));
  return writer.finish(keptFromAdd(op.getResult(), output, writer));
}

LogicalResult writeMatmul(MatmulOp op, Writer &writer) {
  FailureOr<std::string> x = writer.input(op.getInput());
  // Not "weight": an import would take the node for a Linear.
  FailureOr<std::string> matrix =
      failed(x)
          ? x
          : writer.parameter(op.getWeight(), "matrix", OperandRole::Weight);
  if (failed(matrix))
    return failure();
  std::string output = writer.node("MatMul", {*x, *matrix});
  return writer.finish(keptFromAdd(op.getResult(), output, writer));
}

LogicalResult writeBatchNorm(BatchNormOp op, Writer &writer) {
  FailureOr<std::string> x = writer.input(op.getInput());
  if (failed(x))
    return failure();
  double epsilon = op.getEpsilon().convertToDouble();
  if (shortest(float(epsilon)) != epsilon)
    return op.emitError("layer ")
           << quoted(op.getLayer())
           << ": expected an epsilon that a decimal number in binary32 can "
              "say, found "
           << epsilon;
  SmallVector<std::string> inputs = {*x};
  std::pair<Value, StringRef> parameters[] = {
      {op.getGamma(), "weight"},
      {op.getBeta(), "bias"},
      {op.getMean(), "running_mean"},
      {op.getVariance(), "running_var"}};
  for (auto [value, name] : parameters) {
    FailureOr<std::string> tensor = writer.parameter(value, name);
    if (failed(tensor))
      return failure();
    inputs.push_back(*tensor);
  }
  // ONNX's features are dimension 1.
  int64_t axis = op.getFeatureAxis();
  SmallVector<int64_t> order = to_vector(seq<int64_t>(
      0, cast<RankedTensorType>(op.getInput().getType()).getRank()));
  std::swap(order[1], order[axis]);
  auto turn = [&](const std::string &tensor) {
    return axis == 1 ? tensor
                     : writer.node("Transpose", {tensor},
                                   {{"perm", ArrayRef<int64_t>(order)}});
  };
  inputs[0] = turn(inputs[0]);
  return writer.finish(turn(writer.node("BatchNormalization", inputs,
                                        {{"epsilon", float(epsilon)}})));
}

LogicalResult writeElementwise(LayerOpInterface op, StringRef operation,
                               Writer &writer) {
  SmallVector<std::string> inputs;
  for (Value operand : op->getOperands()) {
    FailureOr<std::string> tensor =
        writer.isActivation(operand)
            ? writer.input(operand)
            : writer.parameter(operand, "constant", OperandRole::DataIn);
    if (failed(tensor))
      return failure();
    inputs.push_back(*tensor);
  }
  return writer.finish(writer.node(operation, inputs));
}

LogicalResult writeAdd(AddOp op, Writer &writer) {
  return writeElementwise(op, "Add", writer);
}
LogicalResult writeSub(SubOp op, Writer &writer) {
  return writeElementwise(op, "Sub", writer);
}
LogicalResult writeMul(MulOp op, Writer &writer) {
  return writeElementwise(op, "Mul", writer);
}
LogicalResult writeDiv(DivOp op, Writer &writer) {
  return writeElementwise(op, "Div", writer);
}

} // namespace

void mase::registerExportableOpInterfaceExternalModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, MaseDialect *) {
    using onnx_export::attach;
    attach<LinearOp, writeLinear>(*context);
    attach<MatmulOp, writeMatmul>(*context);
    attach<BatchNormOp, writeBatchNorm>(*context);
    attach<ReluOp, writeRelu>(*context);
    attach<LeakyReluOp, writeLeakyRelu>(*context);
    attach<ClipOp, writeClip>(*context);
    attach<TanhOp, writeTanh>(*context);
    attach<SigmoidOp, writeSigmoid>(*context);
    attach<SoftmaxOp, writeSoftmax>(*context);
    attach<LogSoftmaxOp, writeLogSoftmax>(*context);
    attach<AddOp, writeAdd>(*context);
    attach<SubOp, writeSub>(*context);
    attach<MulOp, writeMul>(*context);
    attach<DivOp, writeDiv>(*context);
    attach<FlattenOp, writeFlatten>(*context);
    onnx_export::attachParticleModels(*context);
  });
}
