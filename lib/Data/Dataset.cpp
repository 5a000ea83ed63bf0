// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Datasets of any format, and the checks that users of them share.
#include "mase/Data/Dataset.h"

#include "Readers.h"

#include "mase/Data/Array.h"
#include "mase/Data/InputFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <limits>

namespace mase {

std::string escaped(llvm::StringRef text) {
  constexpr size_t kLongest = 40;
  std::string result;
  llvm::raw_string_ostream os(result);
  llvm::printEscapedString(text.take_front(kLongest), os);
  if (text.size() > kLongest)
    os << "...";
  return result;
}

/// A dataset of the format that the bytes, else the extension, say.
static absl::StatusOr<Dataset> parseDataset(llvm::StringRef path,
                                            llvm::StringRef bytes,
                                            const DatasetOptions &options) {
  std::string name = inputName(path);
  int64_t maxRows =
      options.maxSamples.value_or(std::numeric_limits<int64_t>::max());
  if (bytes.empty())
    return readError(name, "the file is empty");
  if (isNpy(bytes))
    return parseNpyDataset(bytes, name);
  if (isZip(bytes))
    return parseNpz(bytes, name);
  if (isHdf5(bytes))
    return readHdf5(path, bytes, name, maxRows);

  std::string extension = llvm::sys::path::extension(path).lower();
  if (extension == ".csv" || path == "-")
    return parseCsv(bytes, path == "-" ? "<stdin>" : path.str(),
                    options.classNames, maxRows);
  std::string expected = extension == ".npy"   ? "an NPY file"
                         : extension == ".npz" ? "an NPZ file"
                         : extension == ".h5" || extension == ".hdf5"
                             ? "an HDF5 file"
                             : "";
  if (!expected.empty())
    return readError(name, "expected " + expected +
                               ", found a file that begins with " +
                               quoted(bytes.take_front(8)));
  return readError(name,
                   "expected an NPY, NPZ or HDF5 file or the extension '.csv', "
                   "found a file that begins with " +
                       quoted(bytes.take_front(8)));
}

static absl::StatusOr<Dataset> readUnscaled(llvm::StringRef path,
                                            llvm::StringRef bytes,
                                            const DatasetOptions &options) {
  if (options.maxSamples && *options.maxSamples < 0)
    return absl::InvalidArgumentError(absl::StrCat(
        "expected a number of samples from 0, found ", *options.maxSamples));
  absl::StatusOr<Dataset> dataset = parseDataset(path, bytes, options);
  if (dataset.ok() && options.maxSamples &&
      *options.maxSamples < dataset->samples) {
    dataset->samples = *options.maxSamples;
    dataset->x.resize(dataset->samples * dataset->features);
    if (!dataset->labels.empty())
      dataset->labels.resize(dataset->samples);
  }
  return dataset;
}

absl::StatusOr<Dataset> readDataset(llvm::StringRef path,
                                    const DatasetOptions &options) {
  absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>> buffer = readInput(path);
  if (!buffer.ok())
    return buffer.status();
  absl::StatusOr<Dataset> dataset =
      readUnscaled(path, (*buffer)->getBuffer(), options);
  if (dataset.ok() && options.scaler) {
    absl::Status status = scale(*dataset, *options.scaler);
    if (!status.ok())
      return readError(inputName(path), std::string(status.message()));
  }
  return dataset;
}

absl::StatusOr<std::vector<int32_t>> readLabels(llvm::StringRef path,
                                                const DatasetOptions &options) {
  absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>> buffer = readInput(path);
  if (!buffer.ok())
    return buffer.status();
  llvm::StringRef bytes = (*buffer)->getBuffer();
  std::string name = inputName(path);
  if (isNpy(bytes)) {
    absl::StatusOr<std::vector<int32_t>> labels = parseNpyIntegers(bytes, name);
    if (labels.ok() && options.maxSamples && *options.maxSamples >= 0 &&
        uint64_t(*options.maxSamples) < labels->size())
      labels->resize(*options.maxSamples);
    return labels;
  }
  absl::StatusOr<Dataset> dataset = readUnscaled(path, bytes, options);
  if (!dataset.ok())
    return dataset.status();
  if (dataset->labels.empty() && dataset->samples > 0)
    return readError(name, "expected labels (member 'y'), found none");
  return std::move(dataset->labels);
}

absl::Status scale(Dataset &dataset, const Scaler &scaler) {
  if (scaler.mean.size() != scaler.scale.size() ||
      int64_t(scaler.mean.size()) != dataset.features)
    return absl::InvalidArgumentError(
        absl::StrCat("expected a scaler for ", dataset.features,
                     " features, found one for ", scaler.mean.size()));
  if (!dataset.featureNames.empty() && !scaler.features.empty())
    for (size_t i = 0; i < scaler.features.size(); ++i) {
      llvm::StringRef wanted = scaler.features[i],
                      found = dataset.featureNames[i];
      wanted.consume_front("j_");
      found.consume_front("j_");
      if (wanted != found)
        return absl::InvalidArgumentError(absl::StrCat(
            "the scaler expects feature ", i, " (counted from 0) to be ",
            quoted(wanted), ", found ", quoted(found)));
    }
  scaler.apply(dataset.x);
  return absl::OkStatus();
}

absl::Status checkFeatureCount(llvm::StringRef name, int64_t expected,
                               int64_t found) {
  if (expected == found)
    return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      inputName(name), ": expected ", expected,
      " features per sample, as many as the network has inputs, found ",
      found));
}

absl::Status checkLabels(llvm::StringRef name, llvm::ArrayRef<int32_t> labels,
                         int64_t samples, int64_t classes) {
  if (int64_t(labels.size()) != samples)
    return absl::InvalidArgumentError(
        absl::StrCat(inputName(name), ": expected ", samples,
                     " labels, one for each sample, found ", labels.size()));
  for (size_t row = 0; row < labels.size(); ++row)
    if (labels[row] < 0 || labels[row] >= classes)
      return absl::InvalidArgumentError(
          absl::StrCat(inputName(name), ": expected labels from 0 to ",
                       classes - 1, " (", classes, " classes), found ",
                       labels[row], " in row ", row, " (counted from 0)"));
  return absl::OkStatus();
}

} // namespace mase
