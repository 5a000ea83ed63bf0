// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pieces of mase/Runtime and of Numerics that printed code needs.
#ifndef MASE_LIB_TARGET_CPP_RUNTIMEPIECES_H
#define MASE_LIB_TARGET_CPP_RUNTIMEPIECES_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace mase::cpp {

/// The pieces that `code` calls, `rt::` before their names, and those that
/// these mention, in the order of the sources: C++ without CUDA's part of it
/// and without what concerns our own build.
std::string runtimePieces(llvm::StringRef code);

/// The same of mase/Runtime/Scalar.h, for code that will be C (see toC): in C,
/// names beginning with `prefix`.
std::string runtimePiecesOfC(llvm::StringRef code, llvm::StringRef prefix);

} // namespace mase::cpp

#endif // MASE_LIB_TARGET_CPP_RUNTIMEPIECES_H
