// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The choice among samplers.
#include "AutoSampler.h"

#include "GpSampler.h"
#include "GreedySampler.h"
#include "PermutationSampler.h"

using namespace mase;

AutoSampler::AutoSampler(const Space &space, const SamplerOptions &options) {
  std::string points = space.sizeText() + " points";
  std::string trials = std::to_string(options.budget) + " trials";
  if (options.budget == 0)
    trials = "no number of trials";
  bool covers = space.isIndexable() && options.budget != 0 &&
                space.size() <= options.budget;
  if (covers) {
    brute = std::make_unique<PermutationSampler>("brute", space, options.seed);
    reason = "auto: brute, for the budget covers the space of " + points;
    return;
  }
  greedy = std::make_unique<GreedySampler>(space, options);
  GpParameters parameters;
  parameters.batch = greedy->batchSize();
  model = std::make_unique<GpSampler>(space, options, parameters);
  // Where there is room for most of the path it beats a model.
  size_t start = GreedySampler::startLength(space);
  sweeps = options.budget == 0 || start <= options.budget + options.budget / 8;
  std::string most = std::to_string(start);
  reason = sweeps ? "auto: greedy's sweep and path (at most " + most +
                        " trials), then gp"
                  : std::string("auto: gp");
  if (options.budget == 0 || options.budget > kModelLimit)
    reason += " until trial " + std::to_string(kModelLimit) +
              ", then local search around the front";
  reason += ", for " + trials + " of " + points;
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
  if (model && firstNumber + count > kModelLimit)
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
