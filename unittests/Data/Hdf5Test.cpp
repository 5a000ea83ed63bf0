// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// HDF5 files in the layout of the public jet data, made here with the library.
#include "mase/Data/Dataset.h"
#include "mase/Data/Jets.h"

#include "TestFiles.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <functional>
#include <hdf5.h>
#include <tuple>

using namespace mase;
using namespace mase::testing;

namespace {

struct Column {
  std::string name;
  hid_t type;
};

/// What a test file holds.
struct Table {
  std::string name = "t_allpar_new";
  std::vector<Column> columns;
  std::vector<hsize_t> shape; // of the dataset
  hsize_t chunk = 0;          // 0: not chunked
  bool gzip = false;
  /// The value of a column in a row.
  std::function<double(hsize_t, const std::string &)> value;
};

} // namespace

/// Feature number i of jet r is r + i / 32, its class is r % 5.
static double jetValue(hsize_t row, const std::string &column) {
  llvm::StringRef name = llvm::StringRef(column).drop_front(2);
  for (auto [i, feature] : llvm::enumerate(jetFeatureNames()))
    if (name == feature)
      return row + i / 32.0;
  for (auto [c, label] : llvm::enumerate(jetClassNames()))
    if (name == label)
      return row % 5 == c;
  return 42;
}

/// All columns that are needed, classes first, and others between: the reader
/// goes by name. The types differ, too.
static Table jets(hsize_t rows) {
  Table table;
  table.shape = {rows};
  table.value = jetValue;
  hid_t classTypes[] = {H5T_NATIVE_UINT8, H5T_NATIVE_INT64, H5T_NATIVE_FLOAT,
                        H5T_NATIVE_DOUBLE, H5T_STD_I16BE};
  for (auto [c, label] : llvm::enumerate(jetClassNames()))
    table.columns.push_back({"j_" + label, classTypes[c]});
  table.columns.push_back({"j_undef", H5T_NATIVE_INT32});
  for (auto [i, feature] : llvm::enumerate(llvm::reverse(jetFeatureNames())))
    table.columns.push_back({"j_" + feature, i % 3 == 0   ? H5T_NATIVE_FLOAT
                                             : i % 3 == 1 ? H5T_NATIVE_DOUBLE
                                                          : H5T_IEEE_F32BE});
  return table;
}

static void write(const std::string &path, const Table &table) {
  hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  size_t width = 0;
  for (const Column &column : table.columns)
    width += H5Tget_size(column.type);
  hid_t type = H5Tcreate(H5T_COMPOUND, width);
  hid_t memory = H5Tcreate(H5T_COMPOUND, table.columns.size() * sizeof(double));
  size_t offset = 0;
  for (auto [i, column] : llvm::enumerate(table.columns)) {
    H5Tinsert(type, column.name.c_str(), offset, column.type);
    H5Tinsert(memory, column.name.c_str(), i * sizeof(double),
              H5T_NATIVE_DOUBLE);
    offset += H5Tget_size(column.type);
  }
  hid_t space =
      H5Screate_simple(table.shape.size(), table.shape.data(), nullptr);
  hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  if (table.chunk)
    H5Pset_chunk(list, 1, &table.chunk);
  if (table.gzip)
    H5Pset_deflate(list, 6);
  hid_t dataset = H5Dcreate2(file, table.name.c_str(), type, space, H5P_DEFAULT,
                             list, H5P_DEFAULT);
  std::vector<double> values;
  for (hsize_t row = 0; row < table.shape[0]; ++row)
    for (const Column &column : table.columns)
      values.push_back(table.value(row, column.name));
  if (table.shape.size() == 1 && !values.empty())
    H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  H5Dclose(dataset);
  H5Pclose(list);
  H5Sclose(space);
  H5Tclose(memory);
  H5Tclose(type);
  H5Fclose(file);
}

static absl::StatusOr<Dataset> read(const Table &table,
                                    const DatasetOptions &options = {}) {
  TemporaryFolder folder;
  write(folder.path("d.h5"), table);
  return readDataset(folder.path("d.h5"), options);
}

static void checkJets(const Dataset &data, int64_t samples) {
  ASSERT_EQ(data.samples, samples);
  ASSERT_EQ(data.features, 16);
  ASSERT_EQ(data.x.size(), size_t(samples * 16));
  ASSERT_EQ(data.labels.size(), size_t(samples));
  for (int64_t row = 0; row < samples; ++row) {
    EXPECT_EQ(data.labels[row], row % 5);
    for (int64_t i = 0; i < 16; ++i)
      EXPECT_EQ(data.x[row * 16 + i], float(row + i / 32.0));
  }
}

TEST(Hdf5, ColumnsByName) {
  auto data = read(jets(7));
  ASSERT_TRUE(data.ok()) << data.status().message();
  checkJets(*data, 7);
  EXPECT_EQ(data->featureNames.front(), "zlogz");
  EXPECT_EQ(data->featureNames.back(), "multiplicity");
}

TEST(Hdf5, ManyRowsChunkedAndCompressed) {
  // More than are read at once.
  Table table = jets(40000);
  table.chunk = 1000;
  table.gzip = true;
  auto data = read(table);
  ASSERT_TRUE(data.ok()) << data.status().message();
  checkJets(*data, 40000);
  DatasetOptions options;
  options.maxSamples = 20001;
  data = read(table, options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  checkJets(*data, 20001);
}

TEST(Hdf5, NoRows) {
  auto data = read(jets(0));
  ASSERT_TRUE(data.ok()) << data.status().message();
  checkJets(*data, 0);
}

TEST(Hdf5, KnownByItsBytes) {
  TemporaryFolder folder;
  write(folder.path("jets.csv"), jets(3));
  auto data = readDataset(folder.path("jets.csv"));
  ASSERT_TRUE(data.ok()) << data.status().message();
  checkJets(*data, 3);
}

TEST(Hdf5, TruncatedAnywhere) {
  TemporaryFolder folder;
  Table table = jets(9);
  table.chunk = 4;
  table.gzip = true;
  write(folder.path("d.h5"), table);
  std::string file = folder.read("d.h5");
  for (size_t size = 0; size < file.size();
       size += size < 128 || file.size() - size < 64 ? 1 : 61)
    expectError(
        readDataset(folder.write("t.h5", file.substr(0, size))).status(),
        {"cannot read", "t.h5'"});
}

TEST(Hdf5, Dataset) {
  Table table = jets(1);
  table.name = "t_allpar";
  expectError(read(table).status(),
              {"expected a member 'x'", "found 't_allpar' (jets are in a "
                                        "dataset 't_allpar_new')"});
  table = jets(1);
  table.shape = {1, 1};
  expectError(read(table).status(), {"one dimension, found 2"});

  TemporaryFolder folder;
  std::string path = folder.path("d.h5");
  hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  hsize_t rows = 3;
  hid_t space = H5Screate_simple(1, &rows, nullptr);
  H5Dclose(H5Dcreate2(file, "t_allpar_new", H5T_NATIVE_FLOAT, space,
                      H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Sclose(space);
  H5Fclose(file);
  expectError(readDataset(path).status(), {"compound type"});

  // A group in its place.
  file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Gclose(
      H5Gcreate2(file, "t_allpar_new", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Fclose(file);
  expectError(readDataset(path).status(), {"cannot open dataset"});
}

TEST(Hdf5, Columns) {
  Table table = jets(2);
  for (Column &column : table.columns) {
    if (column.name == "j_zlogz")
      column.name = "j_zlogs";
    if (column.name == "j_t")
      column.name = "j_top";
  }
  expectError(read(table).status(),
              {"has no columns 'j_zlogz', 'j_t'", "nearest: 'j_zlogs'"});

  table = jets(0);
  hsize_t pair = 2;
  hid_t array = H5Tarray_create2(H5T_NATIVE_FLOAT, 1, &pair);
  for (Column &column : table.columns)
    if (column.name == "j_mass_mmdt")
      column.type = array;
  expectError(read(table).status(),
              {"expected numbers in column 'j_mass_mmdt'"});
  H5Tclose(array);
}

// HDF5 itself would read beyond the row there.
TEST(Hdf5, ColumnOutsideItsRow) {
  TemporaryFolder folder;
  write(folder.path("d.h5"), jets(3));
  std::string file = folder.read("d.h5");
  // In the file a column's name, padded to 8 bytes, stands before its offset.
  size_t name = file.find(std::string("j_undef\0", 8));
  ASSERT_NE(name, std::string::npos);
  file.replace(name + 8, 4, bytesOf<uint32_t>(0x7ffffff0));
  expectError(readDataset(folder.write("d.h5", file)).status(),
              {"a column is outside its row"});
}

// HDF5 1.10 would write such a number beyond its place on the stack.
TEST(Hdf5, PrecisionBeyondItsBytes) {
  TemporaryFolder folder;
  write(folder.path("d.h5"), jets(3));
  std::string file = folder.read("d.h5");
  // In a column's type, behind its name: bytes, bit offset, precision.
  size_t name = file.find(std::string("j_q\0", 4));
  ASSERT_NE(name, std::string::npos);
  std::string type = bytesOf<uint32_t>(8) + bytesOf<uint16_t>({0, 64});
  size_t at = file.find(type, name);
  ASSERT_LT(at, name + 64);
  file.replace(at, type.size(),
               bytesOf<uint32_t>(8) + bytesOf<uint16_t>({0, 32776}));
  expectError(readDataset(folder.write("d.h5", file)).status(),
              {"cannot read", "damaged"});
}

/// A file with two arrays of doubles.
static void writeArrays(const std::string &path, const std::string &xName,
                        std::vector<hsize_t> xShape,
                        const std::vector<double> &x, const std::string &yName,
                        std::vector<hsize_t> yShape,
                        const std::vector<double> &y) {
  hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  for (auto [name, shape, data] :
       {std::tuple(xName, xShape, x), std::tuple(yName, yShape, y)}) {
    hid_t space = H5Screate_simple(shape.size(), shape.data(), nullptr);
    hid_t dataset = H5Dcreate2(file, name.c_str(), H5T_IEEE_F64LE, space,
                               H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (!data.empty())
      H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
               data.data());
    H5Dclose(dataset);
    H5Sclose(space);
  }
  H5Fclose(file);
}

TEST(Hdf5, Arrays) {
  TemporaryFolder folder;
  std::string path = folder.path("d.h5");
  writeArrays(path, "x", {3, 1, 2}, {1, 2, 3, 4, 5, 6}, "y", {3, 1}, {2, 0, 1});
  auto data = readDataset(path);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->samples, 3);
  EXPECT_EQ(data->features, 2);
  EXPECT_EQ(data->x, (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(data->labels, (std::vector<int32_t>{2, 0, 1}));
  DatasetOptions options;
  options.maxSamples = 2;
  data = readDataset(path, options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->x, (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(data->labels, (std::vector<int32_t>{2, 0}));

  writeArrays(path, "features", {1, 1}, {1}, "labels", {1}, {2.5});
  expectError(readDataset(path).status(),
              {"(dataset 'labels')", "found 2.5 in row 0"});
  writeArrays(path, "x", {1, 1}, {1}, "y", {2}, {0, 1});
  expectError(readDataset(path).status(), {"expected 1 labels", "found 2"});
  writeArrays(path, "x", {1}, {1}, "y", {1}, {0});
  expectError(readDataset(path).status(),
              {"(dataset 'x')", "[n, features], found shape [1]"});
  writeArrays(path, "x", {0, 5}, {}, "y", {0}, {});
  data = readDataset(path);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_TRUE(data->labelled);
  EXPECT_EQ(data->features, 5);
}

TEST(Hdf5, EveryByteDamaged) {
  TemporaryFolder folder;
  std::string path = folder.path("d.h5");
  writeArrays(path, "x", {2, 2}, {1, 2, 3, 4}, "y", {2}, {0, 1});
  std::string file = folder.read("d.h5");
  // An answer, no crash: every fifth byte that is not 0. (More of them:
  // test/Robustness.)
  for (size_t at = 0, seen = 0; at < file.size(); ++at) {
    if (file[at] == 0 || ++seen % 5 != 0)
      continue;
    std::string damaged = file;
    damaged[at] ^= char(0xff);
    auto data = readDataset(folder.write("t.h5", damaged));
    if (!data.ok())
      expectError(data.status(), {"t.h5'"});
  }
}

TEST(Hdf5, OneHot) {
  auto with = [](const std::string &changed, double value) {
    Table table = jets(9);
    table.value = [=](hsize_t row, const std::string &column) {
      return row == 6 && column == changed ? value : jetValue(row, column);
    };
    return read(table).status();
  };
  expectError(with("j_q", 0), {"0 in all of them in row 6"});
  expectError(with("j_w", 1), {"1 in 'j_q' and 'j_w' in row 6"});
  expectError(with("j_z", 0.5), {"0 or 1 in column 'j_z', found 0.5 in row 6"});
  expectError(with("j_z", NAN), {"column 'j_z', found nan in row 6"});
  EXPECT_TRUE(with("j_undef", 7).ok());
}

/// Makes the dataset with its columns as doubles, and writes no rows.
static void writeEmpty(const std::string &path, hsize_t rows, hid_t list) {
  std::vector<Column> columns = jets(0).columns;
  hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  hid_t type = H5Tcreate(H5T_COMPOUND, columns.size() * sizeof(double));
  for (auto [i, column] : llvm::enumerate(columns))
    H5Tinsert(type, column.name.c_str(), i * sizeof(double), H5T_NATIVE_DOUBLE);
  hid_t space = H5Screate_simple(1, &rows, nullptr);
  H5Dclose(H5Dcreate2(file, "t_allpar_new", type, space, H5P_DEFAULT, list,
                      H5P_DEFAULT));
  H5Sclose(space);
  H5Tclose(type);
  H5Fclose(file);
}

TEST(Hdf5, ClaimedRows) {
  // 2^50 rows, none of them in the file.
  TemporaryFolder folder;
  std::string path = folder.path("d.h5");
  hsize_t chunk = 16;
  hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(list, 1, &chunk);
  writeEmpty(path, hsize_t(1) << 50, list);
  H5Pclose(list);
  expectError(readDataset(path).status(), {"cannot hold", "1125899906842624"});
}

// A filter that the writer had and the reader lacks, as Blosc would be.
TEST(Hdf5, UnknownFilter) {
  static const H5Z_class2_t filter = {H5Z_CLASS_T_VERS,
                                      32001,
                                      1,
                                      1,
                                      "blosc",
                                      nullptr,
                                      nullptr,
                                      [](unsigned, size_t, const unsigned *,
                                         size_t bytes, size_t *,
                                         void **) { return bytes; }};
  ASSERT_GE(H5Zregister(&filter), 0);
  TemporaryFolder folder;
  std::string path = folder.path("d.h5");
  hsize_t chunk = 1;
  hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(list, 1, &chunk);
  H5Pset_filter(list, 32001, H5Z_FLAG_MANDATORY, 0, nullptr);
  writeEmpty(path, 1, list);
  H5Pclose(list);
  H5Zunregister(32001);
  expectError(readDataset(path).status(),
              {"compressed with filter 'blosc' (32001)", "gzip"});
}

/// The attribute or dataset `name` of texts, of `size` bytes each, or of any.
static void addNames(const std::string &path, const char *dataset,
                     const char *name, llvm::ArrayRef<const char *> names,
                     size_t size) {
  hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, size ? size : H5T_VARIABLE);
  H5Tset_strpad(type, size ? H5T_STR_NULLPAD : H5T_STR_NULLTERM);
  H5Tset_cset(type, H5T_CSET_UTF8);
  hsize_t count = names.size();
  hid_t space = H5Screate_simple(1, &count, nullptr);
  std::string bytes;
  for (llvm::StringRef text : names)
    bytes += text.str() + std::string(size ? size - text.size() : 0, '\0');
  const void *data =
      size ? static_cast<const void *>(bytes.data()) : names.data();
  if (dataset) {
    hid_t of = H5Dopen2(file, dataset, H5P_DEFAULT);
    hid_t attribute =
        H5Acreate2(of, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, type, data);
    H5Aclose(attribute);
    H5Dclose(of);
  } else {
    hid_t own = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT,
                           H5P_DEFAULT);
    H5Dwrite(own, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    H5Dclose(own);
  }
  H5Sclose(space);
  H5Tclose(type);
  H5Fclose(file);
}

TEST(Hdf5, ClassesByName) {
  TemporaryFolder folder;
  DatasetOptions options;
  options.classNames = {"tau", "mu", "e"};
  for (size_t size : {0, 3, 7})
    for (const char *dataset : {"y", static_cast<const char *>(nullptr)}) {
      std::string path = folder.path("d.h5");
      writeArrays(path, "x", {3, 1}, {1, 2, 3}, "y", {3}, {2, 0, 1});
      addNames(path, dataset, "classes", {"e", "mu", "tau"}, size);
      auto data = readDataset(path, options);
      ASSERT_TRUE(data.ok()) << data.status().message();
      EXPECT_EQ(data->labels, (std::vector<int32_t>{0, 2, 1}));
      data = readDataset(path);
      ASSERT_TRUE(data.ok()) << data.status().message();
      EXPECT_EQ(data->classNames, (std::vector<std::string>{"e", "mu", "tau"}));
      EXPECT_EQ(data->labels, (std::vector<int32_t>{2, 0, 1}));
      EXPECT_EQ(data->warnings.size(), 1u);
    }
  options.classNames = {"mu", "e"};
  expectError(readDataset(folder.path("d.h5"), options).status(),
              {"d.h5' (dataset 'classes'): unknown class 'tau'"});
}

TEST(Hdf5, JetsByName) {
  DatasetOptions options;
  options.classNames = {"g", "q", "t", "w", "z"}; // OpenML's order
  auto data = read(jets(5), options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  EXPECT_EQ(data->labels, (std::vector<int32_t>{0, 1, 3, 4, 2}));
  EXPECT_EQ(data->sampleShape, std::vector<int64_t>{16});
}
