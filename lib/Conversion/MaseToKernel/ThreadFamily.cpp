// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The choice of kernel.
#include "mase/Conversion/MaseToKernel/KernelChoice.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mase::kernel;

namespace {
/// Registers beside the activations: addresses, constants, sums in flight.
constexpr int64_t kOtherRegisters = 32;
/// Of 255; ptxas spills when the estimate errs by more than the rest.
constexpr int64_t kRegisterBudget = 184;
/// Straight-line instructions of a thread: beyond it nvcc takes more than a
/// few seconds and the instruction cache (128 KB) thrashes.
constexpr int64_t kInstructionBudget = 8000;
/// Words of a thread's local memory for activations: what the L1 cache holds
/// of a few warps.
constexpr int64_t kLocalWords = 4096;
} // namespace

KernelChoice mase::kernel::chooseKernel(const NetworkCosts &costs,
                                        const KernelRequest &request) {
  KernelChoice choice;
  choice.threadsPerBlock = request.threadsPerBlock;
  choice.strategy = request.strategy.value_or(
      costs.dp4aLayers > 0 ? Strategy::Dp4a : Strategy::Scalar);
  auto fitsRegisters = [&](int64_t samples) {
    return samples * costs.liveWords + kOtherRegisters <= kRegisterBudget &&
           samples * costs.instructions <= kInstructionBudget;
  };
  auto largest = [&](auto fits) -> int64_t {
    for (int64_t samples : {4, 2})
      if (fits(samples))
        return samples;
    return 1;
  };
  bool fixed = request.samplesPerThread > 0;
  choice.samplesPerThread =
      fixed ? request.samplesPerThread : largest(fitsRegisters);
  choice.unrolled = fitsRegisters(choice.samplesPerThread);
  if (!choice.unrolled && !fixed)
    choice.samplesPerThread = largest([&](int64_t samples) {
      return samples * costs.liveWords <= kLocalWords;
    });

  std::string integers =
      costs.integerLayers == 0
          ? "no layer computes in integers"
          : llvm::formatv("{0} of {1} integer layers fit bytes",
                          costs.dp4aLayers, costs.integerLayers)
                .str();
  choice.reason = llvm::formatv(
      "{0}; about {1} instructions and {2} live words a sample, {3}", integers,
      costs.instructions, costs.liveWords,
      choice.unrolled ? "straight-line code in registers"
                      : "too many for registers: loops over local memory");
  return choice;
}
