// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The choice among samplers.
#include "AutoSampler.h"

#include "GpSampler.h"
#include "GreedySampler.h"
#include "PermutationSampler.h"
#include "mase/Search/Console.h"

#include <algorithm>
#include <cmath>

using namespace mase;

/// Proposals up to which `gp` is worth its time, of which `start` are not its
/// own.
static size_t modelLimit(double trialSeconds, size_t start) {
  constexpr size_t most = AutoSampler::kModelLimit;
  if (trialSeconds <= 0)
    return most;
  size_t grace = std::min(most, std::max(AutoSampler::kModelGrace,
                                         start + AutoSampler::kModelLeast));
  double balanced = trialSeconds / AutoSampler::kModelSeconds;
  return size_t(std::lround(std::clamp(balanced, double(grace), double(most))));
}

AutoSampler::AutoSampler(const Space &space, const SamplerOptions &options) {
  std::string points = space.sizeText() + " points";
  std::string trials = std::to_string(options.budget) + " trials";
  if (options.budget == 0)
    trials = "no number of trials";
  double all = double(space.size()) * options.trialSeconds;
  bool covers = space.isIndexable() && options.budget != 0 &&
                space.size() <= options.budget;
  bool cheap = space.isIndexable() && options.budget == 0 &&
               options.trialSeconds > 0 && all <= kExhaustiveSeconds;
  if (covers || cheap) {
    brute = std::make_unique<PermutationSampler>("brute", space, options.seed);
    reason = "auto: brute, for ";
    if (covers)
      reason += "the budget covers the space of " + points;
    else
      reason += "all " + points + " take about " + shownDuration(all);
    return;
  }
  greedy = std::make_unique<GreedySampler>(space, options);
  GpParameters parameters;
  parameters.batch = greedy->batchSize();
  model = std::make_unique<GpSampler>(space, options, parameters);
  // Where there is room for most of the path it beats a model.
  size_t start = GreedySampler::startLength(space);
  sweeps = options.budget == 0 || start <= options.budget + options.budget / 8;
  limit = modelLimit(options.trialSeconds, sweeps ? start : 0);
  std::string most = std::to_string(start);
  reason = sweeps ? "auto: greedy's sweep and path (at most " + most +
                        " trials), then gp"
                  : std::string("auto: gp");
  if (options.budget == 0 || options.budget > limit)
    reason += " until trial " + std::to_string(limit) +
              ", then local search around the front";
  reason += ", for " + trials + " of " + points;
  if (options.trialSeconds > 0)
    reason += ", about " + shownDuration(options.trialSeconds) + " each";
  if (!sweeps)
    reason += ", too few for a sweep (" + most + ")";
}

AutoSampler::~AutoSampler() = default;

size_t AutoSampler::batchSize() const {
  return brute ? brute->batchSize() : greedy->batchSize();
}

std::vector<Point> AutoSampler::ask(uint64_t firstNumber, size_t count) {
  if (brute)
    return brute->ask(firstNumber, count);
  if (model && firstNumber + count > limit)
    model.reset();
  if (!model || (sweeps && !greedy->hasStarted()))
    return greedy->ask(firstNumber, count);
  return model->ask(firstNumber, count);
}

void AutoSampler::tell(llvm::ArrayRef<Observation> observations) {
  if (brute)
    return brute->tell(observations);
  greedy->tell(observations);
  if (model)
    model->tell(observations);
}
