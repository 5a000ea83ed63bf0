// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the tests of the engines share.
#ifndef MASE_UNITTESTS_EXECUTION_NETWORKS_H
#define MASE_UNITTESTS_EXECUTION_NETWORKS_H

#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Execution/Engine.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mase::testing {

/// A context with the dialects of networks, and the errors reported in it.
class EngineTestBase : public ::testing::Test {
protected:
  EngineTestBase()
      : context(dialects(), mlir::MLIRContext::Threading::DISABLED),
        handler(&context, [this](mlir::Diagnostic &diagnostic) {
          errors += diagnostic.str() + "\n";
          return mlir::success();
        }) {
    context
        .loadDialect<MaseDialect, mlir::func::FuncDialect,
                     mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect>();
  }

  static mlir::DialectRegistry dialects() {
    mlir::DialectRegistry registry;
    registerNetworkDialects(registry);
    return registry;
  }

  mlir::OwningOpRef<mlir::ModuleOp> parse(llvm::StringRef text) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(
        text, mlir::ParserConfig(&context));
    EXPECT_TRUE(module) << errors;
    return module;
  }

  /// The output of a network for `samples` samples; empty with errors.
  std::vector<float> run(EngineKind kind, mlir::ModuleOp module,
                         llvm::ArrayRef<float> input, int64_t samples) {
    auto engine = createEngine(kind, module);
    if (mlir::failed(engine))
      return {};
    std::vector<float> output(samples * (*engine)->getOutputSize());
    if (mlir::failed((*engine)->run(input, samples, output)))
      return {};
    return output;
  }

  mlir::MLIRContext context;
  std::string errors;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace mase::testing

#endif // MASE_UNITTESTS_EXECUTION_NETWORKS_H
