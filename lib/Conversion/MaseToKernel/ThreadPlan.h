// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which kernel a network gets. Kept apart from building it, so that another
// kind of kernel, or a search over kinds, changes this decision alone.
#ifndef MASE_CONVERSION_MASETOKERNEL_KERNELCHOICE_H
#define MASE_CONVERSION_MASETOKERNEL_KERNELCHOICE_H

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include <cstdint>
#include <string>

namespace mase::kernel {

/// What the decision depends on; all counts are per sample.
struct NetworkCosts {
  /// Estimated instructions of straight-line code.
  int64_t instructions = 0;
  /// The most 32-bit words that are alive at once.
  int64_t liveWords = 0;
  /// Integer layers, and those of them whose codes fit dp4a's bytes.
  int64_t integerLayers = 0, dp4aLayers = 0;
};

/// What the user fixed; 0 and none mean: choose.
struct KernelRequest {
  std::optional<Strategy> strategy;
  int64_t samplesPerThread = 0;
  int64_t threadsPerBlock = 128;
};

struct KernelChoice {
  Strategy strategy = Strategy::Scalar;
  int64_t samplesPerThread = 1;
  int64_t threadsPerBlock = 128;
  /// Loops over features unrolled, activations in registers.
  bool unrolled = false;
  /// Why, for people.
  std::string reason;
};

/// Several samples a thread share each weight operand; straight-line code is
/// worth it while it fits the instruction cache and the registers.
KernelChoice chooseKernel(const NetworkCosts &costs,
                          const KernelRequest &request);

} // namespace mase::kernel

#endif // MASE_CONVERSION_MASETOKERNEL_KERNELCHOICE_H
