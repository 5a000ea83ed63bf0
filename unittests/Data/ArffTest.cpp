// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ARFF files: attributes, dense and sparse rows, classes by name; errors with
// line and column.
#include "mase/Data/Dataset.h"

#include "TestFiles.h"

#include <cmath>

using namespace mase;
using namespace mase::testing;

using Names = std::vector<std::string>;

static absl::StatusOr<Dataset> read(llvm::StringRef text,
                                    const DatasetOptions &options = {}) {
  TemporaryFolder folder;
  return readDataset(folder.write("d.arff", text), options);
}

static void expectErrorAt(llvm::StringRef text, const std::string &place,
                          std::initializer_list<llvm::StringRef> parts) {
  absl::Status status = read(text).status();
  expectError(status, {"d.arff:" + place + ": "});
  expectError(status, parts);
}

/// The head of OpenML's hls4ml_lhc_jets_hlf, with two of the 16 features.
static const std::string kJets = "% 1. Title: jets\n%\n"
                                 "@RELATION hls4ml_lhc_jets_hlf\n\n"
                                 "@ATTRIBUTE zlogz REAL\n"
                                 "@ATTRIBUTE mass_mmdt REAL\n"
                                 "@ATTRIBUTE class {g, q, t, w, z}\n\n"
                                 "@DATA\n";

TEST(Arff, Jets) {
  auto data = read(kJets + "-2.5,124,t\n-1.5,1e2,g\n% no more\n");
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->samples, 2);
  EXPECT_EQ(data->sampleShape, std::vector<int64_t>{2});
  EXPECT_EQ(data->x, (std::vector<float>{-2.5f, 124, -1.5f, 100}));
  EXPECT_EQ(data->featureNames, (Names{"zlogz", "mass_mmdt"}));
  // In the order of the file, which is not that of MASE's jets.
  EXPECT_EQ(data->classNames, (Names{"g", "q", "t", "w", "z"}));
  EXPECT_EQ(data->labels, (std::vector<int32_t>{2, 0}));
  // In the network's order, if it names its classes.
  DatasetOptions options;
  options.classNames = {"g", "q", "w", "z", "t"};
  data = read(kJets + "-2.5,124,t\n-1.5,1e2,g\n", options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->labels, (std::vector<int32_t>{4, 0}));
  EXPECT_EQ(data->classNames, options.classNames);
  options.classNames = {"g", "q", "w", "z", "top"};
  expectError(read(kJets + "-2.5,124,g\n", options).status(),
              {"d.arff:7:25: unknown class 't'; nearest: "});
}

TEST(Arff, Dress) {
  auto data = read("\xef\xbb\xbf@relation 'a b'\r\n"
                   "@attribute 'the class' {'it\\'s',\"b, c\" ,d} % note\r\n"
                   "@attribute \"x\\\"1\" numeric\r\n"
                   "@attribute y INTEGER\r\n@data % here\r\n"
                   "\"it's\", 1 ,2\r\n'b, c'\t3 4 % blanks\r\n"
                   " d,5,6");
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->featureNames, (Names{"x\"1", "y"}));
  EXPECT_EQ(data->classNames, (Names{"it's", "b, c", "d"}));
  EXPECT_EQ(data->labels, (std::vector<int32_t>{0, 1, 2}));
  EXPECT_EQ(data->x, (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

TEST(Arff, SparseRows) {
  auto data = read("@relation r\n@attribute a real\n@attribute b real\n"
                   "@attribute l {u,v}\n@data\n{1 2.5, 2 v}\n{}\n{ 0 1 }\n");
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->x, (std::vector<float>{0, 2.5f, 0, 0, 1, 0}));
  EXPECT_EQ(data->labels, (std::vector<int32_t>{1, 0, 0}));
}

TEST(Arff, LabelsByNumberAndNone) {
  auto data = read("@relation r\n@attribute Class numeric\n"
                   "@attribute a real\n@data\n3,1\n0.0,2\n");
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->labels, (std::vector<int32_t>{3, 0}));
  EXPECT_TRUE(data->classNames.empty());
  EXPECT_EQ(data->x, (std::vector<float>{1, 2}));
  data = read("@relation r\n@attribute a real\n@data\n3\n");
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_FALSE(data->labelled);
}

TEST(Arff, Missing) {
  expectErrorAt(kJets + "1,2,g\n1, ?,g\n", "11:4",
                {"the value of 'mass_mmdt' is missing ('?')",
                 "with allow-nonfinite such data are taken, as nan"});
  expectErrorAt(kJets + "1,2,?\n", "10:5",
                {"expected a class", "found '?' (missing)"});
  DatasetOptions options;
  options.allowNonFinite = true;
  auto data = read(kJets + "1,?,g\n", options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_TRUE(std::isnan(data->x[1]));
}

TEST(Arff, FirstRows) {
  DatasetOptions options;
  options.maxSamples = 1;
  auto data = read(kJets + "1,2,g\nnot,read,on\n", options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->samples, 1);
}

TEST(Arff, Errors) {
  expectErrorAt("@relation r\n@attribute a real\n", "2:1",
                {"expected '@data'", "the end of the file"});
  expectErrorAt("@relation r\n@data\n1\n", "2:6", {"one attribute at least"});
  expectErrorAt("@relation r\n@attribut a real\n", "2:1",
                {"expected '@attribute' or '@data', found '@attribut a real'"});
  expectErrorAt("@relation r\n@attribute a string\n", "2:14",
                {"for attribute 'a', found 'string'"});
  expectErrorAt("@relation r\n@attribute a\n", "2:13", {"found nothing"});
  expectErrorAt("@relation r\n@attribute\n", "2:11", {"attribute's name"});
  expectErrorAt("@relation r\n@attribute 'a real\n", "2:12",
                {"the quote is not closed"});
  expectErrorAt("@relation r\n@attribute a {b,,c}\n", "2:17",
                {"expected a value of attribute 'a'"});
  expectErrorAt("@relation r\n@attribute a {b c}\n", "2:17",
                {"expected ',' or '}'", "found 'c}'"});
  expectErrorAt("@relation r\n@attribute a {b\n", "2:16",
                {"found the end of the line"});
  expectErrorAt("@relation r\n@attribute a real 5\n", "2:19",
                {"expected the end of the line", "found '5'"});
  expectErrorAt("@relation r\n@attribute a {u,v}\n@attribute b {x,y}\n"
                "@attribute c real\n@data\n",
                "3:12", {"expected one nominal attribute", "'b' beside 'a'"});
  expectErrorAt("@relation r\n@attribute a {u,u}\n@attribute c real\n@data\n",
                "2:17", {"expected each class once, found 'u' twice"});
  expectErrorAt(kJets + "1,2\n", "10:4", {"expected 3 values", "found 2"});
  expectErrorAt(kJets + "1,2,g,5\n", "10:6", {"expected 3 values", "',5'"});
  expectErrorAt(kJets + "1,,g\n", "10:3", {"'mass_mmdt'", "found ',g'"});
  expectErrorAt(kJets + "1,x,g\n", "10:3", {"expected a number, found 'x'"});
  expectErrorAt(kJets + "1,inf,g\n", "10:3", {"expected finite numbers"});
  expectErrorAt(kJets + "1,2,'g\n", "10:5", {"the quote is not closed"});
  expectErrorAt(kJets + "1,2,'g'x\n", "10:8", {"expected 3 values", "'x'"});
  expectErrorAt(kJets + "1,2,top\n", "10:5", {"unknown class 'top'"});
  expectErrorAt(kJets + "{0 1\n", "10:5",
                {"expected ',' or '}' after a value"});
  expectErrorAt(kJets + "{1 1,0 2}\n", "10:6", {"from 2 to 2, found '0'"});
  expectErrorAt(kJets + "{3 1}\n", "10:2", {"from 0 to 2, found '3'"});
  expectErrorAt(kJets + "{0}\n", "10:3", {"expected a number"});
}

/// Every file that begins as a good one does is read or refused.
TEST(Arff, Truncated) {
  std::string whole = kJets + "-2.5,124,'t'\n{0 1, 2 q}\n";
  for (size_t size = 0; size < whole.size(); ++size)
    (void)read(llvm::StringRef(whole).take_front(size));
}

TEST(Parquet, SaysWhatToDo) {
  TemporaryFolder folder;
  expectError(readDataset(folder.write("x.parquet", "PAR1____PAR1")).status(),
              {"found a Parquet file; in Python, "
               "pandas.read_parquet(\"x.parquet\").to_csv("});
}
