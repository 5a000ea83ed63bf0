// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What kernels in lanes cost, against what is counted by hand.
#include "mase/Analysis/LaneCost.h"

#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mase;

namespace {

class LaneCostTest : public ::testing::Test {
protected:
  void SetUp() override {
    context.loadDialect<MaseDialect, kernel::MaseKernelDialect>();
  }

  /// Of a network of 4 inputs with these stages, of which the last gives %y, a
  /// vector of `outputs`.
  LaneCost costOf(const std::string &stages, int outputs) {
    module = parseSourceString<ModuleOp>(
        "mase_kernel.kernel @net layout lanes strategy dp4a {\n"
        "^bb0(%x: vector<4xf32>):\n" +
            stages + "mase_kernel.return %y : vector<" +
            std::to_string(outputs) + "xf32>\n}\n",
        &context);
    EXPECT_TRUE(module);
    return module ? getLaneCost(*module->getOps<kernel::KernelOp>().begin())
                  : LaneCost();
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

/// What rows of up to four numbers take: the input and the output.
constexpr int kRows = 28 + 28, kRowLoads = 16 + 4;

TEST_F(LaneCostTest, DotOfBytes) {
  LaneCost cost = costOf(R"(
%q = mase_kernel.stage "input" tile 4 (%x) : (vector<4xf32>) -> vector<1xi32> {
^bb0(%a: vector<4xf32>):
  %c = mase_kernel.quantize [] %a factor 1.600000e+01 to #mase.fixed<8, 4> by convert packed bytes : vector<4xf32> -> vector<1xi32>
  mase_kernel.yield %c : vector<1xi32>
}
%y = mase_kernel.stage "fc" tile 2 (%q) : (vector<1xi32>) -> vector<2xf32> {
^bb0(%a: vector<1xi32>):
  %s = mase_kernel.dot "fc" dp4a %a as(#mase.fixed<8, 4>), dense<[[4, 3, 2, 1], [-1, -1, -1, -1]]> : tensor<2x4xi32> as(#mase.fixed<8, 4>) : vector<1xi32> -> vector<2xi32>
  %v = mase_kernel.dequantize %s frac 8 : vector<2xi32> -> vector<2xf32>
  mase_kernel.yield %v : vector<2xf32>
}
)",
                         2);
  // 4 products, 4 times NaN and bounds, 9 to round and pack four codes; 2
  // starts, a word, 2 dot products, 2 conversions, 2 products, 2 stores.
  EXPECT_EQ(cost.instructions,
            (kRows + 4 + 4 * 4 + 9 + 2 + 1 + 2 + 2 + 2 + 2) / 16.0);
  EXPECT_EQ(cost.loads, (kRowLoads + 4 + 2 + 1 + 2) / 16.0);
  EXPECT_EQ(cost.registers, 4 + 2);
}

TEST_F(LaneCostTest, LinearInFloat) {
  LaneCost cost = costOf(R"(
%y = mase_kernel.stage "fc" tile 2 (%x) : (vector<4xf32>) -> vector<2xf32> {
^bb0(%a: vector<4xf32>):
  %s = mase_kernel.linear "fc" %a, dense<1.5> : tensor<2x4xf32>, dense<0.5> : tensor<2xf32> : vector<4xf32> -> vector<2xf32>
  %v = mase_kernel.relu "act" %s : vector<2xf32>
  mase_kernel.yield %v : vector<2xf32>
}
)",
                         2);
  // 2 starts, 4 operands for both, 8 fma, 2 relu, 2 stores.
  EXPECT_EQ(cost.instructions, (kRows + 2 + 4 + 8 + 2 + 2) / 16.0);
  EXPECT_EQ(cost.loads, (kRowLoads + 2 + 4 + 8) / 16.0);
  EXPECT_EQ(cost.registers, 2 + 2);
}

} // namespace
