// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A pseudo-random permutation of [0, n) in constant memory.
#ifndef MASE_SEARCH_SAMPLERS_PERMUTATION_H
#define MASE_SEARCH_SAMPLERS_PERMUTATION_H

#include "mase/Search/Space.h"

#include <array>
#include <cstdint>

namespace mase {

/// A Feistel network on the smallest even number of bits that holds n - 1;
/// values beyond n are permuted again until they fall below it (cycle walking,
/// Black & Rogaway 2002): at most 4 steps on average, no table.
class Permutation {
public:
  Permutation(PointIndex n, uint64_t seed);

  /// Where `index` (< n) goes: a bijection of [0, n).
  PointIndex operator()(PointIndex index) const;
  PointIndex size() const { return n; }

private:
  static constexpr int kRounds = 6;
  PointIndex n;
  unsigned halfBits;
  uint64_t mask;
  std::array<uint64_t, kRounds> keys;
};

} // namespace mase

#endif // MASE_SEARCH_SAMPLERS_PERMUTATION_H
