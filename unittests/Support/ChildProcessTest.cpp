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

using Send = llvm::function_ref<void(llvm::StringRef)>;

/// What `work` sends, block by block.
static absl::StatusOr<std::vector<std::string>>
stream(llvm::function_ref<void(Send)> work, ChildLimits limits = kLimits) {
  std::vector<std::string> blocks;
  absl::Status status = streamFromChild(
      work,
      [&](llvm::StringRef block) {
        blocks.push_back(block.str());
        return true;
      },
      limits);
  if (!status.ok())
    return status;
  return blocks;
}

TEST(ChildProcess, Answers) {
  int here = 1;
  const std::vector<std::string> sent = {"", std::string("a\0b", 3),
                                         std::string(10000000, 'x')};
  auto answer = stream([&](Send send) {
    ++here; // of the child alone
    for (const std::string &text : sent)
      send(text);
  });
  ASSERT_TRUE(answer.ok()) << answer.status().message();
  EXPECT_TRUE(*answer == sent);
  EXPECT_EQ(here, 1);
  answer = stream([](Send) {});
  ASSERT_TRUE(answer.ok()) << answer.status().message();
  EXPECT_TRUE(answer->empty());
}

TEST(ChildProcess, EndsEarly) {
  int blocks = 0;
  EXPECT_TRUE(streamFromChild(
                  [](Send send) {
                    while (true)
                      send("a");
                  },
                  [&](llvm::StringRef) { return ++blocks < 3; }, kLimits)
                  .ok());
  EXPECT_EQ(blocks, 3);
}

TEST(ChildProcess, Crashes) {
  expectError(stream([](Send) { std::raise(SIGSEGV); }).status(),
              {"it crashed (segmentation fault)"});
  expectError(stream([](Send send) {
                send("begun");
                std::abort();
              }).status(),
              {"it crashed (aborted)"});
  expectError(stream([](Send) { std::_Exit(0); }).status(), {"it failed"});
}

TEST(ChildProcess, Limits) {
  expectError(stream(
                  [](Send) {
                    for (volatile int i = 0;; i = i + 1)
                      ;
                  },
                  {1, kLimits.bytes})
                  .status(),
              {"it took more than 1 s"});
  expectError(
      stream([](Send send) { send(std::string((1 << 26) + 1, 'x')); }).status(),
      {"it failed"});
#if !__has_feature(address_sanitizer) // whose allocator has its own limits
  expectError(stream([](Send send) {
                send(std::string(size_t(1) << 29, 'x'));
              }).status(),
              {"it took more than 268435456 bytes of memory"});
#endif
}
