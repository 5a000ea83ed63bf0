// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parts of a file: splits that have no row in common, and scalers fitted on
// one.
#include "mase/Data/Dataset.h"

#include "TestFiles.h"

#include <cmath>
#include <set>

using namespace mase;
using namespace mase::testing;

namespace {

/// A file of `rows` rows [row, -row / 2] with labels row % 3.
class SamplesTest : public ::testing::Test {
protected:
  void write(int rows) {
    std::string text = "a,b,label\n";
    for (int row = 0; row < rows; ++row)
      text += std::to_string(row) + "," + std::to_string(-row / 2.0) + "," +
              std::to_string(row % 3) + "\n";
    path = folder.write("d.csv", text);
  }

  absl::StatusOr<Dataset> read(const std::string &keys, int64_t samples = 0) {
    DataOptions options;
    options.data = "{file = \"" + path + "\"" + keys + "}";
    options.samples = samples;
    options.hashesRows = true;
    return readSamples(options, {{2}, {}});
  }

  /// The numbers of the rows, which must be whole.
  std::vector<int> rows(const std::string &keys, int64_t samples = 0) {
    auto data = read(keys, samples);
    if (!data.ok()) {
      ADD_FAILURE() << data.status().message();
      return {};
    }
    std::vector<int> numbers;
    for (int64_t i = 0; i < data->samples; ++i) {
      numbers.push_back(int(data->x[2 * i]));
      EXPECT_EQ(data->x[2 * i + 1], -float(numbers.back()) / 2);
      EXPECT_EQ(data->labels[i], numbers.back() % 3);
    }
    return numbers;
  }

  TemporaryFolder folder;
  std::string path;
};

} // namespace

static const std::string kParts =
    ", fractions = {train = 0.6, calibration = 0.15, test = 0.25}";

TEST_F(SamplesTest, SplitsAreDisjointAndAll) {
  for (int n : {1, 7, 20, 1000}) {
    write(n);
    for (const char *seed : {"", ", seed = 0", ", seed = 5"}) {
      std::set<int> all;
      size_t count = 0;
      for (const char *name : {"train", "calibration", "test"}) {
        DataOptions options;
        std::string keys =
            kParts + seed + ", split = \"" + std::string(name) + "\"";
        auto data = read(keys);
        // Of a single row two parts are empty.
        if (!data.ok()) {
          expectError(data.status(), {"expected at least one sample, found "
                                      "none in split '"});
          EXPECT_LT(n, 7);
          continue;
        }
        std::vector<int> part = rows(keys);
        EXPECT_TRUE(std::is_sorted(part.begin(), part.end()));
        all.insert(part.begin(), part.end());
        count += part.size();
      }
      EXPECT_EQ(all.size(), size_t(n));
      EXPECT_EQ(count, size_t(n));
    }
  }
  write(1000);
  std::vector<int> train = rows(kParts + ", split = \"train\"");
  EXPECT_EQ(train.size(), 600u);
  EXPECT_EQ(train, rows(kParts + ", seed = 0, split = \"train\""));
  EXPECT_NE(train, rows(kParts + ", seed = 1, split = \"train\""));
  EXPECT_NE(train.back(), 599); // not the first ones
  // The first samples of a split.
  std::vector<int> first = rows(kParts + ", split = \"train\"", 10);
  EXPECT_EQ(first, std::vector<int>(train.begin(), train.begin() + 10));
}

TEST_F(SamplesTest, ScalerOfASplit) {
  write(100);
  std::vector<int> train = rows(kParts + ", split = \"train\"");
  double mean = 0, square = 0;
  for (int row : train)
    mean += row;
  mean /= double(train.size());
  for (int row : train)
    square += (row - mean) * (row - mean);
  double scale = std::sqrt(square / double(train.size()));
  std::vector<int> test = rows(kParts + ", split = \"test\"");
  auto data = read(kParts + ", split = \"test\", scaler_split = \"train\"");
  ASSERT_TRUE(data.ok()) << data.status().message();
  ASSERT_EQ(data->samples, int64_t(test.size()));
  for (size_t i = 0; i < test.size(); ++i)
    EXPECT_FLOAT_EQ(data->x[2 * i], float((test[i] - mean) / scale));
  // A feature that doesn't vary has the scale 1.
  path = folder.write("d.csv", "a,b,l\n5,1,0\n5,3,0\n");
  data = read(", fractions = {all = 1}, scaler_split = \"all\"");
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->x, (std::vector<float>{0, -1, 0, 1}));
}

TEST_F(SamplesTest, SharedRows) {
  write(100);
  auto train = read(kParts + ", split = \"train\""),
       test = read(kParts + ", split = \"test\""),
       other = read(kParts + ", seed = 1, split = \"test\""),
       scaled = read(kParts + ", scaler_split = \"train\"");
  ASSERT_TRUE(train.ok() && test.ok() && other.ok() && scaled.ok());
  EXPECT_EQ(countShared(*train, *test), 0);
  EXPECT_EQ(countShared(*test, *test), 25);
  EXPECT_GT(countShared(*train, *other), 0);
  // As the file has them, whatever the scaler.
  EXPECT_EQ(countShared(*train, *scaled), 60);
}

TEST_F(SamplesTest, ClassesOfNumbers) {
  write(3);
  DataOptions options;
  options.data = "file = \"" + path + "\", classes = [\"u\", \"v\", \"w\"]";
  auto data = readSamples(options, {{2}, {"w", "u", "v"}});
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->labels, (std::vector<int32_t>{1, 2, 0}));
  expectError(readSamples(options, {{2}, {"w", "u", "x"}}).status(),
              {"d.csv' ('classes'): unknown class 'v'"});
}

TEST_F(SamplesTest, Errors) {
  write(10);
  auto error = [&](const std::string &keys) { return read(keys).status(); };
  expectError(error(", split = \"train\""),
              {"data=:1:", "expected 'fractions' beside it"});
  expectError(error(kParts + ", split = \"tset\""),
              {"no fraction is called 'tset'; valid: 'test'"});
  expectError(error(", fractions = {a = 0.9, b = 0.2}"),
              {"fractions that add up to 1 at most, found 1.1"});
  expectError(error(", fractions = {a = 0}"), {"a number above 0 for 'a'"});
  expectError(error(", fractions = 1"), {"expected a table"});
  expectError(error(kParts + ", scaler = \"s\", scaler_split = \"train\""),
              {"found both"});
  expectError(error(", splits = 1"), {"unknown key 'splits'", "'split'"});
  expectError(error(", seed = -1"), {"at least 0 for 'seed'"});
  expectError(error(", classes = []"), {"a list of names for 'classes'"});
  DataOptions options;
  options.data = "{split = \"a\"}";
  expectError(readSamples(options, {{2}, {}}).status(),
              {"expected a key 'file'"});
  options.data = "{file = d.csv}";
  expectError(readSamples(options, {{2}, {}}).status(), {"data=:1:"});
  options.data = path;
  options.samples = -1;
  expectError(readSamples(options, {{2}, {}}).status(),
              {"expected samples of at least 0, found -1"});
}
