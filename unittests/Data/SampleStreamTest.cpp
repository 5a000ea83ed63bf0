// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samples in blocks: the same ones as at once, each once, from every format and
// in any number of threads.
#include "mase/Data/SampleStream.h"

#include "Zip.h"

#include "mase/Data/Jets.h"

#include <cmath>
#include <limits>
#include <mutex>

using namespace mase;
using namespace mase::testing;

namespace {

/// Keeps all samples.
class Collector : public SampleSink {
public:
  explicit Collector(unsigned jobs, int64_t group) : jobs(jobs), group(group) {}

  absl::StatusOr<int64_t> begin(const SampleHeader &found) override {
    ++begun;
    header = found;
    return group;
  }
  absl::Status take(unsigned job, int64_t first, int64_t count,
                    llvm::ArrayRef<float> rows) override {
    std::lock_guard lock(mutex);
    EXPECT_LT(job, jobs);
    EXPECT_GT(count, 0);
    EXPECT_EQ(int64_t(rows.size()), count * header.features);
    x.resize(std::max(x.size(), size_t(first * header.features + rows.size())));
    std::copy(rows.begin(), rows.end(), x.begin() + first * header.features);
    blocks.push_back({first, count});
    return failAt >= first && failAt < first + count
               ? absl::InvalidArgumentError("sample " + std::to_string(failAt))
               : absl::OkStatus();
  }

  /// All samples came once, in blocks of whole groups.
  void expectAll(int64_t samples) {
    EXPECT_EQ(begun, 1);
    std::sort(blocks.begin(), blocks.end());
    int64_t next = 0;
    for (auto [first, count] : blocks) {
      EXPECT_EQ(first, next);
      next = first + count;
      EXPECT_TRUE(count % group == 0 || next == samples) << count;
    }
    EXPECT_EQ(next, samples);
  }

  unsigned jobs;
  int64_t group;
  int begun = 0;
  SampleHeader header = {0, 0, false};
  std::mutex mutex;
  std::vector<float> x;
  std::vector<std::pair<int64_t, int64_t>> blocks;
  int64_t failAt = -1;
};

std::vector<float> values(int64_t count) {
  std::vector<float> x(count);
  for (int64_t i = 0; i < count; ++i)
    x[i] = float((i * 7919) % 4001 - 2000) / 512;
  return x;
}

/// Rows of 16 features with labels, as text.
std::string rowsText(int rows) {
  std::vector<float> x = values(16 * rows);
  std::string text;
  for (int row = 0; row < rows; ++row) {
    for (int i = 0; i < 16; ++i)
      text += std::to_string(x[16 * row + i]) + ",";
    text += std::to_string(row % 3) + "\n";
  }
  return text;
}

class SampleStream : public ::testing::Test {
protected:
  DataOptions optionsFor(const std::string &path) {
    DataOptions options;
    options.data = path;
    options.option = "--input";
    return options;
  }

  /// Streamed in several ways, the data are what they are at once.
  void compare(const DataOptions &options, const DataTarget &target,
               bool isCounted) {
    SCOPED_TRACE(options.data);
    absl::StatusOr<Dataset> expected = readSamples(options, target);
    ASSERT_TRUE(expected.ok()) << expected.status().message();
    for (unsigned jobs : {1, 2, 5})
      for (int64_t group : {1, 64, 100000}) {
        Collector sink(jobs, group);
        absl::StatusOr<Dataset> data =
            streamSamples(options, target, jobs, sink);
        ASSERT_TRUE(data.ok()) << data.status().message();
        EXPECT_EQ(sink.header.samples, isCounted ? expected->samples : -1);
        EXPECT_EQ(sink.header.features, expected->features);
        EXPECT_EQ(sink.header.labelled, expected->labelled);
        sink.expectAll(expected->samples);
        EXPECT_EQ(sink.x, expected->x);
        EXPECT_TRUE(data->x.empty());
        EXPECT_EQ(data->samples, expected->samples);
        EXPECT_EQ(data->labels, expected->labels);
        EXPECT_EQ(data->classNames, expected->classNames);
        EXPECT_EQ(data->warnings, expected->warnings);
      }
  }

  absl::Status error(const DataOptions &options, unsigned jobs = 1,
                     int64_t failAt = -1) {
    Collector sink(jobs, 16);
    sink.failAt = failAt;
    return streamSamples(options, {{16}, {}}, jobs, sink).status();
  }

  TemporaryFolder folder;
};

} // namespace

TEST_F(SampleStream, IsWhatOneReadsAtOnce) {
  const int64_t n = 1001;
  std::vector<float> x = values(16 * n);
  std::vector<double> wide(x.begin(), x.end());
  const std::string shape = "(" + std::to_string(n) + ", 16)",
                    scaler = folder.write(
                        "s.json", R"({"mean": [0,1,2,3,4,5,6,7,8,9,1,1,1,1,1,1],
                          "scale": [2,2,2,2,2,2,2,3,3,3,3,3,3,3,3,3]})");
  std::vector<float> turned;
  for (int64_t i = 0; i < 16; ++i)
    for (int64_t row = 0; row < n; ++row)
      turned.push_back(x[row * 16 + i]);
  std::vector<int64_t> labels;
  for (int64_t row = 0; row < n; ++row)
    labels.push_back(row % 5);
  struct File {
    const char *name;
    std::string content;
    bool isCounted;
  } files[] = {
      {"f4.npy", npy("<f4", shape, bytesOf(x)), true},
      {"f8.npy", npy("<f8", shape, bytesOf(wide)), true},
      {"turned.npy", npy("<f4", shape, bytesOf(turned), 1, true), true},
      {"x.npz",
       Zip()
           .add("x.npy", npy("<f4", shape, bytesOf(x)))
           .add("y.npy", npy("<i8", "(1001,)", bytesOf(labels)))
           .bytes(),
       true},
      {"turned.npz",
       Zip().add("x.npy", npy("<f4", shape, bytesOf(turned), 1, true)).bytes(),
       true},
      {"x.csv", "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,label\n" + rowsText(n), false},
      {"none.npy", npy("<f4", "(0, 16)", ""), true},
      {"none.csv", "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,label\n", false},
  };
  for (const File &file : files)
    for (bool scaled : {false, true}) {
      DataOptions options = optionsFor(folder.write(file.name, file.content));
      options.mayBeEmpty = true;
      if (scaled)
        options.scaler = scaler;
      compare(options, {{16}, {}}, file.isCounted);
    }
}

TEST_F(SampleStream, Hdf5InAProcessOfItsOwn) {
  absl::StatusOr<std::string> jets = findShippedFile("test.h5");
  ASSERT_TRUE(jets.ok());
  compare(optionsFor(*jets), {{16}, {}}, true);
}

/// More than one block for each thread.
TEST_F(SampleStream, ManyBlocks) {
  const int64_t n = 2001, width = 1000;
  compare(optionsFor(folder.write(
              "x.npy", npy("<f4", "(2001, 1000)", bytesOf(values(n * width))))),
          {{width}, {}}, true);
}

TEST_F(SampleStream, PartOfAFile) {
  DataOptions options = optionsFor(
      "{file = \"" +
      folder.write("x.npy",
                   npy("<f4", "(1001, 16)", bytesOf(values(16 * 1001)))) +
      "\", split = \"test\", scaler_split = \"train\", fractions = {train = "
      "0.5, test = 0.25}}");
  compare(options, {{16}, {}}, true);
  options = optionsFor(folder.path("x.npy"));
  options.samples = 7;
  compare(options, {{16}, {}}, true);
}

/// Whatever the threads do.
TEST_F(SampleStream, TheFirstRowIsTheError) {
  const int64_t n = 3000;
  std::vector<float> x = values(16 * n);
  for (int64_t row : {1600, 1601, 2000, 2999})
    x[16 * row + 5] = std::nanf("");
  DataOptions options =
      optionsFor(folder.write("x.npy", npy("<f4", "(3000, 16)", bytesOf(x))));
  for (unsigned jobs : {1, 2, 3, 8})
    for (int turn = 0; turn < 10; ++turn) {
      expectError(error(options, jobs),
                  {"x.npy': expected finite numbers, found nan in row 1600, "
                   "column 5, both counted from 0"});
      // The sink's own comes first where its sample does.
      expectError(error(options, jobs, 300), {"sample 300"});
      expectError(error(options, jobs, 2500), {"found nan in row 1600"});
    }
  options.allowNonFinite = true;
  EXPECT_TRUE(error(options, 3).ok());
  expectError(error(options, 3, 2999), {"sample 2999"});
}

TEST_F(SampleStream, ErrorsAsAtOnce) {
  std::vector<float> x = values(16 * 100);
  x[16 * 90 + 2] = 3e38f;
  std::string path = folder.write("x.npy", npy("<f4", "(100, 16)", bytesOf(x)));
  DataOptions options = optionsFor(path);
  options.scaler =
      folder.write("s.json", R"({"mean": [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],
        "scale": [1,1,0.125,1,1,1,1,1,1,1,1,1,1,1,1,1]})");
  for (unsigned jobs : {1, 2}) {
    expectError(error(options, jobs),
                {"found inf (or a number beyond the range of float32) after "
                 "scaling in row 90, column 2"});
    EXPECT_EQ(error(options, jobs), readSamples(options, {{16}, {}}).status());
  }
  options.scaler = folder.write("s2.json", R"({"mean": [1], "scale": [1]})");
  EXPECT_EQ(error(options), readSamples(options, {{16}, {}}).status());
  options = optionsFor(
      folder.write("short.npy", folder.read("x.npy").substr(0, 3000)));
  EXPECT_EQ(error(options), readSamples(options, {{16}, {}}).status());
  options = optionsFor(folder.write(
      "wide.npy", npy("<f4", "(100, 8, 2)", bytesOf(values(1600)))));
  EXPECT_TRUE(error(options).ok());
  options = optionsFor(folder.write(
      "narrow.npy", npy("<f4", "(200, 8)", bytesOf(values(1600)))));
  EXPECT_EQ(error(options), readSamples(options, {{16}, {}}).status());
  options = optionsFor(folder.write("none.npy", npy("<f4", "(0, 16)", "")));
  expectError(error(options), {"expected at least one sample, found none"});
  options.samples = -1;
  EXPECT_EQ(error(options), readSamples(options, {{16}, {}}).status());
}

/// Where begin() says no, nothing is read.
TEST_F(SampleStream, BeginMayRefuse) {
  class Refuses : public SampleSink {
  public:
    absl::StatusOr<int64_t> begin(const SampleHeader &) override {
      return absl::InvalidArgumentError("no");
    }
    absl::Status take(unsigned, int64_t, int64_t,
                      llvm::ArrayRef<float>) override {
      ADD_FAILURE() << "called";
      return absl::OkStatus();
    }
  } sink;
  for (const std::string &data :
       {folder.write("x.npy", npy("<f4", "(3, 1)", bytesOf<float>({1, 2, 3}))),
        folder.write("x.csv", "a,label\n1,0\n")})
    expectError(streamSamples(optionsFor(data), {{1}, {}}, 2, sink).status(),
                {"no"});
}
