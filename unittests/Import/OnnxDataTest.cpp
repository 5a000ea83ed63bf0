// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How files store elements: types that become float32, files beside the model,
// sparse tensors. (Networks: test/Import/initializers.test.)
#include "OnnxText.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace mase;
using namespace mase::testing;

namespace {

/// x + w, w being `tensor` without its name.
std::string sum(const std::string &tensor) {
  return modelText("initializer { name: 'w' " + tensor + " }" +
                   node("Add", "'x', 'w'"));
}
std::string sparse(const std::string &values, const std::string &indices,
                   const std::string &dims = "dims: 2") {
  return modelText("sparse_initializer { values { name: 'w' data_type: 1 " +
                   values + " } indices { data_type: 7 " + indices + " } " +
                   dims + " }" + node("Add", "'x', 'w'"));
}

const std::vector<RefusedModel> &cases() {
  static const std::vector<RefusedModel> all = {
      {"InexactDouble",
       sum("dims: [2, 1] data_type: 11 double_data: [0.5, 0.1]"),
       "expected float32 elements in input 1 ('B'), 'w', found DOUBLE with "
       "0.10000000000000001 at [1, 0], which is no float32; a Cast says that "
       "it is to be rounded"},
      {"InfiniteDouble", sum("dims: 1 data_type: 11 double_data: inf"),
       "initializer 'w': expected finite elements, found inf at [0]"},
      {"InfiniteHalf", sum("dims: 1 data_type: 10 raw_data: '\\000\\174'"),
       "initializer 'w': expected finite elements, found inf at [0]"},
      {"DoubleThatOverflows",
       modelText("initializer { name: 'd' dims: 1 data_type: 11 double_data: "
                 "1e300 }" +
                 node("Cast", "'d'", attribute("to", "i: 1 type: INT"), "w") +
                 node("Add", "'x', 'w'")),
       "node '/a/Cast' (Cast): expected finite elements, found inf at [0]"},
      {"HalfOfTooManyBits", sum("dims: 1 data_type: 10 int32_data: 65536"),
       "expected the 16 bits of a FLOAT16, found 65536"},
      {"HalfOfTooFewBytes", sum("dims: 1 data_type: 10 raw_data: 'a'"),
       "expected 1 FLOAT16 elements ([1]), found 1 bytes"},
      {"DoubleCount", sum("dims: 2 data_type: 11 double_data: 1"),
       "expected 2 DOUBLE elements ([2]), found 1"},
      // Sparse.
      {"SparseIndexBeyond",
       sparse("dims: 1 float_data: 1", "dims: 1 int64_data: 2"),
       "sparse initializer 'w': expected 'indices' of a sparse tensor of shape "
       "[2] within it and ascending, found that number 0 (counted from 0) "
       "isn't"},
      {"SparseIndexTwice",
       sparse("dims: 2 float_data: [1, 2]", "dims: 2 int64_data: [1, 1]"),
       "found that number 1 (counted from 0) isn't"},
      {"SparseIndexNegative",
       sparse("dims: 1 float_data: 1", "dims: [1, 1] int64_data: -1"),
       "found that number 0 (counted from 0) isn't"},
      {"SparseIndices",
       sparse("dims: 1 float_data: 1", "dims: 2 int64_data: [0, 1]"),
       "expected INT64 'indices' of a sparse tensor of shape [1] or [1, 1], "
       "found INT64 of shape [2]"},
      {"SparseValues",
       sparse("dims: [1, 1] float_data: 1", "dims: 1 int64_data: 0"),
       "expected a vector of float32 as the 'values' of a sparse tensor, found "
       "FLOAT of shape [1, 1]"},
      {"SparseSizes",
       sparse("dims: 1 float_data: 1", "dims: 1 int64_data: 0",
              "dims: [4294967296, 4294967296]"),
       "expected positive sizes whose product a file can count"},
      // A small file that would fill the memory.
      {"SparseHuge",
       sparse("dims: 1 float_data: 1", "dims: 1 int64_data: 0",
              "dims: 1000000000000"),
       "expected constants that repeat and transpose to at most"},
  };
  return all;
}

class OnnxDataErrors : public ::testing::TestWithParam<RefusedModel> {};

/// A folder with `elements.bin`, 8 bytes, and models.
struct OnnxExternalData : ::testing::Test {
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("mase-onnx", folder));
    write("elements.bin", std::string("\0\0\200\77\0\0\0\100", 8)); // 1, 2
  }
  void TearDown() override {
    EXPECT_FALSE(llvm::sys::fs::remove_directories(folder));
  }
  void write(const std::string &name, const std::string &bytes) {
    std::error_code code;
    llvm::raw_fd_ostream os(std::string(folder) + "/" + name, code);
    ASSERT_FALSE(code);
    os << bytes;
  }
  /// x + w [`dims`], w lying where `entries` say.
  Imported
  import(const std::vector<std::pair<std::string, std::string>> &entries,
         const std::string &dims = "2") {
    std::string text =
        "dims: [" + dims + "] data_type: 1 data_location: EXTERNAL";
    for (const auto &[key, value] : entries)
      for (llvm::StringRef part : {" external_data { key: '", key.c_str(),
                                   "' value: '", value.c_str(), "' }"})
        text += part;
    return Imported(encodeModel(sum(text)), context, {},
                    std::string(folder) + "/net.onnx");
  }
  mlir::MLIRContext context;
  llvm::SmallString<128> folder;
};

} // namespace

TEST_P(OnnxDataErrors, AreReported) { expectRefused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(, OnnxDataErrors, ::testing::ValuesIn(cases()),
                         [](const auto &info) { return info.param.name; });

TEST_F(OnnxExternalData, IsRead) {
  using Entries = std::vector<std::pair<std::string, std::string>>;
  for (const Entries &entries :
       {Entries{{"location", "elements.bin"}},
        Entries{{"location", "./elements.bin"}, {"checksum", "0"}},
        Entries{
            {"location", "elements.bin"}, {"offset", "0"}, {"length", "8"}}}) {
    Imported net = import(entries);
    EXPECT_NE(net.print().find("dense<[[1.000000e+00, 2.000000e+00]]>"),
              std::string::npos)
        << net.messages;
  }
  Imported net = import({{"location", "elements.bin"}, {"offset", "4"}}, "1");
  EXPECT_NE(net.print().find("dense<2.000000e+00>"), std::string::npos)
      << net.messages;
}

TEST_F(OnnxExternalData, IsRefused) {
  ASSERT_FALSE(llvm::sys::fs::create_link("/etc/passwd",
                                          std::string(folder) + "/link.bin"));
  ASSERT_FALSE(
      llvm::sys::fs::create_directory(std::string(folder) + "/folder"));
  struct {
    std::vector<std::pair<std::string, std::string>> entries;
    const char *expected;
  } refused[] = {
      {{{"location", "missing.bin"}},
       "initializer 'w': the data lie in another file: cannot read"},
      {{}, "a file of the model's folder or below, found ''"},
      {{{"location", "/etc/passwd"}}, "or below, found '/etc/passwd'"},
      {{{"location", "../elements.bin"}}, "or below, found '../elements.bin'"},
      {{{"location", "folder/../elements.bin"}},
       "or below, found 'folder/../elements.bin'"},
      {{{"location", "link.bin"}},
       "or below, found 'link.bin', a link to elsewhere"},
      {{{"location", "folder"}}, "expected the data in a file, found that"},
      {{{"location", "elements.bin"}, {"offset", "9"}},
       "expected data from byte 9 on in 'elements.bin', found a file of 8 "
       "bytes"},
      {{{"location", "elements.bin"},
        {"offset", "1"},
        {"length", "18446744073709551615"}},
       "expected 18446744073709551615 bytes of data from byte 1 on in "
       "'elements.bin', found a file of 8 bytes"},
      {{{"location", "elements.bin"}, {"offset", "4"}},
       "expected 2 float32 elements ([2]), found 4 bytes"},
      {{{"location", "elements.bin"}, {"offset", "-4"}},
       "expected a number of bytes as 'offset', found '-4'"},
      {{{"location", "elements.bin"}, {"key", "1"}},
       "unknown key 'key' of external data; valid: 'location'"},
  };
  for (const auto &[entries, expected] : refused) {
    Imported net = import(entries);
    EXPECT_FALSE(net.module);
    EXPECT_NE(net.messages.find(expected), std::string::npos) << net.messages;
    EXPECT_EQ(net.errors, 1) << net.messages;
  }
}

TEST_F(OnnxExternalData, HasNoFolderOnStandardInput) {
  Imported net(
      encodeModel(sum("dims: 1 data_type: 1 data_location: EXTERNAL "
                      "external_data { key: 'location' value: 'w.bin' }")),
      context, {}, "<stdin>");
  EXPECT_NE(net.messages.find("the data lie in another file, 'w.bin', which is "
                              "looked for beside the model's file"),
            std::string::npos)
      << net.messages;
}

// A file of terabytes that isn't there: said before memory is asked for.
TEST_F(OnnxExternalData, IsNotAllocatedBeforeItIsThere) {
  Imported net = import({{"location", "elements.bin"}}, "1000000000000");
  EXPECT_NE(net.messages.find("expected 1000000000000 float32 elements"),
            std::string::npos)
      << net.messages;
}

TEST(OnnxData, OtherFloatsBecomeFloat32) {
  for (const char *tensor :
       {"dims: 2 data_type: 10 raw_data: '\\000\\074\\001\\000'",
        "dims: 2 data_type: 10 int32_data: [15360, 1]",
        "dims: 2 data_type: 16 int32_data: [16256, 13184]",
        "dims: 2 data_type: 11 double_data: [1, 5.9604644775390625e-08]"}) {
    mlir::MLIRContext context;
    Imported net(encodeModel(sum(tensor)), context, {.remarks = true});
    ASSERT_TRUE(net.module) << net.messages;
    // 1 and 2^-24, the smallest half.
    EXPECT_NE(net.print().find("dense<[[1.000000e+00, 5.96046448E-8]]>"),
              std::string::npos)
        << net.print();
    EXPECT_NE(net.messages.find("becomes float32, which has all its elements"),
              std::string::npos)
        << net.messages;
  }
}
