// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Errors carry their place as data, whatever the file is called.
#include "mase/Support/Error.h"

#include "absl/status/statusor.h"
#include "gtest/gtest.h"

using namespace mase;

TEST(Error, CarriesItsPlace) {
  for (const char *file : {"q.toml", "a:7:8: b.toml", "C:/q.toml", "-", "\n"}) {
    SourceLocation location{file, 3, 14};
    absl::Status status = errorAt(location, "1:2: unknown key 'x'");
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message(), "1:2: unknown key 'x'");
    EXPECT_EQ(locatedText(absl::StatusOr<int>(status).status()),
              (LocatedText{location, "1:2: unknown key 'x'"}));
    EXPECT_EQ(messageOf(status),
              std::string(file) + ":3:14: 1:2: unknown key 'x'");
  }
}

TEST(Error, OfAFileAlone) {
  absl::Status status = errorAt({"q.toml", 0, 0}, "nothing");
  EXPECT_EQ(locatedText(status), (LocatedText{{"q.toml", 0, 0}, "nothing"}));
  EXPECT_EQ(messageOf(status), "q.toml: nothing");
}

TEST(Error, OfNoPlace) {
  for (const absl::Status &status :
       {absl::NotFoundError("a.toml:1:2: gone"),
        errorAt(SourceLocation(), "a.toml:1:2: gone")}) {
    EXPECT_EQ(locatedText(status), (LocatedText{{}, "a.toml:1:2: gone"}));
    EXPECT_EQ(messageOf(status), "a.toml:1:2: gone");
  }
}
