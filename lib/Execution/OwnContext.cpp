// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For engines that compile in an MLIR context of their own.
#include "OwnContext.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mase;

std::string mase::extractedName(size_t i) {
  return "mase_network_" + std::to_string(i);
}

std::string mase::extractNetworks(ArrayRef<EntryFunction> entries,
                                  Location loc) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder builder = OpBuilder::atBlockBegin(module->getBody());
  for (auto [i, entry] : llvm::enumerate(entries)) {
    auto copy = cast<func::FuncOp>(builder.clone(*entry.function));
    copy.setSymName(extractedName(i));
    copy.setPublic();
  }
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  (void)writeBytecodeToFile(*module, stream);
  return bytes;
}

ForwardErrors::ForwardErrors(MLIRContext *from, ModuleOp to)
    : ScopedDiagnosticHandler(from, [to](Diagnostic &diagnostic) mutable {
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
          return success();
        Location loc = to.getLoc();
        if (auto position =
                diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
          loc = FileLineColLoc::get(to.getContext(),
                                    position.getFilename().strref(),
                                    position.getLine(), position.getColumn());
        mlir::emitError(loc) << diagnostic.str();
        return success();
      }) {}
