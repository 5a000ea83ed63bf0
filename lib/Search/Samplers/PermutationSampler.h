// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `brute` and `random`: every point once, in a seeded order, in constant
// memory.
#ifndef MASE_LIB_SEARCH_SAMPLERS_PERMUTATIONSAMPLER_H
#define MASE_LIB_SEARCH_SAMPLERS_PERMUTATIONSAMPLER_H

#include "PointSet.h"

#include "mase/Search/Sampler.h"
#include "mase/Search/Samplers/Permutation.h"

namespace mase {

/// Points in the order of a permutation of the space. Beyond
/// Space::kMaxSize points are drawn at random, and repeats left out.
class PermutationSampler : public Sampler {
public:
  PermutationSampler(llvm::StringRef name, const Space &space, uint64_t seed);

  llvm::StringRef name() const override { return samplerName; }
  size_t batchSize() const override { return 0; }
  std::vector<Point> ask(uint64_t firstNumber, size_t count) override;
  void tell(llvm::ArrayRef<Observation> observations) override;

private:
  std::string samplerName;
  const Space &space;
  uint64_t seed;
  Permutation permutation;
  PointIndex position = 0;
  uint64_t draws = 0;
  /// Points proposed by others, and by this sampler where the space is too
  /// large for a permutation.
  PointSet excluded;
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_PERMUTATIONSAMPLER_H
