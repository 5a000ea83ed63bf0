// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The builds of the kernels, by instruction set.
#include "CalibrationKernels.h"

#include "mase/Numerics/KernelTable.h"

namespace mase {
MASE_KERNEL_TABLE(CalibrationKernels, calibrationKernels, calibrationKernels)
} // namespace mase
