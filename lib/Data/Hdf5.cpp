// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// HDF5 files in the layout of the public jet data: one dataset of compound
// type, a float column per feature, a one-hot column per class.
#include "Readers.h"

#include "mase/Config/NearestNames.h"
#include "mase/Data/Jets.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

#include <algorithm>
#include <hdf5.h>

namespace mase {

static constexpr const char *kDataset = "t_allpar_new";
/// Rows read at once: bounds the memory that a file can claim without having
/// the data.
static constexpr hsize_t kBlock = 16384;

bool isHdf5(llvm::StringRef bytes) {
  // The signature stands at 0 or, after a block of the user's, at 512, 1024,
  // ...
  for (size_t at = 0; at < bytes.size(); at = at == 0 ? 512 : 2 * at)
    if (bytes.substr(at).starts_with("\x89HDF\r\n\x1a\n"))
      return true;
  return false;
}

namespace {

/// An HDF5 identifier and what closes it.
class Handle {
public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id(id), close(close) {}
  Handle(const Handle &) = delete;
  Handle &operator=(const Handle &) = delete;
  ~Handle() {
    if (id >= 0)
      close(id);
  }
  operator hid_t() const { return id; }

private:
  hid_t id;
  herr_t (*close)(hid_t);
};

/// Keeps HDF5 from printing its error stack: our messages say what went wrong.
class SilenceHdf5 {
public:
  SilenceHdf5() {
    // After a damaged file its clean-up at exit goes round in circles, prints
    // so, and may crash (1.10). There is nothing to clean up after reading.
    H5dont_atexit();
    H5Eget_auto2(H5E_DEFAULT, &function, &data);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~SilenceHdf5() { H5Eset_auto2(H5E_DEFAULT, function, data); }

private:
  H5E_auto2_t function = nullptr;
  void *data = nullptr;
};

} // namespace

/// The innermost message on HDF5's error stack, to be asked for right after the
/// call that failed.
static std::string hdf5Reason() {
  std::string reason;
  auto take = [](unsigned depth, const H5E_error2_t *error, void *data) {
    if (depth == 0 && error->desc)
      *static_cast<std::string *>(data) = error->desc;
    return herr_t(0);
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take, &reason);
  return reason.empty() ? "unknown error" : reason;
}

/// Opens the file; negative with the reason where that fails.
static hid_t openFile(llvm::StringRef path, llvm::StringRef bytes,
                      std::string &reason) {
  Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  // Reading needs no lock, and many network file systems have none.
  H5Pset_file_locking(access, /*use_file_locking=*/false,
                      /*ignore_when_disabled=*/true);
  std::string file = path.str();
  if (path == "-" || !llvm::sys::fs::is_regular_file(path)) {
    H5Pset_fapl_core(access, 1 << 20, /*backing_store=*/false);
    H5Pset_file_image(access, const_cast<char *>(bytes.data()), bytes.size());
    // HDF5 wants a name for bytes in memory, one that no file has.
    file = "/dev/null/memory";
  }
  hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDONLY, access);
  if (id < 0)
    reason = hdf5Reason();
  return id;
}

/// The names in the file's root group.
static std::vector<std::string> rootNames(hid_t file) {
  std::vector<std::string> names;
  auto take = [](hid_t, const char *name, const H5L_info_t *, void *data) {
    static_cast<std::vector<std::string> *>(data)->push_back(escaped(name));
    return herr_t(0);
  };
  H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, nullptr, take, &names);
  return names;
}

/// The filter that the dataset was written with and this HDF5 lacks, or "".
static std::string missingFilter(hid_t dataset) {
  Handle list(H5Dget_create_plist(dataset), H5Pclose);
  int count = H5Pget_nfilters(list);
  for (int i = 0; i < count; ++i) {
    unsigned flags = 0, config = 0;
    size_t values = 0;
    char name[64] = "";
    H5Z_filter_t id = H5Pget_filter2(list, i, &flags, &values, nullptr,
                                     sizeof(name) - 1, name, &config);
    if (id >= 0 && H5Zfilter_avail(id) <= 0)
      return absl::StrCat("filter ", quoted(name), " (", id, ")");
  }
  return "";
}

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
    Handle member(H5Tget_member_type(type, i), H5Tclose);
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
    if (llvm::is_contained(found, column))
      continue;
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

/// Appends `rows` rows, of one double per wanted column each, to the dataset.
static absl::Status appendRows(Dataset &dataset, llvm::ArrayRef<double> values,
                               hsize_t rows, const std::string &name) {
  llvm::ArrayRef<std::string> classes = jetClassNames();
  for (hsize_t row = 0; row < rows; ++row) {
    for (double value : values.take_front(dataset.features))
      dataset.x.push_back(static_cast<float>(value));
    values = values.drop_front(dataset.features);
    std::string ones;
    int32_t label = 0;
    for (size_t c = 0; c < classes.size(); ++c) {
      if (values[c] != 0 && values[c] != 1)
        return readError(name, absl::StrCat("expected 0 or 1 in column 'j_",
                                            classes[c], "', found ", values[c],
                                            " in row ", dataset.samples,
                                            " (counted from 0)"));
      if (values[c] == 1) {
        label = c;
        absl::StrAppend(&ones, ones.empty() ? "'j_" : " and 'j_", classes[c],
                        "'");
      }
    }
    values = values.drop_front(classes.size());
    if (ones.empty() || llvm::StringRef(ones).contains(" and "))
      return readError(
          name, absl::StrCat("expected 1 in exactly one of the columns 'j_",
                             llvm::join(classes, "', 'j_"), "', found ",
                             ones.empty() ? "0 in all of them" : "1 in " + ones,
                             " in row ", dataset.samples, " (counted from 0)"));
    dataset.labels.push_back(label);
    ++dataset.samples;
  }
  return absl::OkStatus();
}

static absl::StatusOr<Dataset>
readRows(hid_t file, hid_t table, const std::string &name, int64_t maxRows) {
  Handle type(H5Dget_type(table), H5Tclose);
  Handle space(H5Dget_space(table), H5Sclose);
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
  std::string filter = missingFilter(table);
  if (!filter.empty())
    return readError(name, std::string("dataset '") + kDataset +
                               "' is compressed with " + filter +
                               ", which this HDF5 library lacks; expected no "
                               "compression or gzip (h5repack -f GZIP=4)");

  hsize_t rows = 0, fileSize = 0;
  H5Sget_simple_extent_dims(space, &rows, nullptr);
  if (maxRows >= 0 && hsize_t(maxRows) < rows)
    rows = maxRows;
  // gzip shrinks by a factor of 1032 at most; without compression the factor
  // is 1. A file that claims more would only fill the memory.
  H5Fget_filesize(file, &fileSize);
  if (rows / 1033 > fileSize / H5Tget_size(type))
    return readError(name, absl::StrCat("a file of ", fileSize,
                                        " bytes cannot hold the ", rows,
                                        " rows it claims"));

  // HDF5 converts every numeric type to double; the only rounding is ours.
  const std::vector<std::string> &columns = wantedColumns();
  Handle record(H5Tcreate(H5T_COMPOUND, columns.size() * sizeof(double)),
                H5Tclose);
  for (size_t i = 0; i < columns.size(); ++i)
    H5Tinsert(record, columns[i].c_str(), i * sizeof(double),
              H5T_NATIVE_DOUBLE);

  Dataset dataset;
  dataset.features = jetFeatureNames().size();
  dataset.featureNames = jetFeatureNames().vec();
  std::vector<double> block(std::min(rows, kBlock) * columns.size());
  for (hsize_t begin = 0; begin < rows; begin += kBlock) {
    hsize_t count = std::min(kBlock, rows - begin);
    Handle memory(H5Screate_simple(1, &count, nullptr), H5Sclose);
    if (H5Sselect_hyperslab(space, H5S_SELECT_SET, &begin, nullptr, &count,
                            nullptr) < 0 ||
        H5Dread(table, record, memory, space, H5P_DEFAULT, block.data()) < 0)
      return readError(name, std::string("dataset '") + kDataset +
                                 "' is damaged or truncated: " + hdf5Reason());
    status = appendRows(dataset, block, count, name);
    if (!status.ok())
      return status;
  }
  return dataset;
}

absl::StatusOr<Dataset> readHdf5(llvm::StringRef path, llvm::StringRef bytes,
                                 const std::string &name, int64_t maxRows) {
  SilenceHdf5 silence;
  std::string reason;
  Handle file(openFile(path, bytes, reason), H5Fclose);
  if (file < 0)
    return readError(name, "expected an HDF5 file, found one that is damaged "
                           "or truncated: " +
                               reason);
  if (H5Lexists(file, kDataset, H5P_DEFAULT) <= 0)
    return readError(name, std::string("expected a dataset '") + kDataset +
                               "', found none" +
                               nearestNamesText(kDataset, rootNames(file)));
  Handle table(H5Dopen2(file, kDataset, H5P_DEFAULT), H5Dclose);
  if (table < 0)
    return readError(name, std::string("cannot open dataset '") + kDataset +
                               "': " + hdf5Reason());
  return readRows(file, table, name, maxRows);
}

} // namespace mase
