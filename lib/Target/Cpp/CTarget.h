// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels of the layout `lanes` as C11.
#ifndef MASE_LIB_TARGET_CPP_CTARGET_H
#define MASE_LIB_TARGET_CPP_CTARGET_H

#include "mase/Target/Cpp/CppTarget.h"

namespace mase::cpp {

/// A file that is both: what is declared stands in it for everyone, the
/// definitions for who defines PREFIX_IMPLEMENTATION. Reports an op whose
/// function is C++.
mlir::LogicalResult printC(kernel::KernelOp kernel, llvm::StringRef hash,
                           llvm::StringRef prefix, llvm::raw_ostream &os,
                           const CppSelfTest *selfTest);

} // namespace mase::cpp

#endif // MASE_LIB_TARGET_CPP_CTARGET_H
