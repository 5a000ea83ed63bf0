// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operands and attributes of ONNX nodes, checked.
#include "OnnxImporter.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

std::string OnnxNode::describeAlone() const {
  if (!proto.name().empty())
    return "node " + quoted(proto.name());
  if (proto.output_size() > 0)
    return "node computing " + quoted(proto.output(0));
  return "node without a name";
}

std::string OnnxNode::describe() const {
  return describeAlone() + " (" +
         StringRef(quoted(proto.op_type())).drop_front().drop_back().str() +
         ")";
}

Location OnnxNode::getLoc() const {
  return importer.getNamedLoc(proto.name().empty() ? proto.op_type()
                                                   : proto.name());
}

InFlightDiagnostic OnnxNode::emitError() const {
  InFlightDiagnostic diagnostic = importer.emitError();
  diagnostic << describe() << ": ";
  return diagnostic;
}

StringRef OnnxNode::getInputName(int index) const {
  return index < proto.input_size() ? StringRef(proto.input(index)) : "";
}

/// Of an activation, or what codes were made of.
static int64_t rowsPerSample(const OnnxValue &value) {
  return value.codes ? value.codes->of.rowsPerSample : value.rowsPerSample;
}

int64_t OnnxNode::getRowsPerSample() const {
  int64_t rows = 1;
  for (const std::string &name : proto.input())
    if (const OnnxValue *value = importer.lookup(name))
      rows = std::max(rows, rowsPerSample(*value));
  return rows;
}

LogicalResult OnnxNode::expectRows() const {
  static constexpr StringRef kOfRows[] = {"Add",         "BatchNormalization",
                                          "Cast",        "Clip",
                                          "Div",         "Dropout",
                                          "Flatten",     "Gemm",
                                          "HardSigmoid", "Identity",
                                          "LeakyRelu",   "LogSoftmax",
                                          "MatMul",      "Max",
                                          "Min",         "Mul",
                                          "Neg",         "PRelu",
                                          "Relu",        "Reshape",
                                          "Shape",       "Sigmoid",
                                          "Softmax",     "Squeeze",
                                          "Sub",         "Tanh",
                                          "Unsqueeze",   "QuantizeLinear",
                                          "Quant",       "DequantizeLinear"};
  int64_t rows = getRowsPerSample();
  if (rows == 1)
    return success();
  bool isOfRows = is_contained(kOfRows, getOpType());
  for (const std::string &name : proto.input()) {
    const OnnxValue *value = importer.lookup(name);
    if (!value || (!value->activation && !value->codes) ||
        (isOfRows && rowsPerSample(*value) == rows))
      continue;
    const OnnxValue &of = value->codes ? value->codes->of : *value;
    return emitError() << "expected "
                       << (isOfRows ? "activations of which a sample has "
                                      "equally many rows"
                                    : "a Reshape back to samples in front")
                       << ", found " << quoted(name) << " of shape "
                       << shapeText(of.getShape()) << ", "
                       << rowsPerSample(*value) << " rows of each sample";
  }
  return success();
}

FailureOr<OnnxValue> OnnxNode::getInput(int index, StringRef role) const {
  FailureOr<OnnxValue> value = getInputOrIntegers(index, role);
  if (failed(value))
    return failure();
  if (value->activation && value->elementType != onnx::TensorProto::FLOAT) {
    emitError() << "input " << index << " ('" << role << "') is "
                << quoted(getInputName(index)) << " of type "
                << elementTypeName(value->elementType)
                << ", and layers compute in float32: expected a Cast to FLOAT "
                   "in front, or --onnx-as-float32, which computes all of it "
                   "in float32";
    return failure();
  }
  if (!value->integers)
    return value;
  emitError() << "input " << index << " ('" << role << "') is "
              << quoted(getInputName(index)) << ", integers that "
              << value->integers->by
              << " makes of a shape; expected values of the network";
  return failure();
}

FailureOr<OnnxValue> OnnxNode::getInputOrIntegers(int index,
                                                  StringRef role) const {
  FailureOr<OnnxValue> value = getInputOrCodes(index, role);
  if (failed(value) || !value->codes)
    return value;
  emitError() << "input " << index << " ('" << role << "') is "
              << quoted(getInputName(index)) << ", the codes that "
              << value->codes->by
              << " makes; expected a DequantizeLinear to read them";
  return failure();
}

FailureOr<OnnxValue> OnnxNode::getInputOrCodes(int index,
                                               StringRef role) const {
  if (!hasInput(index)) {
    emitError() << "input " << index << " ('" << role << "') is missing";
    return failure();
  }
  if (const OnnxValue *value = importer.lookup(getInputName(index)))
    return *value;
  emitError() << "input " << index << " ('" << role << "') is "
              << quoted(getInputName(index)) << ", "
              << importer.explainUnknown(getInputName(index));
  return failure();
}

FailureOr<OnnxValue> OnnxNode::getElements(int index, StringRef role) const {
  FailureOr<OnnxValue> value = getInput(index, role);
  if (failed(value))
    return failure();
  if (!value->activation) {
    emitError() << "expected an activation for input " << index << " ('" << role
                << "'), found the constant " << quoted(getInputName(index));
    return failure();
  }
  return value;
}

FailureOr<OnnxValue> OnnxNode::getActivation(int index, StringRef role,
                                             int64_t rank) const {
  FailureOr<OnnxValue> value = getElements(index, role);
  if (failed(value))
    return failure();
  if (value->view) {
    emitError() << "input " << index << " ('" << role << "') is "
                << shapeText(*value->view) << ", another shape of "
                << shapeText(value->getType().getShape())
                << "; expected the batch and the features alone";
    return failure();
  }
  if (rank && value->getType().getRank() != rank) {
    emitError() << "expected rank " << rank << " for input " << index << " ('"
                << role << "'), found "
                << shapeText(value->getType().getShape());
    return failure();
  }
  return value;
}

FailureOr<OnnxValue> OnnxNode::getConstant(int index, StringRef role,
                                           int64_t rank) const {
  FailureOr<OnnxValue> value = getInput(index, role);
  if (failed(value))
    return failure();
  if (!value->constant) {
    emitError() << "expected a constant for input " << index << " ('" << role
                << "'), found the activation " << quoted(getInputName(index));
    return failure();
  }
  if (!value->constant->isFloat()) {
    emitError() << "expected float32 elements in input " << index << " ('"
                << role << "'), " << quoted(getInputName(index)) << ", found "
                << elementTypeName(value->constant->elementType)
                << describeInexact(*value->constant);
    return failure();
  }
  if (rank >= 0 && int64_t(value->constant->shape.size()) != rank) {
    emitError() << "expected rank " << rank << " for input " << index << " ('"
                << role << "'), " << quoted(getInputName(index)) << ", found "
                << shapeText(value->constant->shape);
    return failure();
  }
  return value;
}

const onnx::AttributeProto *OnnxNode::findAttribute(StringRef name) const {
  auto it = find_if(proto.attribute(), [&](const onnx::AttributeProto &a) {
    return StringRef(a.name()) == name;
  });
  return it == proto.attribute().end() ? nullptr : &*it;
}

/// The attribute's value is of this type. Writers of ancient files leave the
/// type out, those that know proto3 only leave zeros out.
static bool isOfType(const onnx::AttributeProto &attribute,
                     onnx::AttributeProto::AttributeType type, bool hasValue) {
  return attribute.type() == type ||
         (attribute.type() == onnx::AttributeProto::UNDEFINED && hasValue);
}

FailureOr<int64_t> OnnxNode::getInt(StringRef name,
                                    int64_t defaultValue) const {
  const onnx::AttributeProto *attribute = findAttribute(name);
  if (!attribute)
    return defaultValue;
  if (isOfType(*attribute, onnx::AttributeProto::INT, attribute->has_i()))
    return attribute->i();
  emitError() << "attribute '" << name << "': expected an integer, found "
              << onnx::AttributeProto::AttributeType_Name(attribute->type());
  return failure();
}

FailureOr<SmallVector<int64_t>> OnnxNode::getInts(StringRef name) const {
  const onnx::AttributeProto *attribute = findAttribute(name);
  if (!attribute)
    return SmallVector<int64_t>();
  if (isOfType(*attribute, onnx::AttributeProto::INTS,
               attribute->ints_size() > 0))
    return SmallVector<int64_t>(attribute->ints().begin(),
                                attribute->ints().end());
  emitError() << "attribute '" << name << "': expected integers, found "
              << onnx::AttributeProto::AttributeType_Name(attribute->type());
  return failure();
}

FailureOr<float> OnnxNode::getFloat(StringRef name, float defaultValue) const {
  const onnx::AttributeProto *attribute = findAttribute(name);
  if (!attribute)
    return defaultValue;
  if (isOfType(*attribute, onnx::AttributeProto::FLOAT, attribute->has_f())) {
    if (std::isfinite(attribute->f()))
      return attribute->f();
    emitError() << "attribute '" << name
                << "': expected a finite number, found " << attribute->f();
    return failure();
  }
  emitError() << "attribute '" << name << "': expected a float, found "
              << onnx::AttributeProto::AttributeType_Name(attribute->type());
  return failure();
}

FailureOr<std::string> OnnxNode::getString(StringRef name,
                                           StringRef defaultValue) const {
  const onnx::AttributeProto *attribute = findAttribute(name);
  if (!attribute)
    return defaultValue.str();
  if (isOfType(*attribute, onnx::AttributeProto::STRING, attribute->has_s()))
    return attribute->s();
  emitError() << "attribute '" << name << "': expected a string, found "
              << onnx::AttributeProto::AttributeType_Name(attribute->type());
  return failure();
}

} // namespace mase::onnx_import
