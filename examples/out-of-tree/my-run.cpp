// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// my-run: mase-run, for networks with this project's number format.
#include "Squares.h"

#include "mase/Execution/RunMain.h"

int main(int argc, char **argv) {
  my::registerSquaresFormat();
  return mase::runMain(argc, argv);
}
