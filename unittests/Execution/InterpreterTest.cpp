// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter against numbers worked out by hand from semantics.md.
#include "Networks.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mase;
using namespace mase::testing;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

class InterpreterTest : public EngineTestBase {
protected:
  /// Runs the body of a function on [n, in] -> [n, out].
  std::vector<float> compute(int in, int out, StringRef body,
                             ArrayRef<float> input) {
    std::string text =
        ("func.func @main(%x: tensor<?x" + Twine(in) + "xf32>) -> tensor<?x" +
         Twine(out) + "xf32> {\n" + body + "\n return %y : tensor<?x" +
         Twine(out) + "xf32>\n}")
            .str();
    OwningOpRef<ModuleOp> module = parse(text);
    return run(EngineKind::Interpreter, *module, input,
               int64_t(input.size()) / in);
  }
};

using Values = std::vector<float>;

TEST_F(InterpreterTest, LinearInIntegersRoundsOnce) {
  // Codes of x at 1/16: 24 (from 1.53 -> 24.48), -128 (saturated), 0 (NaN).
  // Weights at 1/4: 1.1 -> 4, -3 -> -8 (saturated at -8), 7 -> 7.
  // Bias at 1/4: 0.375 -> 2 (a tie, to even).
  Values y = compute(3, 1, R"(
    %w = arith.constant dense<[[1.1, -3.0, 7.0]]> : tensor<1x3xf32>
    %b = arith.constant dense<0.375> : tensor<1xf32>
    %y = mase.linear "fc" %x, %w, %b precision <data_in = #mase.fixed<8, 4>,
      weight = #mase.fixed<4, 2>, bias = #mase.fixed<4, 2>>
      : (tensor<?x3xf32>, tensor<1x3xf32>, tensor<1xf32>) -> tensor<?x1xf32>)",
                     {1.53f, -kInf, kNaN});
  EXPECT_EQ(y, Values({(24 * 4 + -128 * -8) / 64.0f + 0.5f})) << errors;
}

TEST_F(InterpreterTest, LinearInFloatIsAChainFromTheBias) {
  Values y =
      compute(3, 1, R"(
    %w = arith.constant dense<[[1.0, 1.0, 1.0]]> : tensor<1x3xf32>
    %b = arith.constant dense<1.0> : tensor<1xf32>
    %y = mase.linear "fc" %x, %w, %b
      : (tensor<?x3xf32>, tensor<1x3xf32>, tensor<1xf32>) -> tensor<?x1xf32>)",
              {0x1p-24f, 0x1p-24f, 0x1p-23f, 0x1p-23f, 0x1p-24f, 0x1p-24f});
  // From the left: 1 + 2^-24 is a tie to even, 1. With 2^-23 first the sum is
  // 1 + 2^-23, whose ties go up.
  EXPECT_EQ(y, Values({1.0f + 0x1p-23f, 1.0f + 0x1p-22f})) << errors;
}

TEST_F(InterpreterTest, MixedOperandsComputeInFloatOnQuantisedValues) {
  // No format for the bias: binary32, x rounded to multiples of 1/2.
  Values y = compute(1, 1, R"(
    %w = arith.constant dense<[[0.1]]> : tensor<1x1xf32>
    %b = arith.constant dense<0.2> : tensor<1xf32>
    %y = mase.linear "fc" %x, %w, %b
      precision <data_in = #mase.fixed<8, 1>, weight = #mase.fixed<8, 4>>
      : (tensor<?x1xf32>, tensor<1x1xf32>, tensor<1xf32>) -> tensor<?x1xf32>)",
                     {1.3f});
  EXPECT_EQ(y, Values({std::fma(1.5f, 0.125f, 0.2f)})) << errors;
}

TEST_F(InterpreterTest, MatmulTakesItsWeightInOut) {
  Values y = compute(2, 3, R"(
    %w = arith.constant dense<[[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]> : tensor<2x3xf32>
    %y = mase.matmul "mm" %x, %w precision <data_in = #mase.fixed<8, 0>,
      weight = #mase.fixed<8, 0>, data_out = #mase.fixed<6, 0>>
      : (tensor<?x2xf32>, tensor<2x3xf32>) -> tensor<?x3xf32>)",
                     {1, 2, -1, 1});
  EXPECT_EQ(y, Values({21, 31, 31, 9, 18, 27})) << errors;
}

TEST_F(InterpreterTest, ReluMakesPositiveZeroOfZeroAndNaN) {
  Values y = compute(4, 4, R"(%y = mase.relu "r" %x : tensor<?x4xf32>)",
                     {-0.0f, kNaN, -1, kInf});
  EXPECT_EQ(y, Values({0, 0, 0, kInf})) << errors;
  EXPECT_FALSE(std::signbit(y[0]) || std::signbit(y[1]));
}

TEST_F(InterpreterTest, QuantisedReluIsUnsigned) {
  Values y = compute(4, 4, R"(
    %y = mase.relu "r" %x precision <data_in = #mase.fixed<4, 1, unsigned>>
      : tensor<?x4xf32>)",
                     {-3, 0.75f, 1.25f, 100});
  EXPECT_EQ(y, Values({0, 1, 1, 7.5f})) << errors;
}

TEST_F(InterpreterTest, ElementwiseBroadcastsAndQuantisesBothOperands) {
  Values y = compute(2, 2, R"(
    %c = arith.constant dense<[[0.6, -0.6]]> : tensor<1x2xf32>
    %y = mase.sub "s" %c, %x precision <data_in = #mase.fixed<4, 1, floor>>
      : (tensor<1x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>)",
                     {0.9f, 0.9f, 1, 2});
  EXPECT_EQ(y, Values({0, -1.5f, -0.5f, -3})) << errors;
}

TEST_F(InterpreterTest, BatchNormIsOneFma) {
  Values y = compute(1, 1, R"(
    %g = arith.constant dense<3.0> : tensor<1xf32>
    %y = mase.batch_norm "bn" %x, %g, %g, %g, %g epsilon 1.0
      : (tensor<?x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>,
         tensor<1xf32>) -> tensor<?x1xf32>)",
                     {0.1f});
  EXPECT_EQ(y, Values({std::fma(0.1f, 1.5f, -1.5f)})) << errors;
}

TEST_F(InterpreterTest, UnsignedCodesAreReadAsUnsigned) {
  Values y = compute(2, 2, R"(
    %q = mase.quantize %x to(#mase.fixed<4, 0, unsigned>) : tensor<?x2xf32> -> tensor<?x2xi4>
    %y = mase.dequantize %q frac 1 unsigned : tensor<?x2xi4> -> tensor<?x2xf32>)",
                     {15, -1});
  EXPECT_EQ(y, Values({7.5f, 0})) << errors;
}

TEST_F(InterpreterTest, SumsOf64BitsRoundOnce) {
  // (2^31 - 1)^2 + 1 is exact in 64 bits.
  Values y = compute(1, 1, R"(
    %w = arith.constant dense<2147483647> : tensor<1x1xi32>
    %b = arith.constant dense<1> : tensor<1xi2>
    %q = mase.quantize %x to(#mase.fixed<32, 0>) : tensor<?x1xf32> -> tensor<?x1xi32>
    %a = mase.int_linear "fc" %q as(#mase.fixed<32, 0>), %w as(#mase.fixed<32, 0>),
      %b as(#mase.fixed<2, 0>)
      : (tensor<?x1xi32>, tensor<1x1xi32>, tensor<1xi2>) -> tensor<?x1xi64>
    %y = mase.dequantize %a frac 0 : tensor<?x1xi64> -> tensor<?x1xf32>)",
                     {kInf});
  EXPECT_EQ(y, Values({0x1p62f})) << errors;
}

TEST_F(InterpreterTest, NaNIsCanonical) {
  Values y = compute(
      1, 1,
      R"(%y = mase.flatten "f" %x : (tensor<?x1xf32>) -> tensor<?x1xf32>)",
      {-kNaN});
  uint32_t bits;
  memcpy(&bits, y.data(), sizeof bits);
  EXPECT_EQ(bits, 0x7FC00000u);
}

TEST_F(InterpreterTest, NamesWhatItCannotRun) {
  compute(1, 1, R"(%y = arith.addf %x, %x : tensor<?x1xf32>)", {1});
  EXPECT_EQ(errors, "expected layers, which the engine 'interpreter' runs; "
                    "found ops of other dialects on tensors, which 'cpu' "
                    "and 'linalg' run\n");
  errors.clear();
  OwningOpRef<ModuleOp> module = parse(R"(
    func.func @main(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
      %y = func.call @main(%x) : (tensor<?x1xf32>) -> tensor<?x1xf32>
      return %y : tensor<?x1xf32>
    })");
  EXPECT_TRUE(run(EngineKind::Interpreter, *module, {1}, 1).empty());
  EXPECT_EQ(errors, "the interpreter runs ops that implement "
                    "'InterpretableOpInterface', as those of the mase dialect "
                    "do, on constants and the network's input; found "
                    "'func.call'\n");
}

TEST_F(InterpreterTest, RefusesAWeightThatIsNotConstant) {
  OwningOpRef<ModuleOp> module = parse(R"(
    func.func @main(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
      %y = mase.matmul "mm" %x, %x : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      return %y : tensor<2x2xf32>
    })");
  EXPECT_TRUE(run(EngineKind::Interpreter, *module, {1, 2, 3, 4}, 2).empty());
  EXPECT_EQ(errors, "expected a constant weight, found one that depends on the "
                    "network's input\n");
}

} // namespace
