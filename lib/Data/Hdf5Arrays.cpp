// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// HDF5 files that hold features and labels as one array each, as h5py writes
// NumPy's arrays.
#include "Hdf5.h"
#include "Members.h"

#include "mase/Data/Array.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace mase {

namespace {

/// A dataset of numbers that has been opened and checked.
class NumberArray {
public:
  NumberArray(hid_t file, const std::string &member, const std::string &name)
      : file(file), name(name + " (dataset '" + member + "')"),
        dataset(H5Dopen2(file, member.c_str(), H5P_DEFAULT), H5Dclose),
        type(dataset < 0 ? -1 : H5Dget_type(dataset), H5Tclose),
        space(dataset < 0 ? -1 : H5Dget_space(dataset), H5Sclose) {}

  absl::Status check() {
    if (dataset < 0 || type < 0 || space < 0)
      return readError(name, "cannot open it: " + hdf5Reason());
    if (!isSoundNumber(type))
      return readError(name, "expected numbers, found another type");
    int rank = H5Sget_simple_extent_ndims(space);
    std::vector<hsize_t> sizes(std::max(rank, 0));
    if (rank > 0)
      H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
    shape.assign(sizes.begin(), sizes.end());
    for (int64_t size : shape)
      if (size < 0)
        return readError(name, "its shape is damaged");
    return checkFilters(dataset, "it", name);
  }

  /// Calls take(values, row) for the first `rows` rows, of `width` elements
  /// each, a block of them at a time, the first of which has the number `row`.
  template <typename Take>
  absl::Status forBlocks(hsize_t rows, hsize_t width, Take take) {
    if (rows == 0 || width == 0)
      return absl::OkStatus();
    hsize_t rowBytes;
    if (__builtin_mul_overflow(width, H5Tget_size(type), &rowBytes))
      return readError(name, "its rows are larger than memory");
    if (absl::Status status = checkClaim(file, rows, rowBytes, name);
        !status.ok())
      return status;
    constexpr hsize_t kBlock = 1 << 18; // elements
    hsize_t step = std::clamp<hsize_t>(kBlock / width, 1, rows);
    std::vector<double> block(step * width);
    std::vector<hsize_t> begin(shape.size(), 0),
        count(shape.begin(), shape.end());
    for (hsize_t row = 0; row < rows; row += step) {
      begin[0] = row;
      count[0] = std::min(step, rows - row);
      Hdf5Handle memory(H5Screate_simple(count.size(), count.data(), nullptr),
                        H5Sclose);
      if (H5Sselect_hyperslab(space, H5S_SELECT_SET, begin.data(), nullptr,
                              count.data(), nullptr) < 0 ||
          H5Dread(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT,
                  block.data()) < 0)
        return readError(name, "it is damaged or truncated: " + hdf5Reason());
      if (absl::Status status =
              take(llvm::ArrayRef(block).take_front(count[0] * width), row);
          !status.ok())
        return status;
    }
    return absl::OkStatus();
  }

  hid_t file;
  std::string name;
  Hdf5Handle dataset, type, space;
  std::vector<int64_t> shape;
};

} // namespace

/// An array [n, …].
static absl::Status checkFeatures(NumberArray &array, RowsHeader &header) {
  if (absl::Status status = array.check(); !status.ok())
    return status;
  if (array.shape.size() < 2)
    return readError(array.name, "expected an array of shape [n, features], "
                                 "found shape " +
                                     shapeText(array.shape));
  header.shape.assign(array.shape.begin() + 1, array.shape.end());
  if (!header.width())
    return readError(array.name, "the shape " + shapeText(array.shape) +
                                     " has more elements than memory can "
                                     "hold");
  return absl::OkStatus();
}

static absl::Status checkLabels(NumberArray &array, int64_t samples) {
  if (absl::Status status = array.check(); !status.ok())
    return status;
  llvm::ArrayRef<int64_t> shape = array.shape;
  if (shape.size() != 1 && !(shape.size() == 2 && shape[1] == 1))
    return readError(array.name, "expected class numbers of shape [n] or "
                                 "[n, 1], found shape " +
                                     shapeText(shape));
  if (shape[0] != samples)
    return readError(array.name,
                     absl::StrCat("expected ", samples,
                                  " labels, one for each sample, found ",
                                  shape[0]));
  return absl::OkStatus();
}

static absl::Status sendFeatures(NumberArray &array, int64_t rows,
                                 int64_t width, RowSink &sink) {
  std::vector<float> values;
  return array.forBlocks(
      rows, width, [&](llvm::ArrayRef<double> block, hsize_t) {
        values.assign(block.size(), 0);
        llvm::transform(block, values.begin(),
                        [](double value) { return float(value); });
        return sink.features(values);
      });
}

static absl::Status sendLabels(NumberArray &array, int64_t rows,
                               RowSink &sink) {
  std::vector<int32_t> labels;
  return array.forBlocks(
      rows, 1, [&](llvm::ArrayRef<double> block, hsize_t row) -> absl::Status {
        labels.clear();
        for (double value : block) {
          if (value != std::floor(value) ||
              std::abs(value) > std::numeric_limits<int32_t>::max())
            return readError(
                array.name,
                absl::StrCat("expected class numbers, integers in the range of "
                             "int32, found ",
                             value, " in row ", row + labels.size(),
                             " (counted from 0)"));
          labels.push_back(static_cast<int32_t>(value));
        }
        return sink.labels(labels);
      });
}

/// Names that are text of any kind; `place` is what messages call them.
static absl::Status readTexts(hid_t file, hid_t type, hid_t space,
                              const std::string &place,
                              llvm::function_ref<herr_t(hid_t, void *)> read,
                              std::vector<FoundClass> &names) {
  if (type < 0 || space < 0 || H5Tget_class(type) != H5T_STRING)
    return readError(place, "expected text, found another type");
  hssize_t count = H5Sget_simple_extent_npoints(space);
  constexpr hssize_t kMost = 10000;
  constexpr size_t kLongest = 1 << 16;
  bool isVariable = H5Tis_variable_str(type) > 0;
  size_t size = H5Tget_size(type);
  if (count < 0 || count > kMost || size > kLongest)
    return readError(place, absl::StrCat("expected at most ", kMost,
                                         " names of classes, found ", count,
                                         " of ", size, " bytes"));
  // (Those of any length stand in the file beside what is read here.)
  if (!isVariable)
    if (absl::Status status = checkClaim(file, hsize_t(count), size, place);
        !status.ok())
      return status;
  // As the file has them, so that nothing is converted.
  Hdf5Handle memory(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(memory, isVariable ? H5T_VARIABLE : size + 1);
  H5Tset_cset(memory, H5Tget_cset(type));
  std::vector<char *> pointers(isVariable ? count : 0);
  std::vector<char> bytes(isVariable ? 0 : count * (size + 1));
  void *to = isVariable ? static_cast<void *>(pointers.data()) : bytes.data();
  if (count > 0 && read(memory, to) < 0)
    return readError(place, "it is damaged or truncated: " + hdf5Reason());
  for (hssize_t i = 0; i < count; ++i)
    names.push_back({isVariable ? std::string(pointers[i] ? pointers[i] : "")
                                : std::string(&bytes[i * (size + 1)]),
                     place});
  if (isVariable)
    H5Dvlen_reclaim(memory, space, H5P_DEFAULT, to);
  return absl::OkStatus();
}

/// The attribute `classes` of the labels, else the dataset of that name.
static absl::Status readClasses(hid_t file, const NumberArray &labels,
                                const Members &members, const std::string &name,
                                std::vector<FoundClass> &names) {
  constexpr const char *kAttribute = "classes";
  if (H5Aexists(labels.dataset, kAttribute) > 0) {
    Hdf5Handle attribute(H5Aopen(labels.dataset, kAttribute, H5P_DEFAULT),
                         H5Aclose);
    Hdf5Handle type(H5Aget_type(attribute), H5Tclose),
        space(H5Aget_space(attribute), H5Sclose);
    return readTexts(
        file, type, space, labels.name + " (attribute 'classes')",
        [&](hid_t memory, void *to) { return H5Aread(attribute, memory, to); },
        names);
  }
  if (members.classes.empty())
    return absl::OkStatus();
  Hdf5Handle dataset(H5Dopen2(file, members.classes.c_str(), H5P_DEFAULT),
                     H5Dclose);
  Hdf5Handle type(H5Dget_type(dataset), H5Tclose),
      space(H5Dget_space(dataset), H5Sclose);
  return readTexts(
      file, type, space, name + " (dataset '" + members.classes + "')",
      [&](hid_t memory, void *to) {
        return H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, to);
      },
      names);
}

absl::Status readHdf5Arrays(hid_t file, llvm::ArrayRef<std::string> found,
                            const std::string &name, RowSink &sink,
                            const ReadRequest &request) {
  absl::StatusOr<Members> members = chooseMembers(found, name);
  if (!members.ok())
    return absl::InvalidArgumentError(absl::StrCat(
        members.status().message(), " (jets are in a dataset 't_allpar_new')"));
  RowsHeader header;
  NumberArray x(file, members->x, name);
  if (absl::Status status = checkFeatures(x, header); !status.ok())
    return status;
  std::optional<NumberArray> y;
  if (!members->y.empty()) {
    y.emplace(file, members->y, name);
    if (absl::Status status = checkLabels(*y, x.shape[0]); !status.ok())
      return status;
  }
  header.labelled = y.has_value();
  header.rows = std::min(x.shape[0], request.maxRows);
  header.fileBytes = hdf5FileSize(file);
  absl::Status status = sink.begin(header);
  if (status.ok())
    status = sendFeatures(x, header.rows, *header.width(), sink);
  if (!status.ok() || !y)
    return status;
  std::vector<FoundClass> classes;
  status = sendLabels(*y, header.rows, sink);
  if (status.ok())
    status = readClasses(file, *y, *members, name, classes);
  if (status.ok() && !classes.empty())
    status = sink.classes(classes, /*isOrdered=*/true);
  return status;
}

} // namespace mase
