// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ctrl-C and the scopes that wait for it.
#include "mase/Support/Termination.h"

#include "gtest/gtest.h"

#include <csignal>

using namespace mase;

TEST(InterruptScope, OneWithinAnotherForgetsNothing) {
  InterruptScope search;
  EXPECT_TRUE(search.isOutermost());
  EXPECT_FALSE(InterruptScope::stop());
  {
    InterruptScope pass;
    EXPECT_FALSE(pass.isOutermost());
    std::raise(SIGINT);
    EXPECT_TRUE(InterruptScope::stop());
  }
  InterruptScope next;
  EXPECT_TRUE(InterruptScope::stop());
  EXPECT_FALSE(InterruptScope::abandon());
  // The second is still the search's, not the end of the process.
  std::raise(SIGINT);
  EXPECT_TRUE(InterruptScope::abandon());
}

TEST(InterruptScope, AnotherBeginsAnew) {
  InterruptScope scope;
  EXPECT_TRUE(scope.isOutermost());
  EXPECT_FALSE(InterruptScope::stop());
}
