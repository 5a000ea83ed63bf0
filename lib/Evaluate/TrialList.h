// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The order in which trials are visited.
#ifndef MASE_LIB_EVALUATE_TRIALLIST_H
#define MASE_LIB_EVALUATE_TRIALLIST_H

#include "Compiled.h"

#include "absl/types/span.h"

namespace mase {

/// Trials in the order in which they are visited.
struct TrialList {
  /// Before the first trial, and of a trial that repeats the one before it.
  static constexpr int kStart = -1, kSame = 1 << 30;

  size_t columns = 0;
  std::vector<uint32_t> ranks; ///< [trials, columns]
  /// The first step in which a trial differs from the one before it.
  std::vector<int> firstDifference;
  std::vector<uint32_t> index; ///< into the trials as they were given

  /// Sorts `trials` lexicographically along the network's steps.
  TrialList(const Compiled &compiled, absl::Span<const Assignment> trials);
  size_t size() const { return index.size(); }
};

} // namespace mase

#endif // MASE_LIB_EVALUATE_TRIALLIST_H
