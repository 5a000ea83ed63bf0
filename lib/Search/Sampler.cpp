// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samplers by name.
#include "mase/Search/Sampler.h"

#include "Samplers/AutoSampler.h"
#include "Samplers/GpSampler.h"
#include "Samplers/GreedySampler.h"
#include "Samplers/NsgaSampler.h"
#include "Samplers/PermutationSampler.h"
#include "Samplers/QmcSampler.h"
#include "Samplers/SensitivitySampler.h"
#include "Samplers/TpeSampler.h"

#include "mase/Search/Random.h"
#include "mase/Support/NearestNames.h"

using namespace mase;

Sampler::~Sampler() = default;

llvm::ArrayRef<std::string> mase::samplerNames() {
  static const std::vector<std::string> names = {
      "auto",    "brute", "gp",     "greedy",      "nsgaii",
      "nsgaiii", "qmc",   "random", "sensitivity", "tpe"};
  return names;
}

absl::Status mase::checkSamplerName(llvm::StringRef name) {
  if (llvm::is_contained(samplerNames(), name.lower()))
    return absl::OkStatus();
  return absl::InvalidArgumentError("unknown sampler '" + name.str() + "'" +
                                    nearestNamesText(name, samplerNames()));
}

absl::StatusOr<std::unique_ptr<Sampler>>
mase::createSampler(llvm::StringRef name, const Space &space,
                    const SamplerOptions &options) {
  if (absl::Status status = checkSamplerName(name); !status.ok())
    return status;
  std::string lower = name.lower();
  if (lower == "auto")
    return std::make_unique<AutoSampler>(space, options);
  if (lower == "brute") {
    if (!space.isIndexable())
      return absl::InvalidArgumentError(
          "the space has " + space.sizeText() +
          " points, too many for sampler 'brute'");
    return std::make_unique<PermutationSampler>(
        lower, space, mixBits(options.seed ^ 0x6272757465ull));
  }
  if (lower == "random")
    return std::make_unique<PermutationSampler>(lower, space, options.seed);
  if (lower == "gp")
    return std::make_unique<GpSampler>(space, options);
  if (lower == "greedy")
    return std::make_unique<GreedySampler>(space, options);
  if (lower == "nsgaii")
    return std::make_unique<NsgaSampler>(NsgaSurvival::Crowding, space,
                                         options);
  if (lower == "nsgaiii")
    return std::make_unique<NsgaSampler>(NsgaSurvival::ReferenceLines, space,
                                         options);
  if (lower == "qmc")
    return std::make_unique<QmcSampler>(space, options.seed);
  if (lower == "sensitivity")
    return std::make_unique<SensitivitySampler>(space, options);
  return std::make_unique<TpeSampler>(space, options);
}
