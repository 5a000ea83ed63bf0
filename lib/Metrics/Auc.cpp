// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pairs in order, counted from a sorted list.
#include "Auc.h"

#include "mase/Numerics/Elementary.h"

#include <algorithm>
#include <utility>

using namespace mase;

/// Integers in the order of the numbers.
static uint32_t orderedBits(float x) {
  uint32_t bits = bitsOf(x + 0.0f); // -0 becomes +0
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}

/// Sorts 32-bit keys that stand above a bit of payload: by 11 bits at a time,
/// each pass keeping the order of the one before.
static void sortKeys(std::vector<uint64_t> &keys,
                     std::vector<uint64_t> &other) {
  constexpr unsigned kBits = 11, kPasses = 3;
  constexpr uint32_t kMask = (1u << kBits) - 1;
  auto digit = [](uint64_t key, unsigned pass) {
    return uint32_t(key >> (1 + kBits * pass)) & kMask;
  };
  other.resize(keys.size());
  for (unsigned pass = 0; pass < kPasses; ++pass) {
    uint32_t starts[kMask + 1] = {};
    for (uint64_t key : keys)
      ++starts[digit(key, pass)];
    uint32_t start = 0;
    for (uint32_t &count : starts)
      start += std::exchange(count, start);
    for (uint64_t key : keys)
      other[starts[digit(key, pass)]++] = key;
    keys.swap(other);
  }
}

std::optional<uint64_t>
PairCounter::operator()(const float *values, const int32_t *labels, int64_t n) {
  keys.resize(size_t(n));
  bool ordered = true;
  for (int64_t i = 0; i < n; ++i) {
    ordered &= values[i] == values[i];
    keys[size_t(i)] =
        uint64_t(orderedBits(values[i])) << 1 | uint64_t(labels[i] == 1);
  }
  if (!ordered)
    return std::nullopt;
  sortKeys(keys, sorted);
  uint64_t doubled = 0, below = 0;
  for (size_t i = 0; i < keys.size();) {
    uint64_t ones = 0, zeros = 0;
    size_t first = i;
    for (; i < keys.size() && keys[i] >> 1 == keys[first] >> 1; ++i)
      ++(keys[i] & 1 ? ones : zeros);
    doubled += ones * (2 * below + zeros);
    below += zeros;
  }
  return doubled;
}
