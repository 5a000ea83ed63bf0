// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The builds of the kernels, by instruction set.
#include "InterpreterKernels.h"

#include "mase/Numerics/KernelTable.h"

namespace mase::interpreter {
MASE_KERNEL_TABLE(InterpreterKernels, interpreterKernels, interpreterKernels)
} // namespace mase::interpreter
