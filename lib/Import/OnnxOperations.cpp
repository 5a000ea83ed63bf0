// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of ONNX operations, and those that give no layer.
#include "OnnxLayers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

/// From this opset on, BatchNormalization and Dropout mean inference unless
/// they say otherwise; before, training unless `is_test`.
static constexpr int64_t kFirstInferenceOpset = 7;

LogicalResult expectInference(const OnnxNode &node) {
  FailureOr<int64_t> isTest = node.getInt("is_test", 0);
  if (failed(isTest))
    return failure();
  if (node.importer.getOpset() < kFirstInferenceOpset && *isTest == 0)
    return node.emitError()
           << "expected 'is_test' = 1 at opset " << node.importer.getOpset()
           << ", found a network in training mode";
  return success();
}

//===----------------------------------------------------------------------===//
// Nodes that give no layer
//===----------------------------------------------------------------------===//

static LogicalResult importIdentity(const OnnxNode &node) {
  FailureOr<OnnxValue> input = node.getInput(0, "input");
  if (failed(input))
    return failure();
  node.importer.remark(node.describe(),
                       input->constant
                           ? "dropped: another name of the constant " +
                                 quoted(input->name)
                           : std::string("dropped: it does nothing"));
  // torch stores equal parameters once and gives the others their name here.
  if (input->constant && isParameterName(node.proto.output(0)))
    input->name = node.proto.output(0);
  node.importer.define(node.proto.output(0), *input);
  return success();
}

static LogicalResult importDropout(const OnnxNode &node) {
  if (failed(expectInference(node)))
    return failure();
  if (node.hasInput(2)) {
    FailureOr<OnnxValue> training = node.getInput(2, "training_mode");
    if (failed(training))
      return failure();
    if (!training->constant || training->constant->flag != false)
      return node.emitError()
             << "expected inference (constant 'training_mode' = false), found "
             << quoted(node.getInputName(2))
             << (training->constant && training->constant->flag
                     ? " = true"
                     : ", which is no constant of type bool");
  }
  if (node.proto.output_size() > 1 && !node.proto.output(1).empty() &&
      node.importer.isUsed(node.proto.output(1)))
    return node.emitError() << "expected that only output 0 is used, found a "
                               "use of the mask "
                            << quoted(node.proto.output(1));
  FailureOr<OnnxValue> input = node.getActivation(0, "data");
  if (failed(input))
    return failure();
  node.importer.remark(node.describe(),
                       "dropped: it does nothing in inference");
  node.importer.define(node.proto.output(0), *input);
  return success();
}

static LogicalResult importConstant(const OnnxNode &node) {
  std::shared_ptr<const OnnxTensor> tensor;
  if (node.proto.attribute_size() != 1)
    return node.emitError() << "expected one attribute with the value, found "
                            << node.proto.attribute_size();
  const onnx::AttributeProto &attribute = node.proto.attribute(0);
  if (attribute.name() == "value") {
    if (!attribute.has_t())
      return node.emitError() << "attribute 'value': expected a tensor, found "
                                 "none";
    tensor = decodeTensor(attribute.t(), [&] { return node.emitError(); });
  } else if (attribute.name() == "value_float") {
    FailureOr<float> value = node.getFloat("value_float", 0);
    if (succeeded(value))
      tensor = makeTensor({}, {*value});
  } else { // value_floats
    if (attribute.floats().empty())
      return node.emitError() << "attribute 'value_floats': expected elements, "
                                 "found none";
    tensor = makeTensor({int64_t(attribute.floats_size())},
                        std::vector<float>(attribute.floats().begin(),
                                           attribute.floats().end()));
  }
  if (!tensor || !checkFinite(*tensor, [&] { return node.emitError(); }))
    return failure();
  node.importer.define(node.proto.output(0),
                       {Value(), tensor, node.proto.output(0)});
  return success();
}

/// Of constants only: torch leaves these where it was told not to fold.
static LogicalResult importTranspose(const OnnxNode &node) {
  FailureOr<OnnxValue> input = node.getConstant(0, "data", /*rank=*/2);
  if (failed(input))
    return failure();
  if (const onnx::AttributeProto *perm = node.findAttribute("perm"))
    if (perm->ints_size() != 2 || perm->ints(0) != 1 || perm->ints(1) != 0)
      return node.emitError()
             << "expected 'perm' = [1, 0], found "
             << shapeText(ArrayRef(perm->ints().data(), perm->ints_size()));
  if (failed(node.importer.spend(node, input->constant->values.size())))
    return failure();
  input->constant = transpose(*input->constant);
  node.importer.remark(node.describe(), "folded: the constant " +
                                            quoted(input->name) +
                                            " is transposed");
  node.importer.define(node.proto.output(0), *input);
  return success();
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

// Attributes without a check where they are used: `broadcast` (before opset 7)
// asks for what later became the rule; `consumed_inputs` (opset 1) for saving
// memory; `momentum`, `ratio` and `seed` matter in training.
static constexpr StringRef kElementwise[] = {"broadcast", "consumed_inputs"};
static constexpr StringRef kBatchNorm[] = {"epsilon",       "momentum",
                                           "training_mode", "spatial",
                                           "is_test",       "consumed_inputs"};
static constexpr StringRef kClip[] = {"min", "max", "consumed_inputs"};
static constexpr StringRef kConstant[] = {"value", "value_float",
                                          "value_floats"};
static constexpr StringRef kDropout[] = {"ratio", "seed", "is_test",
                                         "consumed_inputs"};
static constexpr StringRef kActivation[] = {"consumed_inputs"};
static constexpr StringRef kLeakyRelu[] = {"alpha", "consumed_inputs"};
static constexpr StringRef kAxis[] = {"axis"};
static constexpr StringRef kGemm[] = {"alpha", "beta", "transA", "transB",
                                      "broadcast"};
// `saturate` is about 8-bit floats.
static constexpr StringRef kQuantize[] = {"axis", "saturate", "block_size",
                                          "output_dtype", "precision"};
static constexpr StringRef kDequantize[] = {"axis", "block_size",
                                            "output_dtype"};
static constexpr StringRef kHardSigmoid[] = {"alpha", "beta",
                                             "consumed_inputs"};
static constexpr StringRef kTranspose[] = {"perm"};

// In alphabetical order, as messages list them.
static constexpr OnnxOperation kOperations[] = {
    {"Add", 2, 2, 1, kElementwise, importElementwise<AddOp>},
    {"BatchNormalization", 5, 5, 1, kBatchNorm, importBatchNorm},
    {"Clip", 1, 3, 1, kClip, importClip},
    {"Constant", 0, 0, 1, kConstant, importConstant},
    {"DequantizeLinear", 2, 3, 1, kDequantize, importDequantizeLinear},
    {"Div", 2, 2, 1, kElementwise, importElementwise<DivOp>},
    {"Dropout", 1, 3, 2, kDropout, importDropout},
    {"Flatten", 1, 1, 1, kAxis, importFlatten},
    {"Gemm", 2, 3, 1, kGemm, importGemm},
    {"HardSigmoid", 1, 1, 1, kHardSigmoid, importHardSigmoid},
    {"Identity", 1, 1, 1, {}, importIdentity},
    {"LeakyRelu", 1, 1, 1, kLeakyRelu, importLeakyRelu},
    {"LogSoftmax", 1, 1, 1, kAxis, importSoftmax<LogSoftmaxOp>},
    {"MatMul", 2, 2, 1, {}, importMatMul},
    {"Mul", 2, 2, 1, kElementwise, importElementwise<MulOp>},
    {"Neg", 1, 1, 1, kActivation, importNeg},
    {"PRelu", 2, 2, 1, kActivation, importPRelu},
    {"QuantizeLinear", 2, 3, 1, kQuantize, importQuantizeLinear},
    {"Relu", 1, 1, 1, kActivation, importActivation<ReluOp>},
    {"Sigmoid", 1, 1, 1, kActivation, importActivation<SigmoidOp>},
    {"Softmax", 1, 1, 1, kAxis, importSoftmax<SoftmaxOp>},
    {"Sub", 2, 2, 1, kElementwise, importElementwise<SubOp>},
    {"Tanh", 1, 1, 1, kActivation, importActivation<TanhOp>},
    {"Transpose", 1, 1, 1, kTranspose, importTranspose},
};

const OnnxOperation *findOperation(const onnx::NodeProto &node) {
  ArrayRef<OnnxOperation> operations = isDefaultDomain(node.domain())
                                           ? ArrayRef(kOperations)
                                           : qonnxOperations(node.domain());
  const auto *it = find_if(operations, [&](const OnnxOperation &operation) {
    return operation.name == node.op_type();
  });
  return it == operations.end() ? nullptr : it;
}

bool isQuantizerNode(const onnx::NodeProto &node) {
  return isDefaultDomain(node.domain())
             ? node.op_type() == "QuantizeLinear" ||
                   node.op_type() == "DequantizeLinear"
             : findOperation(node) != nullptr;
}

std::string supportedOperations() {
  std::string text;
  raw_string_ostream os(text);
  interleaveComma(kOperations, os, [&](const OnnxOperation &operation) {
    os << '\'' << operation.name << '\''
       << (operation.name == "Transpose" ? " (of constants)" : "");
  });
  os << "; of QONNX ";
  interleaveComma(qonnxOperations(kQonnxDomain), os,
                  [&](const OnnxOperation &operation) {
                    os << '\'' << operation.name << '\'';
                  });
  return text;
}

} // namespace mase::onnx_import
