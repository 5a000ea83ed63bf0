// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The text of an option that says where samples come from.
#include "mase/Config/DataConfig.h"

#include "gtest/gtest.h"

namespace mase {
namespace {

TEST(DataConfig, TextReadsBack) {
  for (const char *text :
       {"jets.npz", "{file = \"jets.h5\", scaler = \"it's \\\"so\\\".json\"}",
        "{file = \"x.npz\", split = \"test\", fractions = {\"train\" = "
        "0.80000000000000004, \"test\" = 0.20000000000000001}, seed = 7, "
        "scaler_split = \"train\", classes = [\"a\", \"b c\"]}"}) {
    absl::StatusOr<DataConfig> data = parseInlineData(text, "data=");
    ASSERT_TRUE(data.ok()) << data.status().message();
    EXPECT_EQ(toInlineText(*data), text);
  }
}

// MLIR takes the braces away where a table is all of an option.
TEST(DataConfig, BareTables) {
  auto data = parseInlineData("file = \"x.npz\", seed = 1", "data=");
  ASSERT_TRUE(data.ok());
  EXPECT_EQ(toInlineText(*data), "{file = \"x.npz\", seed = 1}");
}

} // namespace
} // namespace mase
