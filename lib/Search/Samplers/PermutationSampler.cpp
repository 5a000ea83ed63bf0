// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `brute` and `random`.
#include "PermutationSampler.h"

#include "mase/Search/Random.h"

using namespace mase;

PermutationSampler::PermutationSampler(llvm::StringRef name, const Space &space,
                                       uint64_t seed)
    : samplerName(name.str()), space(space), seed(seed),
      permutation(space.size(), seed), excluded(space) {}

std::vector<Point> PermutationSampler::ask(uint64_t, size_t count) {
  std::vector<Point> points;
  if (!space.isIndexable()) {
    while (points.size() < count) {
      RandomStream random(seed, draws++);
      Point point(space.numKnobs());
      for (size_t k = 0; k < point.size(); ++k)
        point[k] = uint32_t(random.below(space.knobs()[k].choices.size()));
      space.canonicalize(point);
      if (excluded.insert(point))
        points.push_back(std::move(point));
    }
    return points;
  }
  while (points.size() < count && position < space.size()) {
    Point point = space.pointAt(permutation(position++));
    if (excluded.size() == 0 || !excluded.contains(point))
      points.push_back(std::move(point));
  }
  return points;
}

void PermutationSampler::tell(llvm::ArrayRef<Observation> observations) {
  // Its own points come in the order of the permutation, so only others' need
  // to be remembered; they are told before anything is asked.
  if (position == 0 && draws == 0)
    for (const Observation &observation : observations)
      excluded.insert(*observation.point);
}
