// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// HDF5 files in the layout of the public jet data: one dataset of compound
// type, a float column per feature, a one-hot column per class.
#include "Hdf5.h"

#include "mase/Data/Jets.h"
#include "mase/Support/NearestNames.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cstring>

namespace mase {

static constexpr const char *kDataset = "t_allpar_new";
/// Rows read at once: bounds the memory that a file can claim without having
/// the data.
static constexpr hsize_t kBlock = 16384;

/// The members of the compound type by name; those that are no numbers in
/// `others`.
static std::vector<std::string> columnNames(hid_t type,
                                            std::vector<std::string> &others) {
  std::vector<std::string> names;
  int count = H5Tget_nmembers(type);
  for (int i = 0; i < count; ++i) {
    char *name = H5Tget_member_name(type, i);
    if (!name)
      continue;
    H5T_class_t kind = H5Tget_member_class(type, i);
    bool number = kind == H5T_INTEGER || kind == H5T_FLOAT || kind == H5T_ENUM;
    (number ? names : others).push_back(escaped(name));
    H5free_memory(name);
  }
  return names;
}

/// The columns that are needed: features, then classes.
static const std::vector<std::string> &wantedColumns() {
  static const std::vector<std::string> columns = [] {
    std::vector<std::string> names;
    for (const std::string &feature : jetFeatureNames())
      names.push_back("j_" + feature);
    for (const std::string &label : jetClassNames())
      names.push_back("j_" + label);
    return names;
  }();
  return columns;
}

/// HDF5 believes a damaged file's offsets and reads beyond the record.
static bool membersFit(hid_t type) {
  int count = H5Tget_nmembers(type);
  for (int i = 0; i < count; ++i) {
    Hdf5Handle member(H5Tget_member_type(type, i), H5Tclose);
    size_t size = H5Tget_size(type), part = H5Tget_size(member);
    if (part > size || H5Tget_member_offset(type, i) > size - part)
      return false;
  }
  return true;
}

static absl::Status checkColumns(hid_t type, const std::string &name) {
  if (!membersFit(type))
    return readError(name, std::string("dataset '") + kDataset +
                               "' is damaged: a column is outside its row");
  std::vector<std::string> others;
  std::vector<std::string> found = columnNames(type, others);
  std::vector<std::string> missing; // in quotes
  std::string first;
  for (const std::string &column : wantedColumns()) {
    if (llvm::is_contained(others, column))
      return readError(name, "expected numbers in column '" + column +
                                 "', found another type");
    if (llvm::is_contained(found, column)) {
      Hdf5Handle member(
          H5Tget_member_type(type, H5Tget_member_index(type, column.c_str())),
          H5Tclose);
      if (!isSoundNumber(member))
        return readError(name, std::string("dataset '") + kDataset +
                                   "' is damaged: the type of column '" +
                                   column + "' is no number");
      continue;
    }
    if (missing.empty())
      first = column;
    missing.push_back("'" + column + "'");
  }
  if (missing.empty())
    return absl::OkStatus();
  return readError(name, std::string("dataset '") + kDataset + "' has no " +
                             (missing.size() == 1 ? "column " : "columns ") +
                             llvm::join(missing, ", ") +
                             nearestNamesText(first, found));
}

/// A row in memory: the features, then the classes.
template <typename Feature, typename Class> struct Row {
  static size_t numFeatures() { return jetFeatureNames().size(); }
  static size_t numClasses() { return jetClassNames().size(); }
  static size_t offsetOfClass(size_t c) {
    return numFeatures() * sizeof(Feature) + c * sizeof(Class);
  }
  static size_t bytes() { return offsetOfClass(numClasses()); }

  /// To be closed.
  static hid_t createType() {
    hid_t record = H5Tcreate(H5T_COMPOUND, bytes());
    for (auto [i, column] : llvm::enumerate(wantedColumns()))
      if (i < numFeatures())
        H5Tinsert(record, column.c_str(), i * sizeof(Feature), of(Feature()));
      else
        H5Tinsert(record, column.c_str(), offsetOfClass(i - numFeatures()),
                  of(Class()));
    return record;
  }

  /// Whether the columns of `table`'s type are what the row has.
  static bool is(hid_t table) {
    auto has = [&](const std::string &column, hid_t type) {
      Hdf5Handle member(
          H5Tget_member_type(table, H5Tget_member_index(table, column.c_str())),
          H5Tclose);
      return H5Tequal(member, type) > 0;
    };
    llvm::ArrayRef<std::string> columns = wantedColumns();
    return llvm::all_of(
               columns.take_front(numFeatures()),
               [&](const std::string &c) { return has(c, of(Feature())); }) &&
           llvm::all_of(
               columns.drop_front(numFeatures()),
               [&](const std::string &c) { return has(c, of(Class())); });
  }

private:
  static hid_t of(double) { return H5T_NATIVE_DOUBLE; }
  static hid_t of(float) { return H5T_NATIVE_FLOAT; }
  static hid_t of(uint8_t) { return H5T_NATIVE_UINT8; }
};

/// Sends `rows` rows, of which `first` is the first one's number.
template <typename Feature, typename Class>
static absl::Status sendRows(RowSink &sink, const char *data, hsize_t rows,
                             hsize_t first, const std::string &name) {
  using Layout = Row<Feature, Class>;
  llvm::ArrayRef<std::string> classes = jetClassNames();
  std::vector<float> features;
  std::vector<int32_t> labels;
  features.reserve(rows * Layout::numFeatures());
  labels.reserve(rows);
  for (hsize_t row = 0; row < rows; ++row, data += Layout::bytes()) {
    for (size_t i = 0; i < Layout::numFeatures(); ++i) {
      Feature value;
      memcpy(&value, data + i * sizeof(value), sizeof(value));
      features.push_back(static_cast<float>(value));
    }
    std::string ones;
    int32_t label = 0, count = 0;
    for (size_t c = 0; c < classes.size(); ++c) {
      Class value;
      memcpy(&value, data + Layout::offsetOfClass(c), sizeof(value));
      if (value != 0 && value != 1)
        return readError(name, absl::StrCat("expected 0 or 1 in column 'j_",
                                            classes[c], "', found ", value,
                                            " in row ", first + row,
                                            " (counted from 0)"));
      if (value == 1) {
        label = int32_t(c);
        absl::StrAppend(&ones, count++ ? " and 'j_" : "1 in 'j_", classes[c],
                        "'");
      }
    }
    if (count != 1)
      return readError(
          name, absl::StrCat("expected 1 in exactly one of the columns 'j_",
                             llvm::join(classes, "', 'j_"), "', found ",
                             count == 0 ? "0 in all of them" : ones, " in row ",
                             first + row, " (counted from 0)"));
    labels.push_back(label);
  }
  if (absl::Status status = sink.features(features); !status.ok())
    return status;
  return sink.labels(labels);
}

/// Reads all `rows` rows, a block at a time.
template <typename Feature, typename Class>
static absl::Status readRows(hid_t table, hid_t space, hsize_t rows,
                             const std::string &name, RowSink &sink) {
  using Layout = Row<Feature, Class>;
  Hdf5Handle record(Layout::createType(), H5Tclose);
  std::vector<char> block(std::min(rows, kBlock) * Layout::bytes());
  for (hsize_t begin = 0; begin < rows; begin += kBlock) {
    hsize_t count = std::min(kBlock, rows - begin);
    Hdf5Handle memory(H5Screate_simple(1, &count, nullptr), H5Sclose);
    if (H5Sselect_hyperslab(space, H5S_SELECT_SET, &begin, nullptr, &count,
                            nullptr) < 0 ||
        H5Dread(table, record, memory, space, H5P_DEFAULT, block.data()) < 0)
      return readError(name, std::string("dataset '") + kDataset +
                                 "' is damaged or truncated: " + hdf5Reason());
    if (absl::Status status =
            sendRows<Feature, Class>(sink, block.data(), count, begin, name);
        !status.ok())
      return status;
  }
  return absl::OkStatus();
}

absl::Status readHdf5Jets(hid_t file, hid_t table, const std::string &name,
                          RowSink &sink, const ReadRequest &request) {
  Hdf5Handle type(H5Dget_type(table), H5Tclose);
  Hdf5Handle space(H5Dget_space(table), H5Sclose);
  if (type < 0 || space < 0)
    return readError(name, hdf5Reason());
  if (H5Tget_class(type) != H5T_COMPOUND)
    return readError(name, std::string("expected dataset '") + kDataset +
                               "' to be of a compound type (named columns), "
                               "found another type");
  int rank = H5Sget_simple_extent_ndims(space);
  if (rank != 1)
    return readError(name,
                     absl::StrCat("expected dataset '", kDataset,
                                  "' to have one dimension, found ", rank));
  absl::Status status = checkColumns(type, name);
  if (!status.ok())
    return status;
  status = checkFilters(table, std::string("dataset '") + kDataset + "'", name);
  if (!status.ok())
    return status;

  hsize_t rows = 0;
  H5Sget_simple_extent_dims(space, &rows, nullptr);
  rows = std::min<hsize_t>(rows, request.maxRows);
  status = checkClaim(file, rows, H5Tget_size(type), name);
  if (!status.ok())
    return status;

  RowsHeader header;
  header.shape = {int64_t(jetFeatureNames().size())};
  header.labelled = true;
  header.featureNames = jetFeatureNames().vec();
  header.rows = int64_t(rows);
  header.fileBytes = hdf5FileSize(file);
  if (status = sink.begin(header); !status.ok())
    return status;
  // HDF5 converts every numeric type to double; the only rounding is ours. What
  // needs no conversion takes a third of the time.
  status = Row<float, uint8_t>::is(type)
               ? readRows<float, uint8_t>(table, space, rows, name, sink)
               : readRows<double, double>(table, space, rows, name, sink);
  if (!status.ok())
    return status;
  std::vector<FoundClass> classes;
  for (const std::string &one : jetClassNames())
    classes.push_back({one, absl::StrCat(name, " (column 'j_", one, "')")});
  return sink.classes(classes, /*isOrdered=*/true);
}

} // namespace mase
