// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Numerics/WordOrder.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <random>

namespace mase {
namespace {

std::vector<int64_t> randomWeights(size_t out, size_t in, double zeros,
                                   uint64_t seed) {
  std::mt19937_64 random(seed);
  std::bernoulli_distribution isZero(zeros);
  std::vector<int64_t> weights(out * in);
  for (int64_t &weight : weights)
    weight = isZero(random) ? 0 : -3;
  return weights;
}

TEST(WordOrder, CountsWordsThatAreNotAllZero) {
  // The last word of a row has two weights.
  const std::vector<int64_t> weights = {0, 0, 1, 0, 0, 0, //
                                        0, 0, 0, 0, 0, 5, //
                                        0, 0, 0, 0, 0, 0, //
                                        1, 0, 0, 0, 2, 0};
  EXPECT_EQ(countNonZeroWords(weights, 6), 4);
  EXPECT_EQ(leastNonZeroWords(weights, 6), 3);
  // Features 2, 5, 0 and 4 in one word.
  EXPECT_EQ(countNonZeroWords(weights, 6, {2, 5, 0, 4, 1, 3}), 3);
}

TEST(WordOrder, FindsFeaturesThatAreReadTogether) {
  // Outputs 0 and 1 read every fourth feature from 0 and from 1 on.
  std::vector<int64_t> weights(2 * 32, 0);
  for (size_t i = 0; i < 32; i += 4) {
    weights[i] = 1;
    weights[32 + i + 1] = -1;
  }
  EXPECT_EQ(countNonZeroWords(weights, 32), 16);
  EXPECT_EQ(countNonZeroWords(weights, 32, orderOfFeatures(weights, 32)), 4);
}

TEST(WordOrder, IsAnOrderThatIsNoWorse) {
  for (size_t in : {1, 3, 4, 17, 64})
    for (size_t out : {1, 5, 65, 130})
      for (double zeros : {0.0, 0.6, 0.95, 1.0}) {
        std::vector<int64_t> weights =
            randomWeights(out, in, zeros, 7 * in + out);
        std::vector<int64_t> order = orderOfFeatures(weights, in);
        EXPECT_EQ(orderOfFeatures(weights, in), order);
        const int64_t count = countNonZeroWords(weights, in, order);
        EXPECT_GE(count, leastNonZeroWords(weights, in));
        EXPECT_LE(count, countNonZeroWords(weights, in));
        std::sort(order.begin(), order.end());
        for (size_t i = 0; i < in; ++i)
          ASSERT_EQ(order[i], int64_t(i));
      }
}

} // namespace
} // namespace mase
