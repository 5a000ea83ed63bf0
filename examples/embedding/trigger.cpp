// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two networks in one source file. A fast one looks at every jet; what it takes
// for a top quark is looked at by the better one.
#include "small.hpp"
#include "tagger.hpp"

#include <cstdio>
#include <random>
#include <vector>

int main() {
  if (!small::selfTest() || !jets::tagger::selfTest()) {
    std::puts("this build does not give the bits that the search measured");
    return 1;
  }
  static_assert(small::kInputs == jets::tagger::kInputs);
  constexpr std::size_t count = 1000, features = small::kInputs;
  std::mt19937 random;
  std::normal_distribution<float> normal;
  std::vector<float> sample(count * features);
  for (float &x : sample)
    x = normal(random);

  std::vector<std::int32_t> first(count);
  small::classify(sample.data(), first.data(), count);
  std::size_t kept = 0, confirmed = 0;
  constexpr int top = 4; // g, q, w, z, t
  for (std::size_t i = 0; i < count; ++i) {
    if (first[i] != top)
      continue;
    ++kept;
    confirmed += jets::tagger::classify(&sample[i * features]) == top;
  }
  std::printf(
      "of %zu jets the fast network keeps %zu, the other confirms %zu\n", count,
      kept, confirmed);
}
