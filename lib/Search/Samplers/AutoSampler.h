// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `auto`: the sampler that fits the space and the budget.
#ifndef MASE_LIB_SEARCH_SAMPLERS_AUTOSAMPLER_H
#define MASE_LIB_SEARCH_SAMPLERS_AUTOSAMPLER_H

#include "mase/Search/Sampler.h"

#include <memory>

namespace mase {

/// A budget that covers the space, or a space without a number of trials that
/// takes no longer than a minute: every point (`brute`). Otherwise
/// `sensitivity`.
class AutoSampler : public Sampler {
public:
  AutoSampler(const Space &space, const SamplerOptions &options);

  llvm::StringRef name() const override { return "auto"; }
  size_t batchSize() const override { return chosen->batchSize(); }
  std::vector<Point> ask(uint64_t firstNumber, size_t count) override {
    return chosen->ask(firstNumber, count);
  }
  void tell(llvm::ArrayRef<Observation> observations) override {
    chosen->tell(observations);
  }
  std::string note() const override { return reason; }

  /// How long all points may take where no number of trials is given.
  static constexpr double kExhaustiveSeconds = 60;

private:
  std::unique_ptr<Sampler> chosen;
  std::string reason;
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_AUTOSAMPLER_H
