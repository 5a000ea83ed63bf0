// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random numbers of the search: the same on every platform and standard
// library, so that the same seed gives the same bytes.
#ifndef MASE_SEARCH_RANDOM_H
#define MASE_SEARCH_RANDOM_H

#include <cstdint>

namespace mase {

/// SplitMix64's finaliser (Steele, Lea & Flood 2014): a bijection of 64-bit
/// words that mixes every bit into every other.
constexpr uint64_t mixBits(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

/// A SplitMix64 stream. Streams of different (seed, stream) pairs are
/// unrelated: a trial draws from its own, so what it draws depends neither on
/// the number of jobs nor on where a run was resumed.
class RandomStream {
public:
  explicit constexpr RandomStream(uint64_t seed, uint64_t stream = 0)
      : state(mixBits(mixBits(seed + kGamma) ^
                      mixBits(stream * kGamma + 0x632be59bd9b4e019ull))) {}

  constexpr uint64_t next() { return mixBits(state += kGamma); }

  /// Uniform in [0, n), n > 0 (multiply-shift; the bias of n / 2^64 is far
  /// below anything that a search could show).
  constexpr uint64_t below(uint64_t n) {
    return uint64_t((static_cast<unsigned __int128>(next()) * n) >> 64);
  }

  /// Uniform in [0, 1), 53 bits.
  constexpr double uniform() { return double(next() >> 11) * 0x1p-53; }

private:
  static constexpr uint64_t kGamma = 0x9e3779b97f4a7c15ull;
  uint64_t state;
};

} // namespace mase

#endif // MASE_SEARCH_RANDOM_H
