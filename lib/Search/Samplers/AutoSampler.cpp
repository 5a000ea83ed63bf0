// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The choice among samplers.
#include "AutoSampler.h"

#include "GpSampler.h"
#include "PermutationSampler.h"
#include "SensitivitySampler.h"
#include "mase/Search/Console.h"

#include <algorithm>

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
    brute = std::make_unique<PermutationSampler>("brute", space, options.seed);
    reason = "auto: brute, for ";
    if (covers)
      reason += "the budget covers the space of " + points;
    else
      reason += "all " + points + " take about " + shownDuration(all);
    return;
  }
  sensitivity = std::make_unique<SensitivitySampler>(space, options);
  GpParameters parameters;
  parameters.batch = sensitivity->batchSize();
  model = std::make_unique<GpSampler>(space, options, parameters);
  limit = kModelLimit;
  if (options.trialSeconds > 0)
    limit = size_t(std::clamp(options.trialSeconds / kModelSeconds,
                              double(kModelGrace), double(kModelLimit)));
  reason = "auto: sensitivity, in turns with gp until trial " +
           std::to_string(limit) + ", for " + trials + " of " + points;
}

AutoSampler::~AutoSampler() = default;

size_t AutoSampler::batchSize() const {
  return brute ? brute->batchSize() : sensitivity->batchSize();
}

std::vector<Point> AutoSampler::ask(uint64_t firstNumber, size_t count) {
  if (brute)
    return brute->ask(firstNumber, count);
  if (model && firstNumber + count > limit)
    model.reset();
  // A model of sums alone misses what knobs do together, a Gaussian process
  // alone is slow to learn large spaces.
  bool isModelsTurn =
      sensitivity->isStill() ||
      (sensitivity->hasSwept() && firstNumber / batchSize() % 2 == 1);
  if (model && isModelsTurn)
    return model->ask(firstNumber, count);
  return sensitivity->ask(firstNumber, count);
}

void AutoSampler::tell(llvm::ArrayRef<Observation> observations) {
  if (brute)
    return brute->tell(observations);
  sensitivity->tell(observations);
  if (model)
    model->tell(observations);
}
