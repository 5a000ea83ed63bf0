// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-run with the tests' number format.
#include "TestFormats.h"

#include "mase/Execution/RunMain.h"

int main(int argc, char **argv) {
  mase::test::registerTestFormats();
  return mase::runMain(argc, argv);
}
