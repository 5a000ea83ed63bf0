// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MasePlugin.so: dialects, passes and pipelines for mlir-opt and other tools
// that load MLIR's plugins. One file is both kinds of plugin.
#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/InitAll.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Support/Compiler.h"

static constexpr char kName[] = "Mase";

/// Upstream's dialects, too: the pipelines need them with their extensions. The
/// registry has each once.
static void registerDialects(mlir::DialectRegistry *registry) {
  // A tool with our libraries, like mase-opt, has them already.
  if (!registry->getDialectAllocator(mase::MaseDialect::getDialectNamespace()))
    mase::registerAllDialects(*registry);
}

static void registerPasses() {
  if (!mlir::PassInfo::lookup(mase::passArguments().front()))
    mase::registerAllPasses();
}

extern "C" LLVM_ATTRIBUTE_WEAK mlir::DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, kName, MASE_VERSION, registerDialects};
}

extern "C" LLVM_ATTRIBUTE_WEAK mlir::PassPluginLibraryInfo
mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, kName, MASE_VERSION, registerPasses};
}
