// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The integer level at its edges: what the interpreter, CPU code and generated
// CUDA on the host give, and what they should.
#include "Networks.h"

#include "mase/Numerics/Elementary.h"

#include <cmath>

using namespace mlir;
using namespace mase;
using namespace mase::testing;

namespace {

class IntegerLevelTest : public EngineTestBase {
protected:
  /// The results of all engines for `x`, one feature a sample.
  void expect(StringRef text, std::vector<float> x, std::vector<float> y) {
    OwningOpRef<ModuleOp> module = parse(text);
    ASSERT_TRUE(module);
    for (EngineKind kind : {EngineKind::Interpreter, EngineKind::Cpu,
                            EngineKind::Linalg, EngineKind::CudaHost}) {
      std::vector<float> found = run(kind, *module, x, int64_t(x.size()));
      ASSERT_EQ(found.size(), y.size()) << errors;
      for (size_t i = 0; i < y.size(); ++i)
        EXPECT_EQ(bitsOf(found[i]), bitsOf(y[i]))
            << "engine " << int(kind) << ", input " << x[i] << ": " << found[i]
            << " in place of " << y[i];
    }
  }
};

TEST_F(IntegerLevelTest, BiasFarFinerThanProductsOfVanishedWeights) {
  // code of .5 with 24 fraction bits saturates at 127.
  expect(R"(func.func @main(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
    %w = arith.constant dense<0.3> : tensor<1x1xf32>
    %b = arith.constant dense<0.5> : tensor<1xf32>
    %0 = mase.linear "fc" %x, %w, %b precision <data_in = #mase.fixed<4, 0>,
      weight = #mase.fixed<4, -8>, bias = #mase.fixed<8, 24>>
      : (tensor<?x1xf32>, tensor<1x1xf32>, tensor<1xf32>) -> tensor<?x1xf32>
    return %0 : tensor<?x1xf32>
  })",
         {0, 1, -8}, {0x1.fcp-18f, 0x1.fcp-18f, 0x1.fcp-18f});
}

TEST_F(IntegerLevelTest, SumsOfFewerThan64BitsWithALargeShift) {
  // Products in units of 2^16, a bias in units of 2^-25.
  expect(R"(func.func @main(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
    %w = arith.constant dense<256.0> : tensor<1x1xf32>
    %b = arith.constant dense<1.0> : tensor<1xf32>
    %0 = mase.linear "fc" %x, %w, %b precision <data_in = #mase.fixed<2, -8>,
      weight = #mase.fixed<2, -8>, bias = #mase.fixed<8, 25>>
      : (tensor<?x1xf32>, tensor<1x1xf32>, tensor<1xf32>) -> tensor<?x1xf32>
    return %0 : tensor<?x1xf32>
  })",
         {0, 256, -512}, {0x1.fcp-19f, 65536.0f, -131072.0f});
}

TEST_F(IntegerLevelTest, DequantizeReadsAnotherSign) {
  expect(R"(func.func @main(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
    %0 = mase.quantize %x to(#mase.fixed<8, 4>) : tensor<?x1xf32> -> tensor<?x1xi8>
    %1 = mase.dequantize %0 frac 4 unsigned : tensor<?x1xi8> -> tensor<?x1xf32>
    return %1 : tensor<?x1xf32>
  })",
         {-1, 1, -8}, {15, 1, 8});
  expect(R"(func.func @main(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
    %0 = mase.quantize %x to(#mase.fixed<3, 0, unsigned>) : tensor<?x1xf32> -> tensor<?x1xi3>
    %1 = mase.dequantize %0 frac 0 : tensor<?x1xi3> -> tensor<?x1xf32>
    return %1 : tensor<?x1xf32>
  })",
         {7, 3, 4}, {-1, 3, -4});
}

TEST_F(IntegerLevelTest, DequantizedThenQuantizedReadsAnotherSign) {
  expect(R"(func.func @main(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
    %0 = mase.quantize %x to(#mase.fixed<8, 4>) : tensor<?x1xf32> -> tensor<?x1xi8>
    %1 = mase.dequantize %0 frac 4 unsigned : tensor<?x1xi8> -> tensor<?x1xf32>
    %2 = mase.quantize %1 to(#mase.fixed<6, 1>) : tensor<?x1xf32> -> tensor<?x1xi6>
    %3 = mase.dequantize %2 frac 1 : tensor<?x1xi6> -> tensor<?x1xf32>
    return %3 : tensor<?x1xf32>
  })",
         {-1, 1, -8}, {15, 1, 8});
}

TEST_F(IntegerLevelTest, RequantizeReadsSigned) {
  expect(R"(func.func @main(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
    %0 = mase.quantize %x to(#mase.fixed<8, 4, unsigned>) : tensor<?x1xf32> -> tensor<?x1xi8>
    %1 = mase.requantize [] %0 frac 4 to(#mase.fixed<8, 3>) : (tensor<?x1xi8>) -> tensor<?x1xi8>
    %2 = mase.dequantize %1 frac 3 : tensor<?x1xi8> -> tensor<?x1xf32>
    return %2 : tensor<?x1xf32>
  })",
         {15, 1, 8}, {-1, 1, -8});
}

TEST_F(IntegerLevelTest, SumsReadUnsigned) {
  for (StringRef bits : {"7", "20", "63"})
    expect(("func.func @main(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {\n"
            "  %w = arith.constant dense<1> : tensor<1x1xi2>\n"
            "  %0 = mase.quantize %x to(#mase.fixed<4, 0>)"
            "    : tensor<?x1xf32> -> tensor<?x1xi4>\n"
            "  %1 = mase.int_linear \"fc\" %0 as(#mase.fixed<4, 0>),"
            "    %w as(#mase.fixed<2, 0>) : (tensor<?x1xi4>, tensor<1x1xi2>)"
            "    -> tensor<?x1xi" +
            bits +
            ">\n"
            "  %2 = mase.dequantize %1 frac 0 unsigned : tensor<?x1xi" +
            bits +
            "> -> tensor<?x1xf32>\n"
            "  return %2 : tensor<?x1xf32>\n}")
               .str(),
           {-1, 7}, {float(std::exp2(std::stod(bits.str())) - 1), 7});
}

TEST_F(IntegerLevelTest, LinearReadsAnotherSign) {
  // The codes are packed, and whole bytes; parts of bytes; words.
  for (int bits : {8, 5, 13}) {
    std::string n = std::to_string(bits);
    expect("func.func @main(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {\n"
           "  %w = arith.constant dense<3> : tensor<1x1xi4>\n"
           "  %0 = mase.quantize %x to(#mase.fixed<" +
               n +
               ", 0>)"
               "    : tensor<?x1xf32> -> tensor<?x1xi" +
               n +
               ">\n"
               "  %1 = mase.int_linear \"fc\" %0 as(#mase.fixed<" +
               n +
               ", 0, unsigned>), %w as(#mase.fixed<4, 0>)"
               "    : (tensor<?x1xi" +
               n +
               ">, tensor<1x1xi4>) -> tensor<?x1xi32>\n"
               "  %2 = mase.dequantize %1 frac 0 : tensor<?x1xi32>"
               "    -> tensor<?x1xf32>\n"
               "  return %2 : tensor<?x1xf32>\n}",
           {-1, 1}, {3 * (std::exp2f(float(bits)) - 1), 3});
  }
}

TEST_F(IntegerLevelTest, ExtremeFractions) {
  auto text = [](int frac) {
    return "func.func @main(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {\n"
           "  %0 = mase.quantize %x to(#mase.fixed<8, 0>)"
           "    : tensor<?x1xf32> -> tensor<?x1xi8>\n"
           "  %1 = mase.dequantize %0 frac " +
           std::to_string(frac) +
           " : tensor<?x1xi8> -> tensor<?x1xf32>\n"
           "  return %1 : tensor<?x1xf32>\n}";
  };
  expect(text(149), {80, -3, 0}, {80 * 0x1p-149f, -3 * 0x1p-149f, 0});
  expect(text(-127), {1, 0, 2}, {0x1p127f, 0, INFINITY});
  EXPECT_EQ(errors, "");
}

} // namespace
