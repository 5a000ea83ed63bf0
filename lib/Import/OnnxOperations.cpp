// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of ONNX operations, and those that give no layer.
#include "OnnxFolding.h"
#include "OnnxLayers.h"
#include "OnnxParticles.h"
#include "OnnxShapes.h"

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
  FailureOr<OnnxValue> input = node.getInputOrIntegers(0, "input");
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
  FailureOr<OnnxValue> input = node.getElements(0, "data");
  if (failed(input))
    return failure();
  node.importer.remark(node.describe(),
                       "dropped: it does nothing in inference");
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
static constexpr StringRef kCast[] = {"to", "saturate"};
static constexpr StringRef kCastLike[] = {"saturate"};
static constexpr StringRef kClip[] = {"min", "max", "consumed_inputs"};
static constexpr StringRef kConstant[] = {"value",        "value_float",
                                          "value_floats", "value_int",
                                          "value_ints",   "sparse_value"};
static constexpr StringRef kValue[] = {"value"};
static constexpr StringRef kDropout[] = {"ratio", "seed", "is_test",
                                         "consumed_inputs"};
static constexpr StringRef kActivation[] = {"consumed_inputs"};
static constexpr StringRef kLeakyRelu[] = {"alpha", "consumed_inputs"};
static constexpr StringRef kAxis[] = {"axis"};
static constexpr StringRef kGatherND[] = {"batch_dims"};
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
static constexpr StringRef kReshape[] = {"shape", "allowzero",
                                         "consumed_inputs"};
static constexpr StringRef kShape[] = {"start", "end"};
static constexpr StringRef kSlice[] = {"starts", "ends", "axes"};
static constexpr StringRef kSplit[] = {"axis", "split", "num_outputs"};
static constexpr StringRef kSqueeze[] = {"axes"};
static constexpr StringRef kReduce[] = {"axes", "keepdims",
                                        "noop_with_empty_axes"};
/// Inputs of a Concat, outputs of a Split.
static constexpr int kMany = 1 << 16;

// In alphabetical order, as messages list them.
static constexpr OnnxOperation kOperations[] = {
    {"Abs", 1, 1, 1, kActivation, refuseActivation},
    {"Add", 2, 2, 1, kElementwise, importElementwise<AddOp>},
    {"BatchNormalization", 5, 5, 1, kBatchNorm, importBatchNorm},
    {"Cast", 1, 1, 1, kCast, importCast},
    {"CastLike", 2, 2, 1, kCastLike, importCastLike},
    {"Clip", 1, 3, 1, kClip, importClip},
    {"Concat", 1, kMany, 1, kAxis, importConcatOfActivations},
    {"Constant", 0, 0, 1, kConstant, importConstant},
    {"ConstantOfShape", 1, 1, 1, kValue, importConstantOfShape},
    {"DequantizeLinear", 2, 3, 1, kDequantize, importDequantizeLinear},
    {"Div", 2, 2, 1, kElementwise, importElementwise<DivOp>},
    {"Dropout", 1, 3, 2, kDropout, importDropout},
    {"Expand", 2, 2, 1, {}, importExpandOfActivation},
    {"Flatten", 1, 1, 1, kAxis, importFlatten},
    {"Gather", 2, 2, 1, kAxis, importGatherOfActivation},
    {"GatherND", 2, 2, 1, kGatherND, refuseGatherND},
    {"Gemm", 2, 3, 1, kGemm, importGemm},
    {"GlobalAveragePool", 1, 1, 1, {}, importGlobalAveragePool},
    {"HardSigmoid", 1, 1, 1, kHardSigmoid, importHardSigmoid},
    {"Identity", 1, 1, 1, {}, importIdentity},
    {"LeakyRelu", 1, 1, 1, kLeakyRelu, importLeakyRelu},
    {"LogSoftmax", 1, 1, 1, kAxis, importSoftmax<LogSoftmaxOp>},
    {"MatMul", 2, 2, 1, {}, importMatMul},
    {"Max", 1, kMany, 1, kActivation, importMinMax},
    {"Min", 1, kMany, 1, kActivation, importMinMax},
    {"Mul", 2, 2, 1, kElementwise, importElementwise<MulOp>},
    {"Neg", 1, 1, 1, kActivation, importNeg},
    {"PRelu", 2, 2, 1, kActivation, importPRelu},
    {"QLinearMatMul", 8, 8, 1, {}, importQLinearMatMul},
    {"QuantizeLinear", 2, 3, 1, kQuantize, importQuantizeLinear},
    {"Reciprocal", 1, 1, 1, kActivation, refuseActivation},
    {"ReduceMean", 1, 2, 1, kReduce, importReduce<ReduceMeanOp>},
    {"ReduceProd", 1, 2, 1, kReduce, refuseOther},
    {"ReduceSum", 1, 2, 1, kReduce, importReduce<ReduceSumOp>},
    {"Relu", 1, 1, 1, kActivation, importActivation<ReluOp>},
    {"Reshape", 1, 2, 1, kReshape, importReshape},
    {"Shape", 1, 1, 1, kShape, importShape},
    {"Sigmoid", 1, 1, 1, kActivation, importActivation<SigmoidOp>},
    {"Slice", 1, 5, 1, kSlice, importSliceOfActivation},
    {"Softmax", 1, 1, 1, kAxis, importSoftmax<SoftmaxOp>},
    {"Split", 1, 2, kMany, kSplit, importSplit},
    {"Sqrt", 1, 1, 1, kActivation, refuseActivation},
    {"Squeeze", 1, 2, 1, kSqueeze, importSqueeze},
    {"Sub", 2, 2, 1, kElementwise, importElementwise<SubOp>},
    {"Tanh", 1, 1, 1, kActivation, importActivation<TanhOp>},
    {"Transpose", 1, 1, 1, kTranspose, importTranspose},
    {"Unsqueeze", 1, 2, 1, kSqueeze, importUnsqueeze},
};

static constexpr StringRef kQGemm[] = {"alpha", "transA", "transB"};
static constexpr OnnxOperation kMicrosoftOperations[] = {
    {"QGemm", 6, 9, 1, kQGemm, importQGemm},
};

static ArrayRef<OnnxOperation> operationsOf(StringRef domain) {
  if (isDefaultDomain(domain))
    return kOperations;
  return domain == kMicrosoftDomain ? ArrayRef(kMicrosoftOperations)
                                    : qonnxOperations(domain);
}

const OnnxOperation *findOperation(const onnx::NodeProto &node) {
  ArrayRef<OnnxOperation> operations = operationsOf(node.domain());
  const auto *it = find_if(operations, [&](const OnnxOperation &operation) {
    return operation.name == node.op_type();
  });
  return it == operations.end() ? nullptr : it;
}

bool isQuantizerNode(const onnx::NodeProto &node) {
  return isDefaultDomain(node.domain())
             ? node.op_type() == "QuantizeLinear" ||
                   node.op_type() == "DequantizeLinear"
             : is_contained({"Quant", "IntQuant", "BipolarQuant", "BinaryQuant",
                             "MultiThreshold"},
                            StringRef(node.op_type()));
}

std::string supportedOperations() {
  std::string text;
  raw_string_ostream os(text);
  interleaveComma(kOperations, os, [&](const OnnxOperation &operation) {
    os << '\'' << operation.name << '\''
       << (operation.import == refuseActivation ? " (of constants)"
           : operation.import == refuseOther    ? " (of shapes)"
                                                : "");
  });
  os << "; of QONNX ";
  interleaveComma(qonnxOperations(kQonnxDomain), os,
                  [&](const OnnxOperation &operation) {
                    os << '\'' << operation.name << '\'';
                  });
  os << "; of " << kMicrosoftDomain << " 'QGemm'";
  return text;
}

} // namespace mase::onnx_import
