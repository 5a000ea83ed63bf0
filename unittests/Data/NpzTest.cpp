// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NPZ files: zip archives of NPY files, made by hand and by NumPy.
#include "mase/Data/Dataset.h"

#include "Zip.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/Error.h"

using namespace mase;
using namespace mase::testing;

static std::string x22() {
  return npy("<f4", "(2, 2)", bytesOf<float>({1, 2.5f, -3, 4}));
}
static std::string y2() { return npy("<i8", "(2,)", bytesOf<int64_t>({4, 0})); }

/// numpy.savez_compressed(file, x=float32 [[1, 2.5], [-3, 4]], y=[4, 0]).
static std::string numpyFile() {
  std::vector<char> bytes;
  llvm::cantFail(llvm::decodeBase64(
      "UEsDBBQAAAAIAAAAIQAMSJuLVQAAAJAAAAAFABQAeC5ucHkBABAAkAAAAAAAAABVAAAAAAAA"
      "AJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQW"
      "pAL5GkY6CkaaOgq1CmQDLgaGBnsGBgUHBgaHA0C2AwBQSwMEFAAAAAgAAAAhAGcmYNFIAAAA"
      "kAAAAAUAFAB5Lm5weQEAEACQAAAAAAAAAEgAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWg"
      "bpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjqaOgq1ChQALhYGVAAAUEsB"
      "AhQDFAAAAAgAAAAhAAxIm4tVAAAAkAAAAAUAAAAAAAAAAAAAAIABAAAAAHgubnB5UEsBAhQD"
      "FAAAAAgAAAAhAGcmYNFIAAAAkAAAAAUAAAAAAAAAAAAAAIABjAAAAHkubnB5UEsFBgAAAAAC"
      "AAIAZgAAAAsBAAAAAA==",
      bytes));
  return std::string(bytes.begin(), bytes.end());
}

static absl::Status readError(const std::string &bytes) {
  TemporaryFolder folder;
  return readDataset(folder.write("d.npz", bytes)).status();
}

TEST(Npz, ReadsStoredAndDeflated) {
  TemporaryFolder folder;
  for (const std::string &bytes :
       {numpyFile(), Zip().add("x.npy", x22()).add("y.npy", y2()).bytes(),
        Zip().add("y", y2()).add("other", "?").add("x", x22()).bytes()}) {
    auto data = readDataset(folder.write("d.npz", bytes));
    ASSERT_TRUE(data.ok()) << data.status().message();
    EXPECT_EQ(data->samples, 2);
    EXPECT_EQ(data->features, 2);
    EXPECT_EQ(data->x, (std::vector<float>{1, 2.5f, -3, 4}));
    EXPECT_EQ(data->labels, (std::vector<int32_t>{4, 0}));
  }
}

TEST(Npz, LabelsMayBeMissing) {
  TemporaryFolder folder;
  std::string path = folder.write("d.npz", Zip().add("x.npy", x22()).bytes());
  auto data = readDataset(path);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_TRUE(data->labels.empty());
  expectError(readLabels(path).status(), {"expected labels", "found none"});
}

TEST(Npz, TruncatedAnywhere) {
  TemporaryFolder folder;
  for (const std::string &file :
       {numpyFile(), Zip().add("x.npy", x22()).add("y.npy", y2()).bytes()})
    for (size_t size = 0; size < file.size(); ++size)
      expectError(
          readDataset(folder.write("d.npz", file.substr(0, size))).status(),
          {"cannot read"});
}

TEST(Npz, EveryByteDamaged) {
  // An answer, no crash; the checksums keep false numbers out.
  TemporaryFolder folder;
  std::string file = numpyFile();
  for (size_t at = 0; at < file.size(); ++at)
    for (int flip : {0x01, 0xff}) {
      std::string damaged = file;
      damaged[at] ^= char(flip);
      auto data = readDataset(folder.write("d.npz", damaged));
      if (data.ok())
        EXPECT_EQ(data->x, (std::vector<float>{1, 2.5f, -3, 4})) << at;
    }
}

TEST(Npz, Members) {
  expectError(readError(Zip().bytes()),
              {"expected a member 'x'", "found no members"});
  expectError(readError(Zip().add("z.npy", x22()).add("y.npy", y2()).bytes()),
              {"expected a member 'x' with the features (or 'X', 'features'",
               "found 'z', 'y'"});
  expectError(readError(Zip().add("x.npy", "no NPY").bytes()),
              {"d.npz' (member 'x')", "expected an NPY file"});
  expectError(readError(Zip().add("x.npy", y2()).bytes()),
              {"(member 'x')", "float32", "found '<i8'"});
  expectError(readError(Zip().add("x.npy", x22()).add("y.npy", x22()).bytes()),
              {"(member 'y')", "of shape [n] or [n, 1], found shape [2, 2]"});
  expectError(
      readError(Zip()
                    .add("x.npy", npy("<f4", "(4,)", std::string(16, '\0')))
                    .bytes()),
      {"expected an array of shape [n, features], found shape [4]"});
  expectError(readError(Zip()
                            .add("x.npy", x22())
                            .add("y.npy", npy("|u1", "(3,)", "abc"))
                            .bytes()),
              {"'x' has 2 samples", "'y' has 3 labels"});
}

TEST(Npz, OtherNames) {
  TemporaryFolder folder;
  auto read = [&](const Zip &zip) {
    return readDataset(folder.write("d.npz", zip.bytes()));
  };
  for (auto [x, y] : {std::pair("features", "labels"),
                      {"X", "y"},
                      {"X_test", "y_test"},
                      {"data", "target"}}) {
    auto data = read(Zip()
                         .add(std::string(x) + ".npy", x22())
                         .add(std::string(y) + ".npy", y2()));
    ASSERT_TRUE(data.ok()) << data.status().message();
    EXPECT_EQ(data->labels, (std::vector<int32_t>{4, 0}));
  }
  // Our own name counts, whatever is beside it.
  auto data = read(Zip().add("data.npy", "?").add("x.npy", x22()));
  EXPECT_TRUE(data.ok()) << data.status().message();
  expectError(read(Zip()
                       .add("x_train.npy", x22())
                       .add("y_train.npy", y2())
                       .add("x_test.npy", x22()))
                  .status(),
              {"expected one of the members 'x_test', 'x_train', found all of "
               "them; call the one that is meant 'x'"});
}

TEST(Npz, NoRowsButLabels) {
  TemporaryFolder folder;
  std::string path =
      folder.write("d.npz", Zip()
                                .add("x.npy", npy("<f4", "(0, 2)", ""))
                                .add("y.npy", npy("<i8", "(0,)", ""))
                                .bytes());
  auto data = readDataset(path);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_TRUE(data->labelled);
  EXPECT_EQ(data->samples, 0);
  EXPECT_TRUE(readLabels(path).ok());
}

TEST(Npz, ClaimedSize) {
  expectError(readError(Zip().add("x.npy", x22(), 0xfffffff0u).bytes()),
              {"(member 'x')"});
}

using Names = std::vector<std::string>;

/// `texts` as NumPy's '<U3'.
static std::string texts(llvm::ArrayRef<const char *> texts) {
  std::string data;
  for (llvm::StringRef text : texts)
    for (size_t i = 0; i < 3; ++i)
      data += bytesOf<uint32_t>(i < text.size() ? text[i] : 0);
  return npy("<U3", "(" + std::to_string(texts.size()) + ",)", data);
}

TEST(Npz, ClassesByName) {
  TemporaryFolder folder;
  auto y = npy("<i8", "(2,)", bytesOf<int64_t>({2, 0}));
  std::string path =
      folder.write("d.npz", Zip()
                                .add("x.npy", x22())
                                .add("y.npy", y)
                                .add("classes.npy", texts({"g", "q", "top"}))
                                .bytes());
  // Without a network's names: the file's numbers, and a word about it.
  auto data = readDataset(path);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->labels, (std::vector<int32_t>{2, 0}));
  EXPECT_EQ(data->classNames, (Names{"g", "q", "top"}));
  ASSERT_EQ(data->warnings.size(), 1u);
  EXPECT_NE(data->warnings[0].find(
                "d.npz': the network's results have no names, and are taken in "
                "the file's order of the classes: 'g', 'q', 'top'; "
                "mase-translate --onnx-classes= names them"),
            std::string::npos);
  // With them: their numbers.
  DatasetOptions options;
  options.classNames = {"top", "w", "g", "q"};
  data = readDataset(path, options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->labels, (std::vector<int32_t>{0, 2}));
  EXPECT_EQ(data->classNames, options.classNames);
  EXPECT_TRUE(data->warnings.empty());
  options.classNames = {"g", "q", "t"};
  expectError(readDataset(path, options).status(),
              {"d.npz' (member 'classes'): unknown class 'top'"});
  options.takesLabels = false;
  data = readDataset(path, options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_FALSE(data->labelled);
  EXPECT_TRUE(data->labels.empty());
}

TEST(Npz, LabelsOfText) {
  TemporaryFolder folder;
  auto write = [&](const std::string &y) {
    return folder.write("d.npz",
                        Zip().add("x.npy", x22()).add("y.npy", y).bytes());
  };
  DatasetOptions options;
  options.classNames = {"muon", "pi"};
  for (const std::string &y :
       {texts({"pi", "mu"}), npy("|S2", "(2, 1)", "pimu"),
        npy("|S4", "(2,)", std::string("pi\0\0mu\0\0", 8))})
    expectError(readDataset(write(y), options).status(),
                {"(member 'y'), row 1 (counted from 0): unknown class 'mu'"});
  options.classNames = {"mu", "pi"};
  auto data = readDataset(write(texts({"pi", "mu"})), options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->labels, (std::vector<int32_t>{1, 0}));
  // They have no order of their own, but the jets' have one.
  expectError(readDataset(write(texts({"pi", "mu"}))).status(),
              {"expected a class, as a number from 0 or one of g, q, w, z, t, "
               "found 'pi'; other names take a network"});
  data = readDataset(write(texts({"t", "w"})));
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->labels, (std::vector<int32_t>{4, 2}));
  ASSERT_EQ(data->warnings.size(), 1u);
  EXPECT_NE(data->warnings[0].find("in MASE's order"), std::string::npos);
  expectError(readDataset(write(texts({"t"}))).status(),
              {"has 2 samples, but member 'y' has 1 labels"});
}

TEST(Npz, NamesAreNames) {
  auto error = [](const std::string &classes) {
    return readError(
        Zip()
            .add("x.npy", x22())
            .add("y.npy", npy("<i8", "(2,)", bytesOf<int64_t>({2, 0})))
            .add("class_names.npy", classes)
            .bytes());
  };
  expectError(error(texts({"a", "b", "a"})),
              {"(member 'class_names'): expected each class once, found 'a' "
               "twice"});
  expectError(error(texts({"a", "b"})),
              {"expected the names of all classes, found 2 names and the label "
               "2 in row 0"});
  expectError(error(y2()),
              {"expected elements of text", "found '<i8'", "y.astype(str)"});
}
