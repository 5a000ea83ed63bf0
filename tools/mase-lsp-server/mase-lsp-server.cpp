// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-lsp-server: MLIR's language server for editors, with the mase dialects.
// (Upstream's own loads no plugins.)
#include "mase/Driver/Driver.h"
#include "mase/InitAll.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mase::InitTool init(argc, argv, "mase-lsp-server");
  mlir::DialectRegistry registry;
  mase::registerAllDialects(registry);
  return mlir::asMainReturnCode(mlir::MlirLspServerMain(argc, argv, registry));
}
