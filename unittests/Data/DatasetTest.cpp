// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the formats share: dispatch, options, scaler, checks, shipped files.
#include "mase/Data/Dataset.h"
#include "mase/Data/Jets.h"
#include "mase/Support/InputFile.h"

#include "TestFiles.h"

#include <cmath>
#include <cstdlib>
#include <fcntl.h>
#include <limits>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace mase;
using namespace mase::testing;

static std::string x32() {
  return npy("<f4", "(3, 2)", bytesOf<float>({1, 2, 3, 4, 5, 6}));
}

TEST(Dataset, KnownByBytesFirst) {
  TemporaryFolder folder;
  for (llvm::StringRef name : {"x.npy", "x.csv", "x.h5", "x"}) {
    auto data = readDataset(folder.write(name, x32()));
    ASSERT_TRUE(data.ok()) << data.status().message();
    EXPECT_EQ(data->samples, 3);
    EXPECT_EQ(data->features, 2);
    EXPECT_TRUE(data->labels.empty());
  }
  auto csv = readDataset(folder.write("X.CSV", "a,label\n1,0\n"));
  EXPECT_TRUE(csv.ok()) << csv.status().message();
}

TEST(Dataset, ForeignFiles) {
  TemporaryFolder folder;
  auto error = [&](llvm::StringRef name, llvm::StringRef content) {
    return readDataset(folder.write(name, content)).status();
  };
  expectError(error("d.npy", ""), {"d.npy': the file is empty"});
  expectError(error("d.npy", "a,b\n"),
              {"expected an NPY file, found a text file"});
  expectError(error("d.npz", "a,b\n"), {"expected an NPZ file"});
  expectError(error("d.h5", "a,b\n"), {"expected an HDF5 file"});
  expectError(error("d.hdf5", "a,b\n"), {"expected an HDF5 file"});
  expectError(
      error("d.txt", "a,b\n"),
      {"expected an NPY, NPZ, HDF5, ARFF or CSV file, found a text file"});
  expectError(error("d.txt", "a,b\n1,0\n"),
              {"found a CSV file; name it '.csv'"});
  // What is no data at all is called by its name.
  expectError(error("d.csv", "\x08\x07\x12\x04test"),
              {"found an ONNX model; import it with mase-translate "
               "--import-onnx"});
  expectError(error("d.npy", "[passes.quantize]\nby = \"type\"\n"),
              {"expected an NPY file, found a TOML file; configurations go to "
               "config="});
  expectError(error("d.npz", "module {\n}\n"), {"found MLIR; mase-opt"});
  expectError(error("d.bin", "#include <cstdint>\n"), {"found CUDA or C"});
  expectError(error("d.pt", "PK\x03\x04____________net/data.pkl"),
              {"found a PyTorch checkpoint; export the model with "
               "torch.onnx.export"});
  expectError(error("d.h5", "\x1f\x8b\x08"), {"found a gzip file; unpack it"});
  expectError(error("d.npy", npy("<f4", "(4,)", std::string(16, '\0'))),
              {"expected an array of shape [n, features], found shape [4]; one "
               "sample is x.reshape(1, -1)"});
}

TEST(Dataset, SamplesOfAnyRank) {
  TemporaryFolder folder;
  auto data = readDataset(folder.write(
      "d.npy", npy("<f4", "(2, 1, 3)", bytesOf<float>({1, 2, 3, 4, 5, 6}))));
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->samples, 2);
  EXPECT_EQ(data->features, 3);
}

TEST(Dataset, DevicesAndPipes) {
  expectError(readDataset("/dev/zero").status(),
              {"cannot read '/dev/zero': expected a file or a pipe, found a "
               "device"});
  expectError(readDataset("/dev/null").status(), {"the file is empty"});
  TemporaryFolder folder;
  std::string pipe = folder.path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] {
    std::ofstream(pipe, std::ios::binary).write(x32().data(), x32().size());
  });
  auto data = readDataset(pipe);
  writer.join();
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->samples, 3);
}

TEST(Dataset, NonFinite) {
  TemporaryFolder folder;
  float inf = std::numeric_limits<float>::infinity();
  std::string nan = folder.write(
      "nan.npy", npy("<f4", "(2, 2)", bytesOf<float>({1, 2, NAN, 4})));
  expectError(readDataset(nan).status(),
              {"nan.npy': expected finite numbers, found nan in row 1, column "
               "0, both counted from 0; with allow-nonfinite"});
  expectError(
      readDataset(folder.write("inf.npy", npy("<f8", "(1, 2)",
                                              bytesOf<double>({1, -1e39}))))
          .status(),
      {"found -inf (or a number beyond the range of float32) in row 0, "
       "column 1"});
  std::string csv = folder.write("d.csv", "a,b,l\n1,2,0\n\n1,inf,0\n3,4,1\n");
  expectError(readDataset(csv).status(),
              {"d.csv:4:3: expected finite numbers, found inf"});
  // What is not taken is not looked at.
  DatasetOptions first;
  first.maxSamples = 1;
  EXPECT_TRUE(readDataset(nan, first).ok());
  EXPECT_TRUE(readDataset(csv, first).ok());
  DatasetOptions options;
  options.allowNonFinite = true;
  auto data = readDataset(csv, options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->x, (std::vector<float>{1, 2, 1, inf, 3, 4}));
  data = readDataset(nan, options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_TRUE(std::isnan(data->x[2]));
  // Labels are read whatever the features are.
  EXPECT_TRUE(readLabels(csv).ok());
  // Finite before the scaler, but not behind it.
  DatasetOptions scaled;
  scaled.scaler = Scaler{{0, 0}, {1, 1e-300}, {}};
  expectError(readDataset(folder.write("x.npy", x32()), scaled).status(),
              {"found inf", "after scaling in row 0, column 1"});
}

TEST(Dataset, NoSuchFile) {
  TemporaryFolder folder;
  std::string path = folder.path("d.npz");
  expectError(readDataset(path).status(),
              {"cannot read '" + path + "': no such file"});
  expectError(readLabels(path).status(), {"no such file"});
  expectError(readScaler(path).status(), {"no such file"});
  expectError(readDataset(folder.root).status(),
              {"expected a file, found a folder"});
  expectError(readDataset("").status(), {"is empty"});
  expectError(readDataset(llvm::StringRef("a\0b", 3)).status(), {"zero byte"});
}

TEST(Dataset, NoPermission) {
  if (geteuid() == 0)
    GTEST_SKIP() << "root may read everything";
  TemporaryFolder folder;
  std::string path = folder.write("x.npy", x32());
  chmod(path.c_str(), 0);
  expectError(readDataset(path).status(), {path, "permission denied"});
}

TEST(Dataset, StandardInput) {
  TemporaryFolder folder;
  int saved = dup(STDIN_FILENO);
  for (const std::string &content : {x32(), std::string("a,b,l\n1,2,3\n")}) {
    int file = open(folder.write("in", content).c_str(), O_RDONLY);
    dup2(file, STDIN_FILENO);
    close(file);
    auto data = readDataset("-");
    EXPECT_TRUE(data.ok()) << data.status().message();
    if (data.ok())
      EXPECT_EQ(data->features, 2);
  }
  int file = open(folder.write("in", "a,l\nb,1\n").c_str(), O_RDONLY);
  dup2(file, STDIN_FILENO);
  close(file);
  expectError(readDataset("-").status(), {"<stdin>:2:1: expected a number"});
  dup2(saved, STDIN_FILENO);
  close(saved);
}

TEST(Dataset, MaxSamples) {
  TemporaryFolder folder;
  for (const std::string &path :
       {folder.write("x.npy", x32()),
        folder.write("x.csv", "a,b,l\n1,2,0\n3,4,1\n5,6,2\n")}) {
    for (int64_t n : {0, 1, 3, 9}) {
      DatasetOptions options;
      options.maxSamples = n;
      auto data = readDataset(path, options);
      ASSERT_TRUE(data.ok()) << data.status().message();
      EXPECT_EQ(data->samples, std::min<int64_t>(n, 3));
      EXPECT_EQ(data->features, 2);
      EXPECT_EQ(int64_t(data->x.size()), 2 * data->samples);
    }
    DatasetOptions options;
    options.maxSamples = -1;
    expectError(readDataset(path, options).status(),
                {"expected a number of samples from 0, found -1"});
    expectError(readLabels(path, options).status(), {});
  }
}

TEST(Dataset, Labels) {
  TemporaryFolder folder;
  std::string path =
      folder.write("y.npy", npy("<i4", "(3,)", bytesOf<int32_t>({2, 0, 1})));
  auto labels = readLabels(path);
  ASSERT_TRUE(labels.ok()) << labels.status().message();
  EXPECT_EQ(labels->numbers, (std::vector<int32_t>{2, 0, 1}));
  DatasetOptions options;
  options.maxSamples = 2;
  EXPECT_EQ(readLabels(path, options)->numbers.size(), 2u);
  labels = readLabels(folder.write("y.csv", "a,l\n0,w\n"));
  ASSERT_TRUE(labels.ok()) << labels.status().message();
  EXPECT_EQ(labels->numbers, (std::vector<int32_t>{2}));
  expectError(readLabels(folder.write("x.npy", x32())).status(),
              {"expected class numbers of shape [n] or [n, 1], found shape "
               "[3, 2]; in NumPy y.argmax(axis=1)"});
  for (const std::string &file :
       {npy("<f4", "(3,)", bytesOf<float>({2, 0, 1})),
        npy("<f8", "(3, 1)", bytesOf<double>({2, 0, 1})),
        npy("|u1", "(3, 1)", std::string("\2\0\1", 3))}) {
    labels = readLabels(folder.write("y.npy", file));
    ASSERT_TRUE(labels.ok()) << labels.status().message();
    EXPECT_EQ(labels->numbers, (std::vector<int32_t>{2, 0, 1}));
  }
  labels = readLabels(folder.write("b.npy", npy("|b1", "(2,)", "\1\1")));
  ASSERT_TRUE(labels.ok()) << labels.status().message();
  EXPECT_EQ(labels->numbers, (std::vector<int32_t>{1, 1}));
  expectError(
      readLabels(folder.write("y.npy",
                              npy("<f4", "(3,)", bytesOf<float>({2, 2.5, 1}))))
          .status(),
      {"expected class numbers", "found 2.5 in row 1 (counted from 0)"});
  expectError(
      readLabels(folder.write("y.npy", npy("<f4", "(1,)", bytesOf<float>(NAN))))
          .status(),
      {"found nan in row 0"});
}

TEST(Dataset, Checks) {
  Dataset dataset;
  dataset.features = 16;
  dataset.sampleShape = {16};
  EXPECT_TRUE(checkSampleShape("x.npy", "--input", {16}, dataset).ok());
  expectError(checkSampleShape("x.npy", "--input", {7}, dataset),
              {"'x.npy': expected 7 features per sample, as many as the "
               "network has inputs, found 16; --input names the file"});
  dataset.featureNames.assign(16, "a");
  expectError(checkSampleShape("x.csv", "data=", {17}, dataset),
              {"the last column of a CSV file is the label; data= names"});
  expectError(checkSampleShape("x.csv", "data=", {15}, dataset),
              {"('a' to 'a') is an index or the label, leave it out"});
  // Particles of features, or all of them in a row.
  EXPECT_TRUE(checkSampleShape("x.csv", "data=", {8, 2}, dataset).ok());
  expectError(checkSampleShape("x.csv", "data=", {8, 3}, dataset),
              {"'x.csv': expected data of shape [n, 8, 3] (or flat, [n, 24]), "
               "as the network's input, found shape [n, 16]; data= names"});
  dataset.sampleShape = {8, 2};
  EXPECT_TRUE(checkSampleShape("x.npy", "data=", {8, 2}, dataset).ok());
  EXPECT_TRUE(checkSampleShape("x.npy", "data=", {16}, dataset).ok());
  expectError(checkSampleShape("x.npy", "data=", {2, 8}, dataset),
              {"expected data of shape [n, 2, 8] (or flat, [n, 16]), as the "
               "network's input, found shape [n, 8, 2]"});
  expectError(checkSampleShape("x.npy", "data=", {15}, dataset),
              {"expected data of shape [n, 15], as the network's input, found "
               "shape [n, 8, 2]"});
  EXPECT_TRUE(checkLabels("y.npy", {0, 4}, 2, 5).ok());
  expectError(checkLabels("y.npy", {0, 4}, 3, 5),
              {"expected 3 labels", "found 2"});
  EXPECT_TRUE(checkLabels("y.npy", {0, 1}, 2, 1).ok());
  expectError(
      checkLabels("y.npy", {0, 2}, 2, 1),
      {"'y.npy': expected labels from 0 to 1 (a network with one result "
       "tells two classes apart), found 2 in row 1 (counted from 0)"});
  expectError(checkLabels("y.npy", {0, 5}, 2, 5),
              {"'y.npy': expected labels from 0 to 4 (5 classes), found 5 in "
               "row 1"});
  expectError(checkLabels("-", {-1}, 1, 5),
              {"standard input: ", "found -1 in row 0"});
}

TEST(Scaler, RoundsOnce) {
  TemporaryFolder folder;
  auto scaler = readScaler(folder.write(
      "s.json",
      R"({"mean": [0.1, -2], "scale": [3, 0.5], "features": ["a", "b"]})"));
  ASSERT_TRUE(scaler.ok()) << scaler.status().message();
  DatasetOptions options;
  options.scaler = *scaler;
  auto data =
      readDataset(folder.write("x.csv", "a,j_b,l\n1,2,0\n3,4,0\n"), options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->x, (std::vector<float>{float((1 - 0.1) / 3), 8,
                                         float((3 - 0.1) / 3), 12}));
  expectError(
      readDataset(folder.write("z.csv", "b,a,l\n1,2,0\n"), options).status(),
      {"z.csv'", "feature 0", "to be 'a', found 'b'"});
  expectError(readDataset(folder.write("z.csv", "b,a,c,l\n1,2,3,0\n"), options)
                  .status(),
              {"z.csv'", "expected a scaler for 3 features, found one for 2"});
}

TEST(Scaler, BadFiles) {
  TemporaryFolder folder;
  auto error = [&](const std::string &text) {
    return readScaler(folder.write("s.json", text)).status();
  };
  expectError(error(""), {"s.json'", "expected JSON"});
  expectError(error("{\"mean\": [1,}"), {"expected JSON"});
  expectError(error("[1]"), {"expected an object"});
  expectError(error(R"({"means": [1], "scale": [1]})"),
              {"expected a key 'mean', found none; valid: 'means', 'scale'"});
  expectError(error(R"({"mean": 1, "scale": [1]})"), {"list of numbers"});
  expectError(error(R"({"mean": [1, "a"], "scale": [1]})"), {"'mean'[1]"});
  expectError(error(R"({"mean": [1, 2], "scale": [1]})"),
              {"of one length, found 2 and 1"});
  expectError(error(R"({"mean": [1], "scale": [0]})"), {"'scale'[0]"});
  expectError(error(R"({"mean": [1], "scale": [1e999]})"), {"expected"});
  // As Python writes them.
  expectError(error(R"({"mean": [1, NaN], "scale": [1, 1]})"),
              {"expected a finite number for 'mean'[1], found 'NaN'"});
  expectError(error(R"({"features": ["\"NaN"], "mean": [-Infinity]})"),
              {"for 'mean'[0], found '-Infinity'"});
  expectError(error("\x93NUMPY\x01"),
              {"expected a scaler, a JSON file with "
               "'mean' and 'scale', found an NPY file"});
  expectError(error(R"({"mean": [1], "scale": [1], "features": ["a", "b"]})"),
              {"list of 1 names", "found 2"});
  expectError(error(R"({"mean": [1], "scale": [1], "features": [1]})"),
              {"expected a name for 'features'[0]"});
  // So deep that a recursive parser would run out of stack.
  expectError(error(std::string(1000000, '[')), {"nested more than 100 deep"});
}

TEST(Jets, ShippedFiles) {
  TemporaryFolder folder;
  std::string path = folder.write("mine.h5", "x");
  setenv("MASE_DATA_DIR", folder.root.c_str(), 1);
  auto found = findShippedFile("mine.h5");
  absl::Status missing = findShippedFile("missing.h5").status();
  unsetenv("MASE_DATA_DIR");
  ASSERT_TRUE(found.ok()) << found.status().message();
  EXPECT_EQ(*found, path);
  expectError(missing, {"'missing.h5'", folder.root, "share/mase-opt",
                        "examples/jsc/data", "MASE_DATA_DIR"});
}

TEST(Jets, ShippedJets) {
  if (!findShippedFile("validation.h5").ok() ||
      !findShippedFile("scaler.json").ok())
    GTEST_SKIP() << "the jets that ship with the project are not here";
  auto jets = readShippedJets();
  ASSERT_TRUE(jets.ok()) << jets.status().message();
  EXPECT_EQ(jets->samples, 10000);
  EXPECT_EQ(jets->features, 16);
  EXPECT_TRUE(checkLabels("validation.h5", jets->labels, 10000, 5).ok());
  // Standardised: of the same kind as the training jets.
  double sum = 0, squares = 0;
  for (float x : jets->x) {
    sum += x;
    squares += double(x) * x;
  }
  EXPECT_NEAR(sum / jets->x.size(), 0, 0.05);
  EXPECT_NEAR(squares / jets->x.size(), 1, 0.1);
}

// Real jets, where they are at hand.
TEST(Jets, RealJets) {
  const char *shared = std::getenv("MASE_SHARED");
  std::string path = std::string(shared ? shared : MASE_SHARED_DEFAULT) +
                     "/data/jsc_real_1000.csv";
  if (!llvm::sys::fs::exists(path))
    GTEST_SKIP() << "no real jets: set MASE_SHARED";
  auto jets = readDataset(path);
  ASSERT_TRUE(jets.ok()) << jets.status().message();
  EXPECT_EQ(jets->samples, 1000);
  EXPECT_EQ(llvm::ArrayRef(jets->featureNames), jetFeatureNames());
  std::vector<int> counts(5);
  for (int32_t label : jets->labels)
    ++counts.at(label);
  EXPECT_EQ(counts, (std::vector<int>{219, 216, 182, 192, 191}));
}
