// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-run: a network on samples, or a tensor through a number format.
#include "mase/Execution/RunMain.h"

int main(int argc, char **argv) { return mase::runMain(argc, argv); }
