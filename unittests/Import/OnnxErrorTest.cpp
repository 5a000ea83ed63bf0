// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is no network of the supported operations is refused, with one message
// that says where and why.
#include "OnnxText.h"

using namespace mase::testing;

namespace {

/// The model of `graph` with other text for input, output or opset.
std::string replaced(std::string text, const std::string &from,
                     const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// NOLINTBEGIN(bugprone-throwing-static-initialization)
const std::string kRelu = node("Relu", "'x'");
const std::string kWeight = initializer("w", "3, 2", "1,2,3,4,5,6");
const std::string kVectors =
    initializer("g", "2", "1, 1") + initializer("b", "2", "1, 1") +
    initializer("m", "2", "1, 1") + initializer("v", "2", "1, 0");
const std::string kBatchNorm = "'x', 'g', 'b', 'm', 'v'";
// NOLINTEND(bugprone-throwing-static-initialization)

const std::vector<RefusedModel> &cases() {
  static const std::vector<RefusedModel> all = {
      // The model.
      {"NoGraph", "opset_import { version: 13 }", "expected a graph"},
      {"NoOpset", "graph { name: 'g' }", "expected an opset_import"},
      {"OpsetOfAnotherDomain",
       "opset_import { domain: 'x' version: 1 } graph { }",
       "expected an opset_import"},
      {"OpsetZero", "opset_import { version: 0 } graph { }",
       "expected an opset version of 1 or more, found 0"},
      {"NoOutput", "opset_import { version: 13 } graph { }",
       "expected one graph output, found 0"},
      {"TwoOutputs", modelText(kRelu + "output { name: 'x' }"),
       "expected one graph output, found 2: 'y', 'x'; --onnx-output names the "
       "one to import"},
      {"NoInput", "opset_import { version: 13 } graph { output { name: 'y' } }",
       "expected one graph input beside the parameters, found none"},
      {"TwoInputs", modelText(kRelu + valueInfo("input", "z")),
       "expected one graph input beside the parameters, found 'x', 'z'"},
      {"InputWithoutShape",
       replaced(modelText(kRelu),
                "shape { dim { dim_param: 'n' } dim { "
                "dim_value: 2 } }",
                ""),
       "graph input 'x': expected a tensor with a shape"},
      {"InputOfDoubles",
       replaced(modelText(kRelu), "elem_type: 1", "elem_type: 11"),
       "node '/a/Relu' (Relu): input 0 ('X') is 'x' of type DOUBLE, and layers "
       "compute in float32: expected a Cast to FLOAT in front, or "
       "--onnx-as-float32, which computes all of it in float32"},
      {"InputOfIntegers",
       replaced(modelText(kRelu), "elem_type: 1", "elem_type: 7"),
       "graph input 'x': expected float32 elements, found INT64"},
      {"InputOfRankZero",
       replaced(modelText(kRelu), "dim { dim_param: 'n' } dim { dim_value: 2 }",
                ""),
       "expected rank 2 to 4, the batch and the features, or a vector of "
       "features, found rank 0"},
      {"InputOfSamplesOnly",
       replaced(modelText(kRelu), "dim { dim_value: 2 }", ""),
       "expected a static size in dimension 0, found 'n'; a vector is the "
       "features of one sample"},
      {"DynamicFeatures",
       replaced(modelText(kRelu), "dim_value: 2", "dim_param: 'f'"),
       "expected a static size in dimension 1, found 'f'"},
      {"NegativeFeatures",
       replaced(modelText(kRelu), "dim_value: 2", "dim_value: -3"),
       "expected a static size in dimension 1, found -3"},
      {"HugeFeatures",
       replaced(modelText(kRelu), "dim_value: 2",
                "dim_value: 9000000000000000000"),
       "expected at most 16777216 features"},
      {"OutputShape",
       replaced(modelText(kRelu), "output { name: 'y' }",
                valueInfo("output", "y",
                          "dim { dim_value: 1 } dim { dim_value: 3 }")),
       "graph output 'y': declared as [1, 3], but the layers give [?, 2]"},
      {"OutputUnknown", modelText(node("Relu", "'x'", "", "z")),
       "graph output 'y': which is no input, initializer or output of a node"},
      {"OutputConstant", modelText(initializer("y", "1", "1")),
       "graph output 'y': expected a result of the network"},
      // Numbers that are none.
      {"NaNWeight",
       modelText(kRelu + initializer("fc.weight", "3, 2", "1,2,3,nan,5,6")),
       "initializer 'fc.weight': expected finite elements, found nan at [1, 1] "
       "(counted from 0)"},
      {"InfiniteRawData",
       modelText(kRelu + "initializer { name: 'w' dims: [1] data_type: 1 "
                         "raw_data: '\\000\\000\\200\\377' }"),
       "initializer 'w': expected finite elements, found -inf at [0]"},
      {"NaNConstant",
       modelText(
           node("Constant", "",
                attribute("value_floats", "floats: [1, inf] type: FLOATS"),
                "c") +
           kRelu),
       "found inf at [1] (counted from 0)"},
      {"InfiniteAttribute",
       modelText(kVectors + node("BatchNormalization", kBatchNorm,
                                 attribute("epsilon", "f: inf type: FLOAT"))),
       "attribute 'epsilon': expected a finite number, found"},
      // Names.
      {"UnknownInput", modelText(node("Relu", "'xx'")),
       "node '/a/Relu' (Relu): input 0 ('X') is 'xx', which is no input, "
       "initializer or output of a node; nearest: 'x', 'y'"},
      {"Cycle",
       modelText(node("Relu", "'b'", "", "a") +
                 "node { name: 'r' op_type: 'Relu' input: 'a' output: 'b' }" +
                 node("Relu", "'x'")),
       "which only a later node computes, 'r' (Relu); expected nodes in an "
       "order that computes operands first: the graph is cyclic or unsorted"},
      {"SelfCycle", modelText(node("Relu", "'y'")), "cyclic or unsorted"},
      {"DuplicateOutput", modelText(kRelu + kRelu),
       "node '/a/Relu' (Relu) defines 'y', which is there already"},
      {"OutputShadowsInput", modelText(node("Relu", "'x'", "", "x")),
       "defines 'x', which is there already"},
      {"DuplicateInitializer", modelText(kWeight + kWeight + kRelu),
       "an initializer defines 'w', which is there already"},
      // Nodes.
      {"UnsupportedOperation", modelText(node("Conv", "'x', 'w'")),
       "unsupported operation 'Conv' (node '/a/Conv'); supported: 'Abs' (of "
       "constants), 'Add', 'BatchNormalization', 'Cast', 'CastLike', 'Clip', "
       "'Concat', 'Constant', 'ConstantOfShape', 'DequantizeLinear', 'Div', "
       "'Dropout', 'Expand', 'Flatten', 'Gather', "
       "'GatherND', 'Gemm', 'GlobalAveragePool', 'HardSigmoid', "
       "'Identity', 'LeakyRelu', 'LogSoftmax', 'MatMul', 'Max', 'Min', 'Mul', "
       "'Neg', "
       "'PRelu', 'QLinearMatMul', 'QuantizeLinear', 'Reciprocal' (of "
       "constants), 'ReduceMean', 'ReduceProd' (of shapes), 'ReduceSum', "
       "'Relu', 'Reshape', 'Shape', 'Sigmoid', 'Slice', "
       "'Softmax', 'Split', 'Sqrt' (of constants), 'Squeeze', 'Sub', 'Tanh', "
       "'Transpose', "
       "'Unsqueeze'; of QONNX 'BinaryQuant', 'BipolarQuant', 'IntQuant', "
       "'MultiThreshold', 'Quant', 'Trunc'; of com.microsoft 'QGemm'"},
      {"UnsupportedDomain",
       modelText(node("Relu", "'x'", "domain: 'com.example'")),
       "unsupported operation 'Relu' of domain 'com.example' (node '/a/Relu'); "
       "supported: 'Abs' "},
      {"UnsupportedManyTimes",
       modelText(node("Selu", "'x'", "", "a") + node("Elu", "'a'", "", "b") +
                 "node { op_type: 'Selu' input: 'b' output: 'y' }"),
       "unsupported operations 'Selu' (2 nodes, first node '/a/Selu'), 'Elu' "
       "(node '/a/Elu'); supported: 'Abs' "},
      {"UnnamedNode",
       modelText("node { op_type: 'Selu' input: 'x' output: 'y' }"),
       "unsupported operation 'Selu' (node computing 'y'); supported: "},
      {"TooFewInputs", modelText(node("Gemm", "'x'")),
       "(Gemm): expected 2 to 3 inputs, found 1"},
      {"TooManyInputs", modelText(node("Relu", "'x', 'x'")),
       "(Relu): expected 1 inputs, found 2"},
      {"EmptyInput", modelText(node("Relu", "''")), "input 0 ('X') is missing"},
      {"NoNodeOutput", modelText("node { op_type: 'Relu' input: 'x' }"),
       "node without a name (Relu): expected an output, found none"},
      {"TooManyOutputs", modelText(node("Relu", "'x'", "output: 'z'")),
       "expected 1 output, found 2"},
      {"UnknownAttribute",
       modelText(node("Relu", "'x'", attribute("alpha", "f: 1 type: FLOAT"))),
       "unsupported attribute 'alpha'"},
      {"DuplicateAttribute",
       modelText(node("Flatten", "'x'",
                      attribute("axis", "i: 1 type: INT") +
                          attribute("axis", "i: 1 type: INT"))),
       "the attribute 'axis' is there twice"},
      {"AttributeType",
       modelText(node("Flatten", "'x'", attribute("axis", "f: 1 type: FLOAT"))),
       "attribute 'axis': expected an integer, found FLOAT"},
      // Gemm and MatMul.
      {"GemmTransA",
       modelText(kWeight + node("Gemm", "'x', 'w'",
                                attribute("transA", "i: 1 type: INT"))),
       "expected 'transA' = 0, found 1, which exchanges samples and features"},
      {"GemmBeta",
       modelText(kWeight + initializer("c", "1", "3e38") +
                 node("Gemm", "'x', 'w', 'c'",
                      attribute("transB", "i: 1 type: INT") +
                          attribute("beta", "f: 2 type: FLOAT"))),
       "node '/a/Gemm' (Gemm): expected finite elements, found inf at [0]"},
      {"GemmShape", modelText(kWeight + node("Gemm", "'x', 'w'")),
       "the input is [?, 2], but the weight 'w' takes 3 features ([out, in] = "
       "[2, 3])"},
      {"GemmBias",
       modelText(kWeight + initializer("c", "2", "1, 2") +
                 node("Gemm", "'x', 'w', 'c'",
                      attribute("transB", "i: 1 type: INT"))),
       "expected a bias of 3 elements for the weight 'w', found 'c' of shape "
       "[2]"},
      {"GemmOfActivations", modelText(node("Gemm", "'x', 'x'")),
       "expected a constant for input 1 ('B'), found the activation 'x'"},
      {"MatMulShape", modelText(kWeight + node("MatMul", "'x', 'w'")),
       "the input is [?, 2], but the matrix 'w' is [3, 2]"},
      {"MatMulConstantLeft", modelText(kWeight + node("MatMul", "'w', 'x'")),
       "expected an activation for input 0 ('A'), found the constant 'w', "
       "whose "
       "product with samples in columns would mix them"},
      {"MatMulVector", modelText(kVectors + node("MatMul", "'x', 'g'")),
       "expected rank 2 for input 1 ('B'), 'g', found [2]"},
      // BatchNormalization.
      {"BatchNormTraining",
       modelText(kVectors + node("BatchNormalization", kBatchNorm,
                                 attribute("training_mode", "i: 1 type: INT"))),
       "expected 'training_mode' = 0, found 1"},
      {"BatchNormOldTraining",
       replaced(modelText(kVectors + node("BatchNormalization", kBatchNorm)),
                "version: 13", "version: 6"),
       "expected 'is_test' = 1 at opset 6"},
      {"BatchNormVariance",
       modelText(kVectors + initializer("u", "2", "1, -0.5") +
                 node("BatchNormalization", "'x', 'g', 'b', 'm', 'u'")),
       "found -5.000000e-01 for feature 1 in 'u'"},
      {"BatchNormVarianceNegative",
       modelText(kVectors + initializer("u", "2", "-1, 1") +
                 node("BatchNormalization", "'x', 'g', 'b', 'm', 'u'")),
       "expected a variance that is not negative"},
      {"BatchNormDivisionByZero",
       modelText(kVectors + node("BatchNormalization", kBatchNorm,
                                 attribute("epsilon", "f: 0 type: FLOAT"))),
       "for feature 1 in 'v'"},
      {"BatchNormEpsilon",
       modelText(kVectors + node("BatchNormalization", kBatchNorm,
                                 attribute("epsilon", "f: -1 type: FLOAT"))),
       "expected a finite 'epsilon' of at least 0, found -1.0"},
      {"BatchNormShape",
       modelText(kVectors + initializer("u", "3", "1, 1, 1") +
                 node("BatchNormalization", "'x', 'g', 'b', 'm', 'u'")),
       "the input is [?, 2], but 'input_var', 'u', is [3]; expected [2]"},
      // The others.
      {"AddShapes",
       modelText(kWeight +
                 node("Gemm", "'x', 'w'", attribute("transB", "i: 1 type: INT"),
                      "t") +
                 node("Add", "'x', 't'")),
       "expected operands of one shape, found [?, 2] and [?, 3]"},
      {"AddConstantShape", modelText(kWeight + node("Add", "'x', 'w'")),
       "expected a constant that repeats to [1, 2] beside the activation [?, "
       "2], found 'w' of shape [3, 2]"},
      {"AddConstants", modelText(kWeight + node("Add", "'w', 'w'")),
       "graph output 'y': expected a result of the network, found a constant"},
      {"MaxOfActivations", modelText(node("Max", "'x', 'x'")),
       "node '/a/Max' (Max): expected one activation and numbers, found the "
       "activations 'x' and 'x'"},
      {"MinOfMany", modelText(kWeight + node("Min", "'x', 'w'")),
       "expected one number as 'data_0', found 'w' of shape [3, 2]"},
      {"FlattenAxis",
       modelText(node("Flatten", "'x'", attribute("axis", "i: 0 type: INT"))),
       "expected a shape that keeps the 2 elements of each sample together "
       "for the input [?, 2], found [1, 2 * ?]"},
      {"SoftmaxAxis",
       modelText(node("Softmax", "'x'",
                      attribute("axis", "i: -9223372036854775808 type: INT"))),
       "found -9223372036854775808"},
      {"LogSoftmaxAxis",
       modelText(
           node("LogSoftmax", "'x'", attribute("axis", "i: 0 type: INT"))),
       "expected 'axis' = 1 (or -1) for the input [?, 2], found 0"},
      {"LeakyReluAlpha",
       modelText(
           node("LeakyRelu", "'x'", attribute("alpha", "f: inf type: FLOAT"))),
       "attribute 'alpha': expected a finite number, found INF"},
      {"SigmoidAttribute",
       modelText(
           node("Sigmoid", "'x'", attribute("alpha", "f: 1 type: FLOAT"))),
       "unsupported attribute 'alpha'"},
      {"DropoutTraining",
       modelText("initializer { name: 't' data_type: 9 int32_data: 1 }" +
                 node("Dropout", "'x', '', 't'")),
       "(constant 'training_mode' = false), found 't' = true"},
      {"DropoutMask",
       modelText(node("Dropout", "'x'", "output: 'mask'") +
                 node("Relu", "'mask'", "", "z")),
       "expected that only output 0 is used, found a use of the mask 'mask'"},
      {"ConstantWithoutValue", modelText(node("Constant", "")),
       "expected one attribute with the value, found 0"},
      {"ConstantOfText",
       modelText(node("Constant", "",
                      attribute("value_string", "s: 'a' type: STRING"))),
       "unsupported attribute 'value_string'; nearest: 'value_int', "
       "'value_ints', 'value_float'"},
      {"TransposeOfActivation", modelText(node("Transpose", "'x'")),
       "expected 'perm' to exchange particles and features of the input [?, "
       "2], found [1, 0]"},
      // Initializers.
      {"UnknownType",
       modelText("initializer { name: 'w' dims: 1 data_type: 99 }" +
                 node("Mul", "'w', 'x'")),
       "found type 99"},
      {"TooFewElements",
       modelText("initializer { name: 'w' dims: [2, 2] data_type: 1 raw_data: "
                 "'\\000\\000\\000\\000' }" +
                 kRelu),
       "initializer 'w': expected 4 float32 elements ([2, 2]), found 4 bytes"},
      {"OddBytes",
       modelText("initializer { name: 'w' dims: 1 data_type: 1 raw_data: "
                 "'\\000\\000\\000\\000\\000' }" +
                 kRelu),
       "expected 1 float32 elements ([1]), found 5 bytes"},
      {"NegativeSize", modelText(initializer("w", "-2", "1") + kRelu),
       "initializer 'w': expected positive sizes, found [-2]"},
      {"SmallestSize",
       modelText(initializer("w", "-9223372036854775808", "1") + kRelu),
       "expected positive sizes, found"},
      {"HugeSizes",
       modelText(initializer("w", "4294967296, 4294967296", "1") + kRelu),
       "are more elements than a file can hold"},
      {"OneHugeSize",
       modelText(initializer("w", "9223372036854775807", "1") + kRelu),
       "expected 9223372036854775807 float32 elements"},
  };
  return all;
}

class OnnxErrors : public ::testing::TestWithParam<RefusedModel> {};

} // namespace

TEST_P(OnnxErrors, AreReported) { expectRefused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(, OnnxErrors, ::testing::ValuesIn(cases()),
                         [](const auto &info) { return info.param.name; });

TEST(OnnxError, EveryUnsupportedOperationIsNamedOnce) {
  mlir::MLIRContext context;
  Imported net(encodeModel(modelText(node("Conv", "'x'", "", "a") +
                                     node("Selu", "'a'", "", "b") +
                                     node("Selu", "'b'"))),
               context);
  EXPECT_FALSE(net.module);
  EXPECT_EQ(net.errors, 1) << net.messages;
}

TEST(OnnxError, ManyUnsupportedOperations) {
  mlir::MLIRContext context;
  std::string nodes;
  for (int i = 0; i < 1000; ++i)
    nodes += node("Op" + std::to_string(i), "'x'", "", "o" + std::to_string(i));
  Imported net(encodeModel(modelText(nodes)), context);
  EXPECT_NE(
      net.messages.find("'Op19' (node '/a/Op19') and 980 more; supported"),
      std::string::npos)
      << net.messages;
}

// A scalar that is repeated to 2^24 features by each of a few nodes is a small
// file.
TEST(OnnxError, RepeatedConstants) {
  mlir::MLIRContext context;
  std::string nodes = initializer("c", "1", "1.5");
  for (int i = 0; i < 9; ++i)
    nodes += node("Add", "'" + (i ? "t" + std::to_string(i) : "x") + "', 'c'",
                  "", i == 8 ? "y" : "t" + std::to_string(i + 1));
  Imported net(encodeModel(replaced(modelText(nodes), "dim_value: 2",
                                    "dim_value: 16777216")),
               context);
  EXPECT_FALSE(net.module);
  EXPECT_NE(net.messages.find("expected constants that repeat and transpose to "
                              "at most 134217728 elements"),
            std::string::npos)
      << net.messages;
}

TEST(OnnxError, NamesCantSpoilTheTerminal) {
  mlir::MLIRContext context;
  Imported net(
      encodeModel(modelText("node { name: '\\033[31m\\000' op_type: 'Selu' }")),
      context);
  EXPECT_NE(net.messages.find("'\\1B[31m\\00'"), std::string::npos)
      << net.messages;
}
