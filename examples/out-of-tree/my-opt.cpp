// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// my-opt: all of mase-opt, and what this project adds.
#include "ListLayers.h"
#include "Squares.h"

#include "mase/InitAll.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mase::registerAllDialects(registry);
  mlir::registerAllPasses();
  mase::registerAllPasses();
  my::registerListLayersPass();
  my::registerSquaresFormat();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "my optimizer\n", registry));
}
