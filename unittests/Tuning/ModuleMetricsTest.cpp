// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is said of modules that cannot be measured. The tools refuse most of
// them earlier; a library that is called in another order must say it, too.
#include "ModuleMetrics.h"
#include "Schedules.h"

#include "mase/Evaluate/FromIR.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace mase;
using namespace mase::test;

namespace {

class ModuleMetricsTest : public ::testing::Test, public Context {
protected:
  OwningOpRef<ModuleOp> parse(StringRef text) {
    auto module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text.str();
    return module;
  }
};

TEST_F(ModuleMetricsTest, DataThatDoesNotFit) {
  OwningOpRef<ModuleOp> module =
      parse("func.func @net(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {\n"
            "  %0 = mase.relu \"r\" %x : tensor<?x3xf32>\n"
            "  return %0 : tensor<?x3xf32>\n}");
  ASSERT_TRUE(module);
  auto measure = [&](std::vector<float> x, std::vector<int32_t> labels) {
    auto metrics = measureAccuracy(*module, x, labels, {}, /*interpret=*/true);
    return std::string(metrics.status().message());
  };
  const std::string expected = "the scheduled network takes 3 features and "
                               "gives 3 results, which the data does not fit";
  EXPECT_EQ(measure(std::vector<float>(6), {0, 2}), "");
  EXPECT_EQ(measure(std::vector<float>(4), {0, 2}), expected);
  EXPECT_EQ(measure(std::vector<float>(6), {0, 3}), expected);
  EXPECT_EQ(measure(std::vector<float>(6), {-1, 0}), expected);
}

TEST_F(ModuleMetricsTest, ControlFlowIsNoNetwork) {
  OwningOpRef<ModuleOp> module =
      parse("func.func @net(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {\n"
            "  cf.br ^next\n"
            "^next:\n"
            "  return %x : tensor<?x3xf32>\n}");
  ASSERT_TRUE(module);
  std::string said;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    said += diagnostic.str();
    return success();
  });
  auto functions = module->getOps<func::FuncOp>();
  EXPECT_TRUE(failed(networkFromIR(*functions.begin())));
  EXPECT_EQ(said, "expected a network without control flow");
}

} // namespace
