// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Readers of networks and schedules.
#include "Targets.h"

#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Driver/MlirInput.h"
#include "mase/Import/Onnx.h"
#include "mase/Tuning/Schedule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Transform/IR/TransformDialect.h"
#include "mlir/Dialect/Transform/TuneExtension/TuneExtension.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include <cstdlib>

using namespace mlir;

namespace mase::fuzz {

namespace {
/// A context for one run (what it holds would grow without end), silent.
struct Quiet {
  Quiet()
      : context(registry(), MLIRContext::Threading::DISABLED),
        handler(&context, [](Diagnostic &diagnostic) {
          std::string text = diagnostic.str();
          (void)text;
          return success();
        }) {
    context.printOpOnDiagnostic(false);
  }

  static const DialectRegistry &registry() {
    static const DialectRegistry dialects = [] {
      DialectRegistry registry;
      registry.insert<MaseDialect, arith::ArithDialect, func::FuncDialect,
                      transform::TransformDialect>();
      transform::registerTuneExtension(registry);
      return registry;
    }();
    return dialects;
  }

  MLIRContext context;
  ScopedDiagnosticHandler handler;
};
} // namespace

void runOnnx(llvm::StringRef bytes) {
  Quiet quiet;
  OwningOpRef<ModuleOp> module =
      importOnnx(bytes, "x.onnx", &quiet.context, {.remarks = true});
  if (module && failed(verify(*module)))
    std::abort();
}

/// MLIR's reader of bytecode crashes on damaged files (docs/known-issues.md),
/// and is not ours: as the tools do it reads in a child first, and what it
/// takes there it and our verifiers must survive here.
void runBytecode(llvm::StringRef bytes) {
  if (!bytes.starts_with("ML\xefR"))
    return;
  Quiet quiet;
  if (expectMlir(bytes, "'x.mlirbc'", "a network",
                 quiet.context.getDialectRegistry())
          .ok())
    (void)parseSourceString<ModuleOp>(bytes, ParserConfig(&quiet.context));
}

void runSchedule(llvm::StringRef bytes) {
  // Text: bytecode is another target.
  if (bytes.starts_with("ML\xefR"))
    return;
  Quiet quiet;
  (void)Schedule::parse(bytes, "x.mlir", &quiet.context);
}

static constexpr Target kTargets[] = {
    {"bytecode", "networks as MLIR bytecode", runBytecode},
    {"onnx", "networks as ONNX", runOnnx},
    {"schedule", "schedules of the transform dialect", runSchedule},
};

llvm::ArrayRef<Target> networkTargets() { return kTargets; }

} // namespace mase::fuzz
