// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration of the mase_cuda dialect.
#include "mase/Dialect/MaseCuda/IR/MaseCuda.h"

using namespace mlir;
using namespace mase::cuda;

#include "mase/Dialect/MaseCuda/IR/MaseCudaDialect.cpp.inc"
#include "mase/Dialect/MaseCuda/IR/MaseCudaEnums.cpp.inc"

void MaseCudaDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "mase/Dialect/MaseCuda/IR/MaseCudaOps.cpp.inc"
      >();
}
