// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `auto`: the sampler that fits the space and the budget.
#ifndef MASE_LIB_SEARCH_SAMPLERS_AUTOSAMPLER_H
#define MASE_LIB_SEARCH_SAMPLERS_AUTOSAMPLER_H

#include "mase/Search/Sampler.h"

#include <memory>

namespace mase {

class GreedySampler;

/// A budget that covers the space, or a space without a number of trials that
/// takes no longer than a minute: every point (`brute`). Otherwise the
/// extremes, sensitivity sweep and path of `greedy`, if the budget has room
/// for most of it, then `gp` for as many observations as a Gaussian process is
/// good for and a trial is worth, then the local search of `greedy` around the
/// front. Budgets too small for a sweep are `gp`'s from the start. Trials of
/// unknown cost are taken for expensive ones.
class AutoSampler : public Sampler {
public:
  AutoSampler(const Space &space, const SamplerOptions &options);
  ~AutoSampler() override;

  llvm::StringRef name() const override { return "auto"; }
  size_t batchSize() const override;
  std::vector<Point> ask(uint64_t firstNumber, size_t count) override;
  void tell(llvm::ArrayRef<Observation> observations) override;
  std::string note() const override { return reason; }

  /// Observations up to which a Gaussian process is a good model.
  static constexpr size_t kModelLimit = 300;
  /// What a proposal of `gp` takes per observation that it has, on one core:
  /// 30 us in spaces of 5832 points, 75 us over 36 knobs (measured). Where a
  /// proposal takes longer than a trial, local search proposes (50 us).
  static constexpr double kModelSeconds = 50e-6;
  /// Observations until which all proposals together take a second, which is
  /// worth it for any trials; and proposals that the model makes after a sweep
  /// that took longer.
  static constexpr size_t kModelGrace = 200, kModelLeast = 50;
  /// How long all points may take where no number of trials is given.
  static constexpr double kExhaustiveSeconds = 60;

private:
  std::unique_ptr<Sampler> brute; ///< alone, or null
  std::unique_ptr<GreedySampler> greedy;
  std::unique_ptr<Sampler> model;
  bool sweeps = false; ///< greedy's start comes first
  size_t limit = 0;    ///< proposals up to which the model proposes
  std::string reason;
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_AUTOSAMPLER_H
