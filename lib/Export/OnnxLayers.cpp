// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers as nodes.
#include "OnnxWriter.h"

#include "mase/Support/Quoting.h"
#include "mase/Support/Shortest.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_export {

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

FailureOr<std::string> OnnxWriter::parameter(LayerOpInterface layer,
                                             Value value, StringRef name,
                                             std::optional<OperandRole> role) {
  std::optional<SmallVector<float>> values = getConstantF32(value);
  if (!values)
    return layer->emitError("layer ")
           << quoted(layer.getLayerName()) << ": expected a constant " << name
           << ", found an argument or a computed value";
  std::string tensor =
      addFloats(layer.getLayerName() + "." + name, shapeOf(value), *values);
  return role ? quantize(layer, *role, tensor, shapeOf(value))
              : FailureOr<std::string>(tensor);
}

namespace {

/// Writes one layer.
class LayerWriter {
public:
  LayerWriter(OnnxWriter &writer, LayerOpInterface layer)
      : writer(writer), layer(layer) {}

  LogicalResult write() {
    return llvm::TypeSwitch<Operation *, LogicalResult>(layer)
        .Case([&](LinearOp op) { return linear(op); })
        .Case([&](MatmulOp op) { return matmul(op); })
        .Case([&](BatchNormOp op) { return batchNorm(op); })
        .Case([&](LeakyReluOp op) { return leakyRelu(op); })
        .Case([&](ClipOp op) { return clip(op); })
        .Case<DivOp>([&](auto) { return elementwise("Div"); })
        .Case<TanhOp>([&](auto) { return plain("Tanh"); })
        .Case<ReluOp>([&](auto) { return plain("Relu"); })
        .Case<SigmoidOp>([&](auto) { return plain("Sigmoid"); })
        .Case<AddOp>([&](auto) { return elementwise("Add"); })
        .Case<SubOp>([&](auto) { return elementwise("Sub"); })
        .Case<MulOp>([&](auto) { return elementwise("Mul"); })
        .Case<FlattenOp>([&](auto) { return plain("Flatten", 1); })
        .Case([&](UnflattenOp op) { return unflatten(op); })
        .Case([&](TransposeOp op) { return transpose(op); })
        .Case([&](ConcatOp op) { return concat(op); })
        .Case([&](SliceOp op) { return slice(op); })
        .Case<ReduceSumOp>([&](auto) { return reduce("ReduceSum"); })
        .Case<ReduceMeanOp>([&](auto) { return reduce("ReduceMean"); })
        .Case<SoftmaxOp>([&](auto) { return plain("Softmax", -1); })
        .Case<LogSoftmaxOp>([&](auto) { return plain("LogSoftmax", -1); })
        .Default([&](Operation *op) {
          return op->emitError("layer ")
                 << quoted(name()) << " ('" << op->getName()
                 << "') has no operation of ONNX that export knows";
        });
  }

private:
  StringRef name() { return layer.getLayerName(); }

  /// An activation, rounded to the layer's `data_in`.
  FailureOr<std::string> input(Value value) {
    if (!writer.isActivation(value))
      return layer->emitError("layer ")
             << quoted(name())
             << ": expected an input that depends on the network's, found a "
                "constant";
    return writer.quantize(layer, OperandRole::DataIn, writer.nameOf(value),
                           shapeOf(value));
  }

  /// The result is that of `node`, rounded to the layer's `data_out`.
  LogicalResult finish(const std::string &output) {
    Value result = layer->getResult(0);
    FailureOr<std::string> rounded =
        writer.quantize(layer, OperandRole::DataOut, output, shapeOf(result));
    if (failed(rounded))
      return failure();
    writer.define(result, *rounded);
    return success();
  }

  onnx::NodeProto &node(StringRef operation, ArrayRef<std::string> inputs) {
    return writer.addNode(operation, name(), inputs, name());
  }

  LogicalResult plain(StringRef operation,
                      std::optional<int64_t> axis = std::nullopt) {
    FailureOr<std::string> x = input(layer->getOperand(0));
    if (failed(x))
      return failure();
    onnx::NodeProto &written = node(operation, {*x});
    if (axis)
      OnnxWriter::setInt(written, "axis", *axis);
    return finish(written.output(0));
  }

  LogicalResult leakyRelu(LeakyReluOp op) {
    FailureOr<std::string> x = input(op.getInput());
    if (failed(x))
      return failure();
    float alpha = op.getAlpha().convertToFloat();
    // What only rounds is the quantiser.
    if (alpha == 1 && *x != writer.nameOf(op.getInput()))
      return finish(*x);
    onnx::NodeProto &written = node("LeakyRelu", {*x});
    OnnxWriter::setFloat(written, "alpha", alpha);
    return finish(written.output(0));
  }

  LogicalResult clip(ClipOp op) {
    FailureOr<std::string> x = input(op.getInput());
    if (failed(x))
      return failure();
    auto bound = [&](StringRef what, const APFloat &value) -> std::string {
      if (value.isInfinity())
        return "";
      return writer.addFloats(name() + "." + what, {},
                              {value.convertToFloat()});
    };
    std::string lower = bound("min", op.getLower()),
                upper = bound("max", op.getUpper());
    return finish(node("Clip", {*x, lower, upper}).output(0));
  }

  LogicalResult linear(LinearOp op) {
    FailureOr<std::string> x = input(op.getInput());
    FailureOr<std::string> weight =
        failed(x) ? x
                  : writer.parameter(layer, op.getWeight(), "weight",
                                     OperandRole::Weight);
    if (failed(weight))
      return failure();
    SmallVector<std::string> inputs = {*x, *weight};
    if (op.getBias()) {
      FailureOr<std::string> bias =
          writer.parameter(layer, op.getBias(), "bias", OperandRole::Bias);
      if (failed(bias))
        return failure();
      inputs.push_back(*bias);
    }
    if (shapeOf(op.getInput()).size() > 2)
      return linearOfParticles(op, inputs);
    onnx::NodeProto &written = node("Gemm", inputs);
    OnnxWriter::setInt(written, "transB", 1);
    return finish(written.output(0));
  }

  /// Gemm is of matrices alone.
  LogicalResult linearOfParticles(LinearOp op, ArrayRef<std::string> inputs) {
    onnx::NodeProto &turned =
        writer.addNode("Transpose", (name() + "/weight").str(), inputs[1],
                       name() + ".weight.transposed");
    OnnxWriter::setInts(turned, "perm", {1, 0});
    std::string output =
        writer
            .addNode("MatMul", name(), {inputs[0], turned.output(0)},
                     op.getBias() ? name() + ".products" : Twine(name()))
            .output(0);
    if (op.getBias())
      return finish(
          writer.addNode("Add", name(), {output, inputs[2]}, name()).output(0));
    return finish(keptFromAdd(op.getResult(), output));
  }

  LogicalResult unflatten(UnflattenOp op) {
    FailureOr<std::string> x = input(op.getInput());
    if (failed(x))
      return failure();
    ArrayRef<int64_t> shape = shapeOf(op.getResult());
    std::string sizes =
        writer.addIntegers(name() + ".shape", onnx::TensorProto::INT64, {3},
                           {0, shape[1], shape[2]});
    return finish(node("Reshape", {*x, sizes}).output(0));
  }

  LogicalResult transpose(TransposeOp op) {
    FailureOr<std::string> x = input(op.getInput());
    if (failed(x))
      return failure();
    onnx::NodeProto &written = node("Transpose", {*x});
    OnnxWriter::setInts(written, "perm", {0, 2, 1});
    return finish(written.output(0));
  }

  LogicalResult concat(ConcatOp op) {
    SmallVector<std::string> inputs;
    for (Value operand : op.getInputs()) {
      FailureOr<std::string> x = input(operand);
      if (failed(x))
        return failure();
      inputs.push_back(*x);
    }
    onnx::NodeProto &written = node("Concat", inputs);
    OnnxWriter::setInt(written, "axis", -1);
    return finish(written.output(0));
  }

  LogicalResult slice(SliceOp op) {
    FailureOr<std::string> x = input(op.getInput());
    if (failed(x))
      return failure();
    auto one = [&](StringRef what, int64_t value) {
      return writer.addIntegers(name() + "." + what, onnx::TensorProto::INT64,
                                {1}, {value});
    };
    std::string starts = one("starts", int64_t(op.getStart())),
                ends = one("ends", int64_t(op.getEnd())),
                axes = one("axes", -1);
    return finish(node("Slice", {*x, starts, ends, axes}).output(0));
  }

  LogicalResult reduce(StringRef operation) {
    FailureOr<std::string> x = input(layer->getOperand(0));
    if (failed(x))
      return failure();
    // An operand of ReduceMean only since 18.
    writer.usesMean |= operation == "ReduceMean";
    std::string axes = writer.addIntegers(name() + ".axes",
                                          onnx::TensorProto::INT64, {1}, {1});
    onnx::NodeProto &written = node(operation, {*x, axes});
    OnnxWriter::setInt(written, "keepdims", 0);
    return finish(written.output(0));
  }

  /// `output`, the product `result`, so that an import takes no Add behind it
  /// for its bias: a sum that begins with the bias rounds otherwise.
  std::string keptFromAdd(Value result, const std::string &output) {
    if (none_of(result.getUsers(),
                [](Operation *user) { return isa<AddOp>(user); }))
      return output;
    return writer
        .addNode("Identity", (name() + "/identity").str(), {output}, name())
        .output(0);
  }

  LogicalResult matmul(MatmulOp op) {
    FailureOr<std::string> x = input(op.getInput());
    // Not "weight": an import would take the node for a Linear.
    FailureOr<std::string> matrix =
        failed(x) ? x
                  : writer.parameter(layer, op.getWeight(), "matrix",
                                     OperandRole::Weight);
    if (failed(matrix))
      return failure();
    std::string output = node("MatMul", {*x, *matrix}).output(0);
    return finish(keptFromAdd(op.getResult(), output));
  }

  LogicalResult batchNorm(BatchNormOp op) {
    FailureOr<std::string> x = input(op.getInput());
    if (failed(x))
      return failure();
    double epsilon = op.getEpsilon().convertToDouble();
    if (shortest(float(epsilon)) != epsilon)
      return op.emitError("layer ")
             << quoted(name())
             << ": expected an epsilon that a decimal number in binary32 can "
                "say, found "
             << epsilon;
    SmallVector<std::string> inputs = {*x};
    std::pair<Value, StringRef> parameters[] = {
        {op.getGamma(), "weight"},
        {op.getBeta(), "bias"},
        {op.getMean(), "running_mean"},
        {op.getVariance(), "running_var"}};
    for (auto [value, role] : parameters) {
      FailureOr<std::string> tensor =
          writer.parameter(layer, value, role, std::nullopt);
      if (failed(tensor))
        return failure();
      inputs.push_back(*tensor);
    }
    // ONNX's features are dimension 1.
    int64_t axis = op.getFeatureAxis();
    auto rank = int64_t(shapeOf(op.getInput()).size());
    SmallVector<int64_t> order = to_vector(seq<int64_t>(0, rank));
    std::swap(order[1], order[axis]);
    auto turn = [&](const std::string &tensor, StringRef what) -> std::string {
      if (axis == 1)
        return tensor;
      onnx::NodeProto &turned =
          writer.addNode("Transpose", (name() + "/" + what).str(), {tensor},
                         name() + "." + what);
      OnnxWriter::setInts(turned, "perm", order);
      return turned.output(0);
    };
    inputs[0] = turn(inputs[0], "turned");
    onnx::NodeProto &written = node("BatchNormalization", inputs);
    OnnxWriter::setFloat(written, "epsilon", float(epsilon));
    return finish(turn(written.output(0), "back"));
  }

  LogicalResult elementwise(StringRef operation) {
    SmallVector<std::string> inputs;
    for (Value operand : layer->getOperands()) {
      FailureOr<std::string> tensor =
          writer.isActivation(operand)
              ? input(operand)
              : writer.parameter(layer, operand, "constant",
                                 OperandRole::DataIn);
      if (failed(tensor))
        return failure();
      inputs.push_back(*tensor);
    }
    return finish(node(operation, inputs).output(0));
  }

  OnnxWriter &writer;
  LayerOpInterface layer;
};

} // namespace

LogicalResult OnnxWriter::writeLayer(LayerOpInterface layer) {
  return LayerWriter(*this, layer).write();
}

} // namespace mase::onnx_export
