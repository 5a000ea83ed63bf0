// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Format-preserving permutation: Feistel rounds and cycle walking.
#include "mase/Search/Samplers/Permutation.h"

#include "mase/Search/Random.h"

using namespace mase;

Permutation::Permutation(PointIndex n, uint64_t seed) : n(n) {
  unsigned bits = 2;
  while (bits < 128 && (PointIndex(1) << bits) < n)
    bits += 2;
  halfBits = bits / 2;
  mask = halfBits == 64 ? ~uint64_t(0) : (uint64_t(1) << halfBits) - 1;
  RandomStream random(seed, 0x5065726d7574ull);
  for (uint64_t &key : keys)
    key = random.next();
}

PointIndex Permutation::operator()(PointIndex index) const {
  do {
    uint64_t left = uint64_t(index >> halfBits), right = uint64_t(index) & mask;
    for (uint64_t key : keys) {
      uint64_t next = left ^ (mixBits(right + key) & mask);
      left = right;
      right = next;
    }
    index = (PointIndex(left) << halfBits) | right;
  } while (index >= n);
  return index;
}
