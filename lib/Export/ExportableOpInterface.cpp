// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How layers are written into ONNX files.
#include "mase/Export/ExportableOpInterface.h"

#include "OnnxWriter.h"

#include "mase/Support/Quoting.h"

using namespace llvm;
using namespace mlir;
using namespace mase;

#include "mase/Export/ExportableOpInterface.cpp.inc"

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

bool OnnxLayerWriter::isActivation(Value value) const {
  return writer.isActivation(value);
}

std::string OnnxLayerWriter::unrounded(Value activation) const {
  return writer.nameOf(activation);
}

FailureOr<std::string> OnnxLayerWriter::input(Value value) {
  if (!isActivation(value))
    return layer->emitError("layer ")
           << quoted(layer.getLayerName())
           << ": expected an input that depends on the network's, found a "
              "constant";
  return writer.quantize(layer, OperandRole::DataIn, writer.nameOf(value),
                         shapeOf(value));
}

FailureOr<std::string>
OnnxLayerWriter::parameter(Value value, StringRef name,
                           std::optional<OperandRole> role) {
  std::optional<SmallVector<float>> values = getConstantF32(value);
  if (!values)
    return layer->emitError("layer ")
           << quoted(layer.getLayerName()) << ": expected a constant " << name
           << ", found an argument or a computed value";
  std::string tensor = constant(name, shapeOf(value), *values);
  return role ? writer.quantize(layer, *role, tensor, shapeOf(value))
              : FailureOr<std::string>(tensor);
}

std::string OnnxLayerWriter::constant(StringRef name, ArrayRef<int64_t> shape,
                                      ArrayRef<float> values) {
  return writer.addFloats(layer.getLayerName() + "." + name, shape, values);
}

std::string OnnxLayerWriter::integers(StringRef name,
                                      ArrayRef<int64_t> values) {
  return writer.addIntegers(layer.getLayerName() + "." + name,
                            onnx::TensorProto::INT64, int64_t(values.size()),
                            values);
}

void OnnxLayerWriter::needOpset(int64_t version) { writer.needOpset(version); }

std::string OnnxLayerWriter::node(StringRef operation,
                                  ArrayRef<std::string> inputs,
                                  ArrayRef<OnnxAttribute> attributes,
                                  StringRef domain) {
  StringRef name = layer.getLayerName();
  return writer.addNode(operation, name, inputs, name, attributes, domain);
}

LogicalResult OnnxLayerWriter::finish(const std::string &tensor) {
  Value result = layer->getResult(0);
  FailureOr<std::string> rounded =
      writer.quantize(layer, OperandRole::DataOut, tensor, shapeOf(result));
  if (failed(rounded))
    return failure();
  writer.define(result, *rounded);
  return success();
}

LogicalResult OnnxLayerWriter::writePlain(StringRef operation,
                                          ArrayRef<OnnxAttribute> attributes) {
  FailureOr<std::string> x = input(layer->getOperand(0));
  return failed(x) ? failure() : finish(node(operation, {*x}, attributes));
}
