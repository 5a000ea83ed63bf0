// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-run with the tests' number format and layers.
#include "TestFormats.h"
#include "TestOps.h"

#include "mase/Execution/RunMain.h"

int main(int argc, char **argv) {
  mase::test::registerTestFormats();
  mlir::DialectRegistry dialects;
  mase::test::registerTestDialect(dialects);
  return mase::runMain(argc, argv, dialects);
}
