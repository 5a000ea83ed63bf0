// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-opt with the tests' number format and layers.
#include "OptMain.h"
#include "TestFormats.h"
#include "TestOps.h"

#include "mase/InitAll.h"

#include "mlir/IR/Dialect.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mase::test::registerTestFormats();
  mlir::DialectRegistry registry;
  mase::registerAllDialects(registry);
  mase::test::registerTestDialect(registry);
  mlir::registerAllPasses();
  mase::registerAllPasses();
  return mlir::asMainReturnCode(
      mase::optMain(argc, argv, "mase-opt, the mase compiler\n", registry));
}
