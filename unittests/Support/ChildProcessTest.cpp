// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Work in a process of its own, and what can happen to it.
#include "mase/Support/ChildProcess.h"

#include "Data/TestFiles.h"

#include <csignal>
#include <cstdlib>

using namespace mase;
using namespace mase::testing;

static constexpr ChildLimits kLimits = {20, uint64_t(1) << 28};

TEST(ChildProcess, Answers) {
  int here = 1;
  std::string large(10000000, 'x');
  for (const std::string &text :
       {std::string(), std::string("a\0b", 3), large}) {
    auto answer = computeInChild(
        [&] {
          ++here; // of the child alone
          return text;
        },
        kLimits);
    ASSERT_TRUE(answer.ok()) << answer.status().message();
    EXPECT_TRUE(*answer == text);
  }
  EXPECT_EQ(here, 1);
}

TEST(ChildProcess, Crashes) {
  expectError(computeInChild(
                  []() -> std::string {
                    std::raise(SIGSEGV);
                    return "";
                  },
                  kLimits)
                  .status(),
              {"it crashed (segmentation fault)"});
  expectError(
      computeInChild([]() -> std::string { std::abort(); }, kLimits).status(),
      {"it crashed (aborted)"});
  expectError(
      computeInChild([]() -> std::string { std::_Exit(0); }, kLimits).status(),
      {"it failed"});
}

TEST(ChildProcess, Limits) {
  expectError(computeInChild(
                  []() -> std::string {
                    for (volatile int i = 0;; i = i + 1)
                      ;
                  },
                  {1, kLimits.bytes})
                  .status(),
              {"it took more than 1 s"});
#if !__has_feature(address_sanitizer) // whose allocator has its own limits
  expectError(
      computeInChild([] { return std::string(size_t(1) << 29, 'x'); }, kLimits)
          .status(),
      {"it took more than 268435456 bytes of memory"});
#endif
}
