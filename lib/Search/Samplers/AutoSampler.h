// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `auto`: the sampler that fits the space and the budget.
#ifndef MASE_LIB_SEARCH_SAMPLERS_AUTOSAMPLER_H
#define MASE_LIB_SEARCH_SAMPLERS_AUTOSAMPLER_H

#include "mase/Search/Sampler.h"

#include <memory>

namespace mase {

class SensitivitySampler;

/// A budget that covers the space, or a space without a number of trials that
/// takes no longer than a minute: every point (`brute`). Otherwise
/// `sensitivity`; once its sweep is over, every other batch is of `gp`, and all
/// are once its front stands still, as far as a Gaussian process is a good
/// model and a trial is worth it. Trials of unknown cost are taken for
/// expensive ones.
class AutoSampler : public Sampler {
public:
  AutoSampler(const Space &space, const SamplerOptions &options);
  ~AutoSampler() override;

  llvm::StringRef name() const override { return "auto"; }
  size_t batchSize() const override;
  std::vector<Point> ask(uint64_t firstNumber, size_t count) override;
  void tell(llvm::ArrayRef<Observation> observations) override;
  std::string note() const override { return reason; }

  /// Observations up to which a Gaussian process is a good model, and those
  /// until which its proposals take about a second together, which is worth it
  /// for any trials.
  static constexpr size_t kModelLimit = 300, kModelGrace = 200;
  /// What a proposal of `gp` takes per observation that it has, on one core:
  /// 30 us in spaces of 5832 points, 75 us over 36 knobs (measured).
  static constexpr double kModelSeconds = 50e-6;
  /// How long all points may take where no number of trials is given.
  static constexpr double kExhaustiveSeconds = 60;

private:
  std::unique_ptr<Sampler> brute; ///< alone, or null
  std::unique_ptr<SensitivitySampler> sensitivity;
  std::unique_ptr<Sampler> model; ///< null beyond `limit`
  size_t limit = 0;
  std::string reason;
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_AUTOSAMPLER_H
