// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-translate with the tests' number format.
#include "TestFormats.h"
#include "TranslateMain.h"

#include "mase/InitAll.h"

int main(int argc, char **argv) {
  mase::test::registerTestFormats();
  mase::registerAllTranslations();
  return mlir::failed(mase::translateMain(argc, argv, "mase-translate\n"));
}
