// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The choice among samplers.
#include "AutoSampler.h"

#include "PermutationSampler.h"
#include "SensitivitySampler.h"
#include "mase/Search/Console.h"

using namespace mase;

AutoSampler::AutoSampler(const Space &space, const SamplerOptions &options) {
  std::string points = space.sizeText() + " points";
  std::string trials = options.budget == 0
                           ? "no number of trials"
                           : std::to_string(options.budget) + " trials";
  double all = double(space.size()) * options.trialSeconds;
  bool covers = space.isIndexable() && options.budget != 0 &&
                space.size() <= options.budget;
  bool isCheap = space.isIndexable() && options.budget == 0 &&
                 options.trialSeconds > 0 && all <= kExhaustiveSeconds;
  if (covers || isCheap) {
    chosen = std::make_unique<PermutationSampler>("brute", space, options.seed);
    reason = "auto: brute, for ";
    if (covers)
      reason += "the budget covers the space of " + points;
    else
      reason += "all " + points + " take about " + shownDuration(all);
    return;
  }
  chosen = std::make_unique<SensitivitySampler>(space, options);
  reason = "auto: sensitivity, for " + trials + " of " + points;
}
