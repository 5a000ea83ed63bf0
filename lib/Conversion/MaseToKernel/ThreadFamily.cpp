// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The families of kernels that compute whole samples: in the threads of a GPU
// (how many at once, and whether in registers), and in the lanes of a CPU's
// vectors.
#include "ThreadPlan.h"

#include "mase/Dialect/Mase/IR/Samples.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mase;
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

class ThreadFamily : public KernelFamily {
public:
  StringRef getName() const override { return stringifyLayout(Layout::Thread); }

  ArrayRef<std::string> getKernels() const override {
    static const std::string kernels[] = {
        stringifyStrategy(Strategy::Dp4a).str(),
        stringifyStrategy(Strategy::Scalar).str()};
    return kernels;
  }

  KernelPlanOrReason plan(const NetworkGraph &graph,
                          const KernelRequest &request) const override {
    auto plan = std::make_unique<ThreadPlan>(graph, Layout::Thread,
                                             symbolizeStrategy(request.kernel));
    if (KernelPlanOrReason none = plan->planIntegers(); none.op)
      return none;
    plan->choose(request);
    return {std::move(plan), nullptr, {}};
  }
};

class LanesFamily : public KernelFamily {
public:
  StringRef getName() const override { return stringifyLayout(Layout::Lanes); }
  bool isForGpu() const override { return false; }
  ArrayRef<std::string> getKernels() const override { return {}; }

  KernelPlanOrReason plan(const NetworkGraph &graph,
                          const KernelRequest &) const override {
    auto plan = std::make_unique<ThreadPlan>(graph, Layout::Lanes,
                                             /*strategy=*/std::nullopt);
    if (KernelPlanOrReason none = plan->planIntegers(); none.op)
      return none;
    plan->chooseLanes();
    return {std::move(plan), nullptr, {}};
  }
};

} // namespace

const KernelFamily &mase::kernel::getThreadFamily() {
  static const ThreadFamily family;
  return family;
}

const KernelFamily &mase::kernel::getLanesFamily() {
  static const LanesFamily family;
  return family;
}

std::string ThreadPlan::integersText() const {
  if (integerLayers == 0)
    return "no layer computes in integers";
  return llvm::formatv("{0} of {1} integer layers fit bytes", dp4aLayers,
                       integerLayers);
}

void ThreadPlan::chooseLanes() {
  strategy = dp4aLayers > 0 ? Strategy::Dp4a : Strategy::Scalar;
  reason = integersText();
}

void ThreadPlan::choose(const KernelRequest &request) {
  threadsPerBlock = request.threadsPerBlock;
  if (!strategy)
    strategy = dp4aLayers > 0 ? Strategy::Dp4a : Strategy::Scalar;
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
  int64_t samples = fixed ? request.samplesPerThread : largest(fitsRegisters);
  unrolled = fitsRegisters(samples);
  if (!unrolled && !fixed)
    samples = largest(
        [&](int64_t each) { return each * costs.liveWords <= kLocalWords; });
  samplesPerThread = samples;
  // In a loop, products are not left out one by one.
  if (!unrolled)
    for (auto &[op, dot] : dots)
      dot.sparse = false;

  reason = llvm::formatv(
      "{0}; about {1} instructions and {2} live words a sample, {3}",
      integersText(), costs.instructions, costs.liveWords,
      unrolled ? "straight-line code in registers"
               : "too many for registers: loops over local memory");
}
