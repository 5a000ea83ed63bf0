// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NPY files: what NumPy writes is read, what is damaged is refused.
#include "mase/Data/Array.h"

#include "TestFiles.h"

#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <limits>

using namespace mase;
using namespace mase::testing;

/// What numpy.save wrote for array([[1, 2.5, -3], [4, 5, 6]], float32).
static std::string numpyFile() {
  std::string header =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  header.append(117 - header.size(), ' ');
  return npyWithHeader(header + "\n", bytesOf<float>({1, 2.5f, -3, 4, 5, 6}));
}

static absl::Status parseError(const std::string &bytes) {
  return parseNpy(bytes, "'x.npy'").status();
}

TEST(Npy, ReadsWhatNumpyWrites) {
  TemporaryFolder folder;
  auto array = readNpy(folder.write("x.npy", numpyFile()));
  ASSERT_TRUE(array.ok()) << array.status().message();
  EXPECT_EQ(array->shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(array->data, (std::vector<float>{1, 2.5f, -3, 4, 5, 6}));
}

TEST(Npy, WritesWhatNumpyWrites) {
  TemporaryFolder folder;
  Array array{{2, 3}, {1, 2.5f, -3, 4, 5, 6}};
  ASSERT_TRUE(writeNpy(folder.path("x.npy"), array).ok());
  EXPECT_EQ(folder.read("x.npy"), numpyFile());
}

TEST(Npy, RoundTripsAnyRank) {
  for (const std::vector<int64_t> &shape : {std::vector<int64_t>{},
                                            {1},
                                            {0},
                                            {5},
                                            {0, 16},
                                            {2, 3, 4},
                                            {1, 2, 1, 3, 1, 2},
                                            std::vector<int64_t>(64, 1)}) {
    Array array{shape, {}};
    int64_t count = 1;
    for (int64_t dim : shape)
      count *= dim;
    for (int64_t i = 0; i < count; ++i)
      array.data.push_back(std::ldexp(1.5f, int(i) - 140)); // with denormals
    std::string bytes;
    llvm::raw_string_ostream os(bytes);
    printNpy(os, array.shape, array.data);
    EXPECT_EQ((bytes.size() - 4 * count) % 64, 0u);
    auto back = parseNpy(bytes, "'x.npy'");
    ASSERT_TRUE(back.ok()) << back.status().message();
    EXPECT_EQ(back->shape, shape);
    EXPECT_EQ(back->data, array.data);
  }
}

TEST(Npy, RowsInAnyOrder) {
  TemporaryFolder folder;
  for (const std::vector<int64_t> &shape :
       {std::vector<int64_t>{7, 2, 3}, {7}, {0, 2}, {123456, 1}}) {
    Array array{shape, {}};
    int64_t width = 1;
    for (int64_t dim : llvm::ArrayRef(shape).drop_front())
      width *= dim;
    for (int64_t i = 0; i < shape[0] * width; ++i)
      array.data.push_back(float(i) / 3);
    ASSERT_TRUE(writeNpy(folder.path("x.npy"), array).ok());
    auto file = NpyRowsFile::open(folder.path("y.npy"),
                                  llvm::ArrayRef(shape).drop_front());
    ASSERT_TRUE(file.ok()) << file.status().message();
    const int64_t step = std::max<int64_t>(shape[0] / 3, 1);
    for (int64_t end = shape[0]; end > 0; end -= step) {
      const int64_t first = std::max<int64_t>(end - step, 0);
      ASSERT_TRUE(
          (*file)
              ->write(first, llvm::ArrayRef(array.data)
                                 .slice(first * width, (end - first) * width))
              .ok());
    }
    EXPECT_FALSE(llvm::sys::fs::exists(folder.path("y.npy")));
    ASSERT_TRUE((*file)->commit(shape[0]).ok());
    EXPECT_EQ(folder.read("y.npy"), folder.read("x.npy"));
    llvm::sys::fs::remove(folder.path("y.npy"));
  }
  // Without commit() there is none.
  auto file = NpyRowsFile::open(folder.path("y.npy"), {2});
  ASSERT_TRUE(file.ok() && (*file)->write(0, {1, 2}).ok());
  file->reset();
  EXPECT_EQ(folder.list(), (std::vector<std::string>{"x.npy"}));
}

TEST(Npy, Versions) {
  for (int version : {1, 2, 3}) {
    auto array =
        parseNpy(npy("<f4", "(2,)", bytesOf<float>({1, 2}), version), "x");
    ASSERT_TRUE(array.ok()) << array.status().message();
    EXPECT_EQ(array->data, (std::vector<float>{1, 2}));
  }
}

TEST(Npy, FortranOrder) {
  // a[i][j][k] = 100 i + 10 j + k of shape (2, 3, 2), the first index fastest.
  std::vector<float> fortran, c;
  for (int k = 0; k < 2; ++k)
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 2; ++i)
        fortran.push_back(100 * i + 10 * j + k);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 2; ++k)
        c.push_back(100 * i + 10 * j + k);
  auto array =
      parseNpy(npy("<f4", "(2, 3, 2)", bytesOf(fortran), 1, true), "x");
  ASSERT_TRUE(array.ok()) << array.status().message();
  EXPECT_EQ(array->data, c);
}

TEST(Npy, DoubleIsRoundedOnce) {
  double tie = 1 + std::ldexp(1.0, -24); // to even: 1
  auto array =
      parseNpy(npy("<f8", "(4,)",
                   bytesOf<double>({tie, std::nextafter(tie, 2), 1e300, -0.0})),
               "x");
  ASSERT_TRUE(array.ok()) << array.status().message();
  EXPECT_EQ(array->data[0], 1.0f);
  EXPECT_EQ(array->data[1], std::nextafter(1.0f, 2.0f));
  EXPECT_EQ(array->data[2], std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::signbit(array->data[3]));
}

TEST(Npy, HeadersInOtherDress) {
  std::string data = bytesOf<float>({1, 2});
  for (std::string header :
       {"{\"shape\":(2L,),\"fortran_order\":False,\"descr\":\"<f4\"}",
        "  { 'descr' : '<f4' , 'fortran_order' : True , 'shape' : ( 2 , ) }  "})
    EXPECT_TRUE(parseError(npyWithHeader(header, data)).ok()) << header;
}

TEST(Npy, TruncatedAnywhere) {
  std::string file = numpyFile();
  for (size_t size = 0; size < file.size(); ++size)
    expectError(parseError(file.substr(0, size)), {"cannot read 'x.npy'"});
  expectError(parseError(file.substr(0, file.size() - 1)),
              {"truncated", "expected 24 bytes for shape [2, 3]", "found 23"});
  expectError(parseError(file + "abc"), {"after the 24 bytes", "found 3 more"});
}

TEST(Npy, EveryByteDamaged) {
  // Whatever a damaged header says: an answer, no crash, no huge allocation.
  std::string file = numpyFile();
  for (size_t at = 0; at < 80; ++at)
    for (int value = 0; value < 256; ++value) {
      std::string damaged = file;
      damaged[at] = char(value);
      auto array = parseNpy(damaged, "'x.npy'");
      if (array.ok())
        EXPECT_EQ(array->data.size(), 6u);
    }
}

TEST(Npy, ForeignFiles) {
  expectError(parseError(""), {"the file is empty"});
  expectError(parseError("PK\x03\x04, a zip archive"),
              {"expected an NPY file", "found an NPZ file (a zip archive)"});
  std::string file = npy("<f4", "(1,)", bytesOf(1.0f));
  file[6] = 9;
  expectError(parseError(file), {"expected NPY format version", "found 9.0"});
}

TEST(Npy, WrongElementTypes) {
  for (std::string descr : {"<f2", ">f4", ">f8", "<i4", "<i8", "|u1", "|b1",
                            "<c8", "|S4", "<U1", "<M8[ns]", "|O", "f"})
    expectError(parseError(npy(descr, "(1,)", "12345678")),
                {"expected elements of type float32 ('<f4') or float64 "
                 "('<f8'), found '" +
                 descr + "'"});
  expectError(parseError(npyWithHeader("{'descr': [('a', '<f4')], "
                                       "'fortran_order': False, 'shape': (1,)}",
                                       "1234")),
              {"structured type"});
}

TEST(Npy, MaliciousShapes) {
  for (std::string shape :
       {"(-1,)", "(9223372036854775808,)", "(99999999999999999999999999,)",
        "(1.5,)", "3", "[3]", "(3", "(3 4)", "(,)", "(True,)", "('a',)"})
    expectError(parseError(npy("<f4", shape, "1234")), {"found"});
  // More than the file has, more than 2^64, and zeros that would hide it.
  for (std::string shape : {"(1099511627776,)", "(2305843009213693951,)"})
    expectError(parseError(npy("<f4", shape, "1234")),
                {"truncated", "found 4"});
  expectError(parseError(npy("<f4", "(2305843009213693952,)", "1234")),
              {"elements than memory"});
  for (std::string shape :
       {"(4294967296, 4294967296)", "(4611686018427387904, 4)",
        "(0, 9223372036854775807, 9223372036854775807)"})
    expectError(parseError(npy("<f4", shape, "")), {"elements than memory"});
  std::string deep = "(";
  for (int i = 0; i < 65; ++i)
    deep += "1, ";
  expectError(parseError(npy("<f4", deep + ")", "1234")),
              {"at most 64 dimensions"});
}

TEST(Npy, BadHeaders) {
  for (auto [header, part] : std::vector<std::pair<std::string, std::string>>{
           {"", "expected '{'"},
           {"{", "expected a key"},
           {"{}", "no key 'descr'"},
           {"{'descr': '<f4', 'fortran_order': False}", "no key 'shape'"},
           {"{'descr': '<f4', 'shape': (1,)}", "no key 'fortran_order'"},
           {"{'descr': '<f4', 'descr': '<f4'}", "once each"},
           {"{'colour': 1}", "found 'colour'"},
           {"{'descr': <f4}", "expected an element type"},
           {"{'descr': '<f4}", "expected an element type"},
           {"{'fortran_order': 1}", "expected True or False"},
           {"{'descr': '<f4' 'shape': (1,)}", "expected ',' or '}'"},
           {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
            "to end after '}'"}})
    expectError(parseError(npyWithHeader(header, "1234")), {part});
}

TEST(Npy, Integers) {
  std::vector<int32_t> expected = {4, 0, 1};
  for (auto [descr, data] : std::vector<std::pair<std::string, std::string>>{
           {"<i8", bytesOf<int64_t>({4, 0, 1})},
           {"<u8", bytesOf<uint64_t>({4, 0, 1})},
           {"<i4", bytesOf<int32_t>({4, 0, 1})},
           {"<u4", bytesOf<uint32_t>({4, 0, 1})},
           {"<i2", bytesOf<int16_t>({4, 0, 1})},
           {"<u2", bytesOf<uint16_t>({4, 0, 1})},
           {"|i1", bytesOf<int8_t>({4, 0, 1})},
           {"|u1", bytesOf<uint8_t>({4, 0, 1})}}) {
    auto values = parseNpyLabels(npy(descr, "(3,)", data), "'y.npy'");
    ASSERT_TRUE(values.ok()) << values.status().message();
    EXPECT_EQ(*values, expected) << descr;
  }
  auto one = [](const std::string &descr, const std::string &data) {
    return parseNpyLabels(npy(descr, "(1,)", data), "'y.npy'").status();
  };
  expectError(one("<u8", bytesOf<uint64_t>(~0ull)), {"18446744073709551615"});
  expectError(one("<i8", bytesOf<int64_t>(-2147483649)), {"-2147483649"});
  expectError(one("<u4", bytesOf<uint32_t>(1u << 31)), {"2147483648"});
  EXPECT_TRUE(one("<f4", bytesOf(1.0f)).ok());
  EXPECT_TRUE(one("|b1", "\1").ok());
  expectError(one("<c8", bytesOf(1.0)),
              {"expected elements of an integer type", "found '<c8'"});
  expectError(parseNpyLabels(npy("|u1", "(1, 1, 1)", "a"), "y").status(),
              {"of shape [n] or [n, 1]", "found shape [1, 1, 1]"});
}
