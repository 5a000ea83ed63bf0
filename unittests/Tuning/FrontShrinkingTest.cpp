// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FrontShrinking.h"

#include "gtest/gtest.h"

using namespace mase;

TEST(FrontShrinking, DefaultBudgetsAreRoundAndFall) {
  using Budgets = std::vector<int64_t>;
  EXPECT_EQ(defaultBudgets(1000, 30000),
            (Budgets{23000, 16000, 12000, 8200, 5800, 4100, 2900, 2000, 1400,
                     1000, 720, 510, 360, 260}));
  // What they begin with is no budget: a network is within it as it is.
  EXPECT_EQ(defaultBudgets(4096, 8200),
            (Budgets{5800, 4100, 2900, 2000, 1400}));
  EXPECT_EQ(defaultBudgets(0, 6), (Budgets{4, 3, 2, 1}));
  EXPECT_EQ(defaultBudgets(0, 1), Budgets());
  EXPECT_EQ(defaultBudgets(0, 0), Budgets());
}
