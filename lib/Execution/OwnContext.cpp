// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For engines that compile in an MLIR context of their own.
#include "OwnContext.h"

#include "mase/Dialect/Mase/IR/ModuleLevel.h"
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"

using namespace mlir;
using namespace mase;

std::string mase::getCInterfaceName(StringRef name) {
  return ("_mlir_ciface_" + name).str();
}

ExtractedNetworks mase::extractNetworks(ModuleOp module,
                                        ArrayRef<EntryPoint> entries) {
  OwningOpRef<ModuleOp> copy(cast<ModuleOp>(module->clone()));
  SymbolTable symbols(*copy);
  SmallVector<Operation *> networks;
  for (const EntryPoint &entry : entries)
    networks.push_back(
        symbols.lookup(SymbolTable::getSymbolName(entry.op).getValue()));
  for (Operation &op : llvm::make_early_inc_range(*copy->getBody())) {
    bool isNetwork = llvm::is_contained(networks, &op);
    if ((isa<kernel::KernelOp>(op) || isAnnotation(&op)) && !isNetwork)
      op.erase();
    else if (isa<func::FuncOp>(op))
      SymbolTable::setSymbolVisibility(
          &op, isNetwork ? SymbolTable::Visibility::Public
                         : SymbolTable::Visibility::Private);
  }
  ExtractedNetworks result;
  for (auto [i, op] : llvm::enumerate(networks)) {
    std::string name = "mase_network_" + std::to_string(i);
    while (symbols.lookup(name))
      name += "_";
    if (entries[i].level == Level::Llvm)
      name = SymbolTable::getSymbolName(op).getValue().str();
    else
      (void)symbols.rename(op, name);
    result.names.push_back(name);
  }
  llvm::raw_string_ostream stream(result.bytecode);
  (void)writeBytecodeToFile(*copy, stream);
  return result;
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

DialectRegistry OwnContext::dialectsFor(ModuleOp from) {
  DialectRegistry registry;
  registerNetworkDialects(registry);
  // The network may have ops of others.
  from->getContext()->getDialectRegistry().appendTo(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  return registry;
}

OwnContext::OwnContext(ModuleOp from, ArrayRef<EntryPoint> entries)
    : context(dialectsFor(from), MLIRContext::Threading::DISABLED),
      forward(&context, from) {
  ExtractedNetworks networks = extractNetworks(from, entries);
  names = std::move(networks.names);
  module =
      parseSourceString<ModuleOp>(networks.bytecode, ParserConfig(&context));
}
