// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Intervals of codes and sums, against what is computed by hand.
#include "mase/Analysis/IntegerRanges.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mase;

namespace {

class IntegerRangesTest : public ::testing::Test {
protected:
  void SetUp() override {
    context.loadDialect<MaseDialect, func::FuncDialect, arith::ArithDialect>();
  }

  /// The ranges of what the ops of kind `Op` give, in their order.
  template <typename Op>
  std::vector<std::vector<Interval>> rangesOf(const std::string &body,
                                              StringRef result) {
    module = parseSourceString<ModuleOp>(
        llvm::formatv("func.func @net(%x: tensor<?x2xf32>, "
                      "%unknown: tensor<2x2xi3>) -> {0} {{{1}}",
                      result, body)
            .str(),
        &context);
    if (!module)
      return {};
    auto func = *module->getOps<func::FuncOp>().begin();
    IntegerRanges ranges(func);
    std::vector<std::vector<Interval>> found;
    for (auto op : func.getOps<Op>())
      found.emplace_back(ranges.of(op.getResult()).vec());
    return found;
  }

  /// Sums of codes in [-4, 3], worth 1/4: [-10, 11] and [-12, 9].
  const std::string sums = R"(
    %q = mase.quantize %x to(#mase.fixed<3, 1>) : tensor<?x2xf32> -> tensor<?x2xi3>
    %w = arith.constant dense<[[1, -2], [3, 0]]> : tensor<2x2xi3>
    %a = mase.int_linear "fc" %q as(#mase.fixed<3, 1>), %w as(#mase.fixed<3, 1>) : (tensor<?x2xi3>, tensor<2x2xi3>) -> tensor<?x2xi32>
  )";

  /// The codes of a quantisation whose ops are `text`, to i8.
  std::vector<Interval> codesOf(const std::string &text) {
    auto found = rangesOf<QuantizeOp>(
        sums + text + "return %c : tensor<?x2xi8>", "tensor<?x2xi8>");
    return found.size() == 2 ? found[1] : std::vector<Interval>();
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

using Intervals = std::vector<Interval>;

TEST_F(IntegerRangesTest, CodesAndSums) {
  const std::string body = sums + "return %a : tensor<?x2xi32>";
  EXPECT_EQ(rangesOf<QuantizeOp>(body, "tensor<?x2xi32>"),
            (std::vector<Intervals>{{{-4, 3}, {-4, 3}}}));
  EXPECT_EQ(rangesOf<IntLinearOp>(body, "tensor<?x2xi32>"),
            (std::vector<Intervals>{{{-10, 11}, {-12, 9}}}));
}

TEST_F(IntegerRangesTest, BiasAndZeroPointsMoveSums) {
  // (code - 1) in [-5, 2]; a bias of 1/2 is 2 units of the sums.
  EXPECT_EQ(
      rangesOf<IntLinearOp>(R"(
    %q = mase.quantize %x to(#mase.format<integer, width = 3, frac_width = 1, zero_point = 1>) : tensor<?x2xf32> -> tensor<?x2xi3>
    %w = arith.constant dense<[[1, -2], [3, 0]]> : tensor<2x2xi3>
    %b = arith.constant dense<[1, -1]> : tensor<2xi3>
    %a = mase.int_linear "fc" %q as(#mase.format<integer, width = 3, frac_width = 1, zero_point = 1>), %w as(#mase.fixed<3, 1>), %b as(#mase.fixed<3, 1>) : (tensor<?x2xi3>, tensor<2x2xi3>, tensor<2xi3>) -> tensor<?x2xi32>
    return %a : tensor<?x2xi32>)",
                            "tensor<?x2xi32>"),
      (std::vector<Intervals>{{{-5 - 4 + 2, 2 + 10 + 2}, {-15 - 2, 6 - 2}}}));
}

TEST_F(IntegerRangesTest, RequantizeRoundsTheEndsOfSums) {
  // Halves of a step round to even; a relu ends at the zero point's code.
  EXPECT_EQ(rangesOf<RequantizeOp>(sums + R"(
    %c = mase.requantize [] %a frac 2 relu to(#mase.fixed<8, 1>) : (tensor<?x2xi32>) -> tensor<?x2xi8>
    return %c : tensor<?x2xi8>)",
                                   "tensor<?x2xi8>"),
            (std::vector<Intervals>{{{0, 6}, {0, 4}}}));
}

TEST_F(IntegerRangesTest, ChainIsFollowedWhereNothingElseReadsIt) {
  const std::string chain = R"(
    %y = mase.dequantize %a frac 2 : tensor<?x2xi32> -> tensor<?x2xf32>
    %s = arith.constant dense<[-1.0, 2.0]> : tensor<2xf32>
    %t = arith.constant dense<[0.0, 1.0]> : tensor<2xf32>
    %f = mase.affine "bn" %y, %s, %t : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
    %c = mase.quantize %f to(#mase.fixed<8, 2>) : tensor<?x2xf32> -> tensor<?x2xi8>
  )";
  EXPECT_EQ(codesOf(chain), (Intervals{{-11, 10}, {-20, 22}}));
  EXPECT_EQ(codesOf(chain + R"(%r = mase.relu "r" %f : tensor<?x2xf32>
  )"),
            (Intervals{{-128, 127}, {-128, 127}}));
}

TEST_F(IntegerRangesTest, CodesThatWrapAreAny) {
  const std::string chain = R"(
    %y = mase.dequantize %a frac 2 : tensor<?x2xi32> -> tensor<?x2xf32>
    %c = mase.quantize %y to(#mase.format<integer, width = 8, frac_width = {0}, overflow = "wrap">) : tensor<?x2xf32> -> tensor<?x2xi8>
  )";
  EXPECT_EQ(codesOf(llvm::formatv(chain.c_str(), 2).str()),
            (Intervals{{-10, 11}, {-12, 9}}));
  EXPECT_EQ(codesOf(llvm::formatv(chain.c_str(), 6).str()),
            (Intervals{{-128, 127}, {-128, 127}}));
}

TEST_F(IntegerRangesTest, ReaderOfAnotherSignFindsAnyCode) {
  // Codes from -4 to 3, read as 3 bits without a sign.
  EXPECT_EQ(codesOf(R"(
    %y = mase.dequantize %q frac 0 unsigned : tensor<?x2xi3> -> tensor<?x2xf32>
    %c = mase.quantize %y to(#mase.fixed<8, 0>) : tensor<?x2xf32> -> tensor<?x2xi8>
  )"),
            (Intervals{{0, 7}, {0, 7}}));
}

TEST_F(IntegerRangesTest, NothingIsKnownOfComputedWeights) {
  EXPECT_EQ(rangesOf<IntLinearOp>(R"(
    %q = mase.quantize %x to(#mase.fixed<3, 1>) : tensor<?x2xf32> -> tensor<?x2xi3>
    %a = mase.int_linear "fc" %q as(#mase.fixed<3, 1>), %unknown as(#mase.fixed<3, 1>) : (tensor<?x2xi3>, tensor<2x2xi3>) -> tensor<?x2xi32>
    return %a : tensor<?x2xi32>)",
                                  "tensor<?x2xi32>"),
            (std::vector<Intervals>{{}}));
}

} // namespace
