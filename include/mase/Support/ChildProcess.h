// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Work that may crash, in a process of its own.
#ifndef MASE_SUPPORT_CHILDPROCESS_H
#define MASE_SUPPORT_CHILDPROCESS_H

#include "absl/status/status.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace mase {

struct ChildLimits {
  uint64_t seconds; ///< of processor time
  uint64_t bytes;   ///< of memory beyond what this process has
};

/// Calls `work` in a child process, a copy of this one. Each block of bytes
/// that it gives to `send` (64 MiB at most) comes to `receive` here, in order
/// and while the child goes on, so neither process holds all of them. Where the
/// child crashes or passes a limit, the error says so: "it crashed
/// (segmentation fault)"; this process is untouched, and nothing is printed.
/// `receive` returns false to end the child, which is no error. `work` must
/// take no lock that another thread may hold (memory may be allocated).
absl::Status streamFromChild(
    llvm::function_ref<void(llvm::function_ref<void(llvm::StringRef)> send)>
        work,
    llvm::function_ref<bool(llvm::StringRef block)> receive,
    ChildLimits limits);

} // namespace mase

#endif // MASE_SUPPORT_CHILDPROCESS_H
