// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-translate with the tests' number format and layers.
#include "TestFormats.h"
#include "TestOps.h"
#include "TranslateMain.h"

#include "mase/InitAll.h"

int main(int argc, char **argv) {
  mase::test::registerTestFormats();
  mase::registerAllTranslations(mase::test::registerTestDialect);
  return mlir::failed(mase::translateMain(
      argc, argv, "mase-translate\n", [](mlir::DialectRegistry &dialects) {
        mase::registerAllDialects(dialects);
        mase::test::registerTestDialect(dialects);
      }));
}
