// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CSV files: header, features, label column; errors with line and column.
#include "mase/Data/Dataset.h"

#include "TestFiles.h"

#include <cmath>

using namespace mase;
using namespace mase::testing;

static absl::StatusOr<Dataset> read(llvm::StringRef text,
                                    const DatasetOptions &options = {}) {
  TemporaryFolder folder;
  return readDataset(folder.write("d.csv", text), options);
}

static void expectErrorAt(llvm::StringRef text, const std::string &place,
                          std::initializer_list<llvm::StringRef> parts) {
  absl::Status status = read(text).status();
  expectError(status, {"d.csv:" + place + ": "});
  expectError(status, parts);
}

TEST(Csv, ClassNames) {
  auto data = read("a,b,label\n1,2.5,q\n-3,1e2,t\n0,0,g\n");
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->samples, 3);
  EXPECT_EQ(data->features, 2);
  EXPECT_EQ(data->x, (std::vector<float>{1, 2.5f, -3, 100, 0, 0}));
  EXPECT_EQ(data->labels, (std::vector<int32_t>{1, 4, 0}));
  EXPECT_EQ(data->featureNames, (std::vector<std::string>{"a", "b"}));
}

TEST(Csv, ClassNumbersAndOtherNames) {
  auto numbers = read("a,label\n1,7\n2,0\n");
  ASSERT_TRUE(numbers.ok()) << numbers.status().message();
  EXPECT_EQ(numbers->labels, (std::vector<int32_t>{7, 0}));
  numbers = read("a,label\n1,7.0\n2,0e0\n");
  ASSERT_TRUE(numbers.ok()) << numbers.status().message();
  EXPECT_EQ(numbers->labels, (std::vector<int32_t>{7, 0}));
  DatasetOptions options;
  options.classNames = {"t", "g"};
  auto names = read("a,label\n1,g\n2,t\n", options);
  ASSERT_TRUE(names.ok()) << names.status().message();
  EXPECT_EQ(names->labels, (std::vector<int32_t>{1, 0}));
  expectError(read("a,label\n1,q\n", options).status(),
              {":2:3: unknown class 'q'; valid: 't', 'g'"});
}

TEST(Csv, Dress) {
  DatasetOptions options;
  options.allowNonFinite = true;
  auto data = read("\xef\xbb\xbf\"a, \"\"b\"\"\" , c,label\r\n\r\n"
                   " \"1\" , +2 ,\"q\"\r\n\t.5e1,INF,g",
                   options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->featureNames, (std::vector<std::string>{"a, \"b\"", "c"}));
  EXPECT_EQ(data->x, (std::vector<float>{1, 2, 5, INFINITY}));
  EXPECT_EQ(data->labels, (std::vector<int32_t>{1, 0}));
}

TEST(Csv, OneHotLabels) {
  const std::string header = "a,j_t,j_g,b,j_q,j_w,j_z\n";
  DatasetOptions options;
  options.classNames = {"g", "q", "w", "z", "t"};
  auto data = read(header + "1,1,0,2,0,0,0\n3,0,0,4,1.0,0,0\n", options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->featureNames, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(data->x, (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(data->labels, (std::vector<int32_t>{4, 1}));
  // In the columns' order.
  data = read(header + "1,1,0,2,0,0,0\n");
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->labels, (std::vector<int32_t>{0}));
  EXPECT_EQ(data->warnings.size(), 1u);
  expectErrorAt(header + "1,0,0,2,0,0,0\n", "2:3",
                {"expected 1 in one class' column, found 0 in all"});
  expectErrorAt(header + "1,1,0,2,1,0,0\n", "2:9", {"in 'j_t' and 'j_q'"});
  expectErrorAt(header + "1,1,0,2,x,0,0\n", "2:9",
                {"expected 0 or 1 in column 'j_q', found 'x'"});
  expectErrorAt("j_t,j_g,j_q,j_w,j_z\n", "1:1", {"the classes alone"});
}

TEST(Csv, NumbersAreRoundedOnceToBinary32) {
  // Just above the tie between 1 and its successor: by way of binary64 it
  // would be 1.
  DatasetOptions options;
  options.allowNonFinite = true;
  auto data = read("a,label\n1.000000059604644775390625000001,0\n1e99,0\n"
                   "-1e-99,0\n1e-40,0\n",
                   options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->x[0], std::nextafter(1.0f, 2.0f));
  EXPECT_EQ(data->x[1], INFINITY);
  EXPECT_EQ(data->x[2], 0.0f);
  EXPECT_EQ(data->x[3], 1e-40f);
}

TEST(Csv, HeaderAlone) {
  auto data = read("a,b,label\n");
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->samples, 0);
  EXPECT_TRUE(data->labelled);
  EXPECT_EQ(data->features, 2);
}

TEST(Csv, Errors) {
  expectErrorAt("\n\n", "2:1", {"expected a header row", "empty"});
  expectErrorAt("1,2,3\n4,5,6\n", "1:1", {"header row", "found numbers"});
  expectErrorAt("label\nq\n", "1:1", {"one name only"});
  expectErrorAt("a,b,label\n1,2,q\n1,2\n", "3:4",
                {"expected 3 cells", "found 2"});
  expectErrorAt("a,b,label\n1,2,q,5\n", "2:7", {"expected 3 cells", "found 4"});
  expectErrorAt("a,b,label\n1, two,q\n", "2:4",
                {"expected a number, found 'two'"});
  expectErrorAt("a,b,label\n1,,q\n", "2:3", {"found an empty cell"});
  expectErrorAt("a,b,label\n1,2 3,q\n", "2:3", {"found '2 3'"});
  expectErrorAt("a,b,label\n1,1.5f,q\n", "2:3", {"found '1.5f'"});
  expectErrorAt(llvm::StringRef("a,b,label\n1,\0,q\n", 16), "2:3",
                {"found '\\00'"});
  expectErrorAt("a,b,label\n1,2,q\n1,2,x\n", "3:5",
                {"unknown class 'x'", "'g'"});
  expectErrorAt("a,b,label\n1,2,q\n1,2,3\n", "3:5", {"unknown class '3'"});
  expectErrorAt("a,b,label\n1,2,jet\n", "2:5",
                {"expected a class", "g, q, w, z, t", "found 'jet'"});
  expectErrorAt("a,b,label\n1,2,3\n1,2,q\n", "3:5", {"found 'q'"});
  expectErrorAt("a,b,label\n1,2,-1\n", "2:5", {"found '-1'"});
  expectErrorAt("a,b,label\n1,2,1.5\n", "2:5", {"found '1.5'"});
  expectErrorAt("a,b,label\n1,2,nan\n", "2:5", {"found 'nan'"});
  expectErrorAt("a,b,label\n1,2,99999999999\n", "2:5", {"99999999999"});
  expectErrorAt("a,b,label\n1,2,\n", "2:5", {"found an empty cell"});
  expectErrorAt("a,b,label\n\"1,2,q\n", "2:1", {"quote is not closed"});
  expectErrorAt("a,b,label\n\"1\"2,2,q\n", "2:4", {"expected ','", "'2,2,q'"});
}

TEST(Csv, TruncatedAnywhere) {
  std::string text = "\"a\",b,label\r\n1,\"2\",q\r\n3,4,w\r\n";
  for (size_t size = 0; size < text.size(); ++size) {
    auto data = read(text.substr(0, size));
    if (data.ok())
      EXPECT_EQ(int64_t(data->x.size()), data->samples * data->features);
  }
}
