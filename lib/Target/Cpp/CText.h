// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the C++ that C has, too, to its notation.
#ifndef MASE_LIB_TARGET_CPP_CTEXT_H
#define MASE_LIB_TARGET_CPP_CTEXT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

#include <string>

namespace mase::cpp {

/// `code` in C. What differs in notation alone is changed: casts like
/// functions, scoped names (those of `rt` begin with `prefix` and `_rt_`, and
/// so do those of `names`, which the code itself may define), enumerations,
/// structures, references to structures (pointers), `constexpr`, and GCC's
/// functions, which are those of <math.h>. Templates, overloads and other
/// references have no place in it.
std::string toC(llvm::StringRef code, llvm::StringRef prefix,
                const llvm::StringSet<> &names = {});

/// `text` with `prefix` in place of each `net` that begins a name, in upper
/// case where the name is. Strings and comments of two slashes stay as they
/// are.
std::string withPrefix(llvm::StringRef text, llvm::StringRef prefix);

} // namespace mase::cpp

#endif // MASE_LIB_TARGET_CPP_CTEXT_H
