// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Support/HugePages.h"

#include "gtest/gtest.h"

#include <fstream>
#include <string>
#include <vector>

using namespace mase;

namespace {

// Whatever is asked for is there and writable, before and after the hint.
TEST(HugePages, NumbersStay) {
  adviseHugePages(nullptr, 0);
  for (size_t bytes :
       {size_t(1), size_t(4096), size_t(3) << 20, (size_t(9) << 20) + 12345}) {
    std::vector<char> memory;
    memory.reserve(bytes);
    adviseHugePages(memory.data(), bytes);
    memory.assign(bytes, 'x');
    adviseHugePages(memory.data(), bytes);
    EXPECT_EQ(memory, std::vector<char>(bytes, 'x'));
  }
}

// The kernel notes the wish ("hg") with the mapping.
TEST(HugePages, AreAskedFor) {
  if (!std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled"))
    GTEST_SKIP() << "the kernel has no huge pages";
  std::vector<char> memory;
  memory.reserve(size_t(64) << 20);
  adviseHugePages(memory.data(), memory.capacity());
  std::ifstream maps("/proc/self/smaps");
  bool found = false;
  for (std::string line; std::getline(maps, line);)
    found |=
        line.rfind("VmFlags:", 0) == 0 && line.find(" hg") != std::string::npos;
  EXPECT_TRUE(found);
}

} // namespace
