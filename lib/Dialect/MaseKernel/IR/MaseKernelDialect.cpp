// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration of the mase_kernel dialect.
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

using namespace mlir;
using namespace mase::kernel;

#include "mase/Dialect/MaseKernel/IR/MaseKernelDialect.cpp.inc"
#include "mase/Dialect/MaseKernel/IR/MaseKernelEnums.cpp.inc"
#include "mase/Dialect/MaseKernel/IR/MaseKernelOpInterfaces.cpp.inc"

void MaseKernelDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "mase/Dialect/MaseKernel/IR/MaseKernelOps.cpp.inc"
      >();
}
