// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Work that may crash, in a process of its own.
#ifndef MASE_SUPPORT_CHILDPROCESS_H
#define MASE_SUPPORT_CHILDPROCESS_H

#include "absl/status/statusor.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstdint>
#include <string>

namespace mase {

struct ChildLimits {
  uint64_t seconds; ///< of processor time
  uint64_t bytes;   ///< of memory beyond what this process has
};

/// Calls `work` in a child process, a copy of this one, and returns what it
/// returns. Where the child crashes or passes a limit, the error says so: "it
/// crashed (segmentation fault)"; this process is untouched, and nothing is
/// printed. `work` must take no lock that another thread may hold (memory may
/// be allocated).
absl::StatusOr<std::string>
computeInChild(llvm::function_ref<std::string()> work, ChildLimits limits);

} // namespace mase

#endif // MASE_SUPPORT_CHILDPROCESS_H
