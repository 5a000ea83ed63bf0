// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What each ONNX operation becomes: the values, which text of real exports
// (test/Import) shows badly.
#include "OnnxText.h"

using namespace mase;
using namespace mase::testing;

namespace {

struct OnnxLayers : ::testing::Test {
  /// Imports `graph` and returns its only op of type `OpTy`.
  template <typename OpTy> OpTy importOne(const std::string &graph) {
    net.emplace(encodeModel(modelText(graph)), context);
    EXPECT_EQ(net->messages, "");
    OpTy found;
    if (net->module)
      net->module->walk([&](OpTy op) {
        EXPECT_FALSE(found);
        found = op;
      });
    return found;
  }
  mlir::MLIRContext context;
  std::optional<Imported> net;
};

std::vector<float> values(mlir::Value value) {
  auto constant = getConstantF32(value);
  return constant ? std::vector<float>(constant->begin(), constant->end())
                  : std::vector<float>();
}
std::vector<int64_t> shape(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType()).getShape().vec();
}
using Floats = std::vector<float>;
using Shape = std::vector<int64_t>;

// NOLINTBEGIN(bugprone-throwing-static-initialization)
const std::string kWeight = initializer("fc.weight", "3, 2", "1,2,3,4,5,6");
const std::string kMatrix =
    initializer("onnx::MatMul_7", "2, 3", "1,2,3,4,5,6");
const std::string kBias = initializer("fc.bias", "3", "7, 8, 9");
// NOLINTEND(bugprone-throwing-static-initialization)

} // namespace

TEST_F(OnnxLayers, GemmWithTransB) {
  auto op = importOne<LinearOp>(
      kWeight + kBias +
      "node { op_type: 'Gemm' input: ['x', 'fc.weight', 'fc.bias'] output: 'y'"
      " attribute { name: 'transB' i: 1 type: INT } }");
  ASSERT_TRUE(op);
  EXPECT_EQ(op.getLayer(), "fc");
  EXPECT_EQ(shape(op.getWeight()), Shape({3, 2}));
  EXPECT_EQ(values(op.getWeight()), Floats({1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(values(op.getBias()), Floats({7, 8, 9}));
}

TEST_F(OnnxLayers, GemmWithoutTransBIsTransposed) {
  auto op = importOne<LinearOp>(
      kMatrix +
      "node { op_type: 'Gemm' input: ['x', 'onnx::MatMul_7'] output: 'y' }");
  ASSERT_TRUE(op);
  EXPECT_EQ(shape(op.getWeight()), Shape({3, 2}));
  EXPECT_EQ(values(op.getWeight()), Floats({1, 4, 2, 5, 3, 6}));
  EXPECT_FALSE(op.getBias());
}

TEST_F(OnnxLayers, GemmRepeatsAScalarBias) {
  auto op = importOne<LinearOp>(kMatrix + initializer("c", "", "0.5") +
                                "node { op_type: 'Gemm' input: ['x', "
                                "'onnx::MatMul_7', 'c'] output: 'y' }");
  ASSERT_TRUE(op);
  EXPECT_EQ(values(op.getBias()), Floats({0.5, 0.5, 0.5}));
}

// Powers of two change no more than the parameters' exponents.
TEST_F(OnnxLayers, GemmFoldsPowersOfTwo) {
  auto op = importOne<LinearOp>(
      kMatrix + kBias +
      "node { op_type: 'Gemm' input: ['x', 'onnx::MatMul_7', 'fc.bias']"
      " output: 'y' attribute { name: 'alpha' f: -0.5 type: FLOAT }"
      " attribute { name: 'beta' f: 4 type: FLOAT } }");
  ASSERT_TRUE(op);
  EXPECT_EQ(values(op.getWeight()), Floats({-0.5, -2, -1, -2.5, -1.5, -3}));
  EXPECT_EQ(values(op.getBias()), Floats({28, 32, 36}));
}

// Others are layers, as weights times them would be rounded; so are those that
// take a weight to where float32 has fewer bits.
TEST_F(OnnxLayers, GemmKeepsOtherFactors) {
  for (auto [alpha, weight] :
       {std::pair("0.3", "1, 2"), {"0.5", "1, 1e-45"}, {"0", "1, 2"}}) {
    auto op = importOne<MulOp>(
        initializer("w", "2, 1", weight) + initializer("c", "1", "7") +
        "node { op_type: 'Gemm' input: ['x', 'w', 'c'] output: 'y'"
        " attribute { name: 'alpha' f: " +
        alpha +
        " type: FLOAT } attribute { name: 'beta' f: 0.3 type: FLOAT }}");
    ASSERT_TRUE(op) << alpha;
    EXPECT_EQ(values(op.getRhs()), Floats({std::stof(alpha)}));
    net->module->walk([&](LinearOp linear) { EXPECT_FALSE(linear.getBias()); });
    net->module->walk([&](AddOp add) {
      EXPECT_EQ(values(add.getRhs()), Floats({7 * 0.3f}));
    });
  }
}

TEST_F(OnnxLayers, GemmWithoutItsBias) {
  auto op = importOne<LinearOp>(
      kMatrix + kBias +
      "node { op_type: 'Gemm' input: ['x', 'onnx::MatMul_7', 'fc.bias']"
      " output: 'y' attribute { name: 'beta' f: 0 type: FLOAT } }");
  ASSERT_TRUE(op);
  EXPECT_FALSE(op.getBias());
}

TEST_F(OnnxLayers, MatMulOfATransposedWeight) {
  auto op = importOne<LinearOp>(
      kMatrix + "node { op_type: 'MatMul' name: '/fc/MatMul'"
                "       input: ['x', 'onnx::MatMul_7'] output: 'y' }");
  ASSERT_TRUE(op);
  EXPECT_EQ(op.getLayer(), "fc");
  EXPECT_EQ(values(op.getWeight()), Floats({1, 4, 2, 5, 3, 6}));
}

TEST_F(OnnxLayers, MatMulOfATransposeNode) {
  auto op = importOne<LinearOp>(
      kWeight + "node { op_type: 'Transpose' input: 'fc.weight' output: 't' }"
                "node { op_type: 'MatMul' input: ['x', 't'] output: 'y' }");
  ASSERT_TRUE(op);
  EXPECT_EQ(op.getLayer(), "fc");
  EXPECT_EQ(values(op.getWeight()), Floats({1, 2, 3, 4, 5, 6}));
}

TEST_F(OnnxLayers, MatMulTakesItsBiasFromEitherOperand) {
  for (const char *operands : {"'t', 'fc.bias'", "'fc.bias', 't'"}) {
    auto op = importOne<LinearOp>(
        kMatrix + kBias +
        "node { op_type: 'MatMul' input: ['x', 'onnx::MatMul_7'] output: 't' }"
        "node { op_type: 'Add' input: [" +
        operands + "] output: 'y' }");
    ASSERT_TRUE(op);
    EXPECT_EQ(op.getLayer(), "fc");
    EXPECT_EQ(values(op.getBias()), Floats({7, 8, 9}));
    EXPECT_EQ(net->print().find("mase.add"), std::string::npos);
  }
}

TEST_F(OnnxLayers, MatMulSharesNoResultWithItsAdd) {
  // The product is used twice: the Add stays a layer.
  auto op = importOne<LinearOp>(
      kMatrix + kBias +
      "node { op_type: 'MatMul' input: ['x', 'onnx::MatMul_7'] output: 't' }"
      "node { op_type: 'Add' input: ['t', 'fc.bias'] output: 'u' }"
      "node { op_type: 'Mul' input: ['t', 'u'] output: 'y' }");
  ASSERT_TRUE(op);
  EXPECT_FALSE(op.getBias());
  EXPECT_NE(net->print().find("mase.add"), std::string::npos);
}

TEST_F(OnnxLayers, MatMulOfABareParameter) {
  auto op = importOne<MatmulOp>(
      initializer("block.projection", "2, 3", "1,2,3,4,5,6") +
      "node { op_type: 'MatMul' input: ['x', 'block.projection'] output: 'y' "
      "}");
  ASSERT_TRUE(op);
  EXPECT_EQ(op.getLayer(), "block");
  EXPECT_EQ(values(op.getWeight()), Floats({1, 2, 3, 4, 5, 6}));
}

TEST_F(OnnxLayers, ConstantsRepeatByNumpysRules) {
  struct Case {
    const char *dims, *data;
    Floats expected;
  } cases[] = {{"", "3", {3, 3}},
               {"1", "3", {3, 3}},
               {"2", "3, 4", {3, 4}},
               {"1, 2", "3, 4", {3, 4}},
               {"1, 1", "3", {3, 3}}};
  for (const Case &c : cases) {
    auto op = importOne<SubOp>(
        initializer("c", c.dims, c.data) +
        "node { op_type: 'Sub' input: ['c', 'x'] output: 'y' }");
    ASSERT_TRUE(op);
    EXPECT_EQ(shape(op.getLhs()), Shape({1, 2}));
    EXPECT_EQ(values(op.getLhs()), c.expected) << c.dims;
  }
}

TEST_F(OnnxLayers, ConstantsRepeatInTheMiddle) {
  std::string dims = "dim { dim_param: 'n' } dim { dim_value: 2 } "
                     "dim { dim_value: 3 }";
  Imported net(
      encodeModel("opset_import { version: 13 } graph { " +
                  valueInfo("input", "x", dims) + " output { name: 'y' } " +
                  initializer("c", "2, 1", "5, 6") +
                  "node { op_type: 'Mul' input: ['x', 'c'] output: 'y' } }"),
      context);
  ASSERT_TRUE(net.module) << net.messages;
  net.module->walk([](MulOp op) {
    EXPECT_EQ(shape(op.getRhs()), Shape({1, 2, 3}));
    EXPECT_EQ(values(op.getRhs()), Floats({5, 5, 5, 6, 6, 6}));
  });
  // A graph without a name is called main.
  EXPECT_NE(net.print().find("@main("), std::string::npos);
}

TEST_F(OnnxLayers, SoftmaxAndItsLogarithmAlongTheFeatures) {
  for (const char *axis : {"", "attribute { name: 'axis' i: 1 type: INT }",
                           "attribute { name: 'axis' i: -1 type: INT }"}) {
    auto last = [&](std::string op) {
      return "node { op_type: '" + op + "' name: '/head' input: 'x'" +
             " output: 'y' " + axis + "}";
    };
    auto soft = importOne<SoftmaxOp>(last("Softmax"));
    ASSERT_TRUE(soft) << axis;
    auto log = importOne<LogSoftmaxOp>(last("LogSoftmax"));
    ASSERT_TRUE(log) << axis;
    EXPECT_EQ(log.getLayer(), "head");
  }
}

TEST_F(OnnxLayers, SigmoidOfOpset1) {
  auto op = importOne<SigmoidOp>(
      "node { op_type: 'Sigmoid' input: 'x' output: 'y'"
      "  attribute { name: 'consumed_inputs' ints: 0 type: INTS } }");
  ASSERT_TRUE(op);
  EXPECT_TRUE(mlir::isa<mlir::BlockArgument>(op.getInput()));
}

TEST_F(OnnxLayers, LeakyRelu) {
  auto byDefault = importOne<LeakyReluOp>(
      "node { op_type: 'LeakyRelu' name: '/act/LeakyRelu' input: 'x'"
      "  output: 'y' }");
  ASSERT_TRUE(byDefault);
  EXPECT_EQ(byDefault.getAlpha().convertToFloat(), 0.01f);
  EXPECT_EQ(byDefault.getLayer(), "act");
  auto op = importOne<LeakyReluOp>(
      "node { op_type: 'LeakyRelu' input: 'x' output: 'y'"
      "  attribute { name: 'alpha' f: -0.3 type: FLOAT } }");
  ASSERT_TRUE(op);
  EXPECT_EQ(op.getAlpha().convertToFloat(), -0.3f);
}

TEST_F(OnnxLayers, EpsilonIsTheNumberAsWritten) {
  std::string parameters;
  for (const char *name : {"bn.weight", "bn.bias", "bn.mean", "bn.var"})
    parameters += initializer(name, "2", "1, 2");
  auto op = importOne<BatchNormOp>(
      parameters + "node { op_type: 'BatchNormalization' output: 'y'"
                   "  input: ['x', 'bn.weight', 'bn.bias', 'bn.mean', 'bn.var']"
                   "  attribute { name: 'epsilon' f: 1e-5 type: FLOAT }"
                   "  attribute { name: 'momentum' f: 0.9 type: FLOAT } }");
  ASSERT_TRUE(op);
  EXPECT_EQ(op.getEpsilon().convertToDouble(), 1e-5);
  EXPECT_NE(op.getEpsilon().convertToDouble(), double(1e-5f));
}

TEST_F(OnnxLayers, SharedParametersKeepTheirOwnNames) {
  auto op = importOne<LinearOp>(
      kWeight +
      "node { op_type: 'Identity' input: 'fc.weight' output: 'head.weight' }"
      "node { op_type: 'Gemm' input: ['x', 'head.weight'] output: 'y'"
      "       attribute { name: 'transB' i: 1 type: INT } }");
  ASSERT_TRUE(op);
  EXPECT_EQ(op.getLayer(), "head");
}

TEST_F(OnnxLayers, DropoutAndIdentityVanish) {
  importOne<ReluOp>(
      "node { op_type: 'Dropout' input: 'x' output: ['t', 'mask'] }"
      "node { op_type: 'Identity' input: 't' output: 'u' }"
      "node { op_type: 'Relu' input: 'u' output: 'y' }");
  net->module->walk([](ReluOp op) {
    EXPECT_TRUE(mlir::isa<mlir::BlockArgument>(op.getInput()));
  });
}

TEST_F(OnnxLayers, TheBatchIsDynamicWhateverTheFileSays) {
  for (const char *batch : {"dim { dim_value: 1 }", "dim { dim_param: 'b' }",
                            "dim { }", "dim { dim_value: -1 }"}) {
    Imported net(
        encodeModel("opset_import { version: 13 } graph { " +
                    valueInfo("input", "x",
                              batch + std::string(" dim { dim_value: 2 }")) +
                    valueInfo("output", "y",
                              "dim { dim_value: 1 } "
                              "dim { dim_value: 2 }") +
                    "node { op_type: 'Relu' input: 'x' output: 'y' } "
                    "}"),
        context);
    ASSERT_TRUE(net.module) << net.messages;
    EXPECT_NE(net.print().find("tensor<?x2xf32>) -> tensor<?x2xf32>"),
              std::string::npos);
  }
}

TEST_F(OnnxLayers, OneOutputOfSeveral) {
  // An unknown operation does no harm where it isn't needed, and a bias is one
  // though its Add isn't the only reader.
  std::string bytes = encodeModel(modelText(
      kMatrix + kBias +
      "node { op_type: 'MatMul' input: ['x', 'onnx::MatMul_7'] output: 't' }"
      "node { op_type: 'Add' input: ['t', 'fc.bias'] output: 'y' }"
      "node { op_type: 'Conv' name: '/c' input: ['t'] output: 'z' }"
      "node { op_type: 'Relu' input: ['x'] output: 'unused' }"
      "output { name: 'z' }"));
  Imported chosen(bytes, context, {.remarks = true, .output = "y"});
  EXPECT_NE(chosen.print().find("tensor<3xf32>) -> tensor<?x3xf32>"),
            std::string::npos)
      << chosen.messages;
  EXPECT_NE(chosen.messages.find(
                "node '/c' (Conv): dropped: the output 'y' doesn't need it"),
            std::string::npos)
      << chosen.messages;
  // What no output needs stays.
  EXPECT_NE(chosen.print().find("mase.relu"), std::string::npos);
  Imported other(bytes, context, {.output = "z"});
  EXPECT_NE(other.messages.find("unsupported operation 'Conv'"),
            std::string::npos)
      << other.messages;
  Imported unknown(bytes, context, {.output = "yy"});
  EXPECT_NE(unknown.messages.find("unknown graph output 'yy'; valid: 'y', 'z'"),
            std::string::npos)
      << unknown.messages;
}

TEST_F(OnnxLayers, AVectorIsOneSample) {
  std::string text = "opset_import { version: 13 } graph { " +
                     valueInfo("input", "x", "dim { dim_value: 2 }") +
                     valueInfo("output", "y", "dim { dim_value: 3 }") +
                     kMatrix + kBias +
                     "node { op_type: 'MatMul' input: ['x', 'onnx::MatMul_7']"
                     " output: 't' }"
                     "node { op_type: 'Add' input: ['fc.bias', 't']"
                     " output: 'u' }"
                     "node { op_type: 'Softmax' input: 'u' output: 'y' } }";
  Imported import(encodeModel(text), context);
  ASSERT_TRUE(import.module) << import.messages;
  EXPECT_NE(import.print().find("tensor<?x2xf32>) -> tensor<?x3xf32>"),
            std::string::npos)
      << import.print();
}

TEST_F(OnnxLayers, WeightsMayBeAnyFiniteFloat) {
  auto op = importOne<LinearOp>(
      initializer("fc.weight", "2, 2", "3.4e38, -3.4e38, -0, 1e-45") +
      "node { op_type: 'Gemm' input: ['x', 'fc.weight'] output: 'y' }");
  ASSERT_TRUE(op);
  // [in, out] became [out, in].
  EXPECT_EQ(values(op.getWeight()),
            (std::vector<float>{3.4e38f, -0.0f, -3.4e38f, 1e-45f}));
  EXPECT_TRUE(std::signbit(values(op.getWeight())[1]));
}
