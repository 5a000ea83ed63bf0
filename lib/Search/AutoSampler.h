// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `auto`: the sampler that fits the space and the budget.
#ifndef MASE_LIB_SEARCH_AUTOSAMPLER_H
#define MASE_LIB_SEARCH_AUTOSAMPLER_H

#include "mase/Search/Sampler.h"

#include <memory>

namespace mase {

class GreedySampler;

/// A budget that covers the space: every point (`brute`). Otherwise the
/// extremes, sensitivity sweep and path of `greedy`, if the budget has room
/// for most of it, then `gp` for as many observations as a Gaussian
/// process is good for, then the local search of `greedy` around the front.
/// Budgets too small for a sweep are `gp`'s alone.
class AutoSampler : public Sampler {
public:
  AutoSampler(const Space &space, const SamplerOptions &options);
  ~AutoSampler() override;

  llvm::StringRef name() const override { return "auto"; }
  size_t batchSize() const override;
  std::vector<Point> ask(uint64_t firstNumber, size_t count) override;
  void tell(llvm::ArrayRef<Observation> observations) override;
  std::string note() const override { return reason; }

private:
  /// Observations up to which the model proposes.
  static constexpr size_t kModelLimit = 300;

  std::unique_ptr<Sampler> brute; ///< alone, or null
  std::unique_ptr<GreedySampler> greedy;
  std::unique_ptr<Sampler> model;
  bool sweeps = false; ///< greedy's start comes first
  std::string reason;
};

} // namespace mase

#endif // MASE_LIB_SEARCH_AUTOSAMPLER_H
