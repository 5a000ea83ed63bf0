// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-translate: mlir-translate with --import-onnx and --mase-to-cuda.
#include "TranslateMain.h"

#include "mase/InitAll.h"

int main(int argc, char **argv) {
  mase::registerAllTranslations();
  return mlir::failed(mase::translateMain(argc, argv, "mase-translate\n",
                                          mase::registerAllDialects));
}
