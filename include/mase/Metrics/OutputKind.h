// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a network's results are.
#ifndef MASE_METRICS_OUTPUTKIND_H
#define MASE_METRICS_OUTPUTKIND_H

#include <cstdint>

namespace mase {

/// What the values are that a network ends with.
enum class OutputKind : uint8_t {
  Logits,          ///< scores of any size, log odds
  Probabilities,   ///< as of softmax, sigmoid
  LogProbabilities ///< as of log-softmax
};

} // namespace mase

#endif // MASE_METRICS_OUTPUTKIND_H
