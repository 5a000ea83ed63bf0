// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Datasets of any format, and the checks that users of them share.
#include "mase/Data/Dataset.h"

#include "DatasetBuilder.h"
#include "Readers.h"

#include "mase/Data/Array.h"
#include "mase/Metrics/Metrics.h"
#include "mase/Support/FileKind.h"
#include "mase/Support/InputFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mase {

std::string nonFiniteText(float value) {
  return std::isnan(value)
             ? "expected finite numbers, found nan"
             : absl::StrCat("expected finite numbers, found ",
                            value > 0 ? "inf" : "-inf",
                            " (or a number beyond the range of float32)");
}

absl::Status checkExpansion(const std::string &name, uint64_t packed,
                            uint64_t unpacked) {
  // Deflate and gzip shrink zeros by a factor of 1030, data hardly by ten.
  constexpr uint64_t kLarge = uint64_t(1) << 29, kFactor = 100;
  if (unpacked <= kLarge || unpacked / kFactor <= packed)
    return absl::OkStatus();
  return readError(name, absl::StrCat("expected data, found ", packed,
                                      " bytes that unpack to ", unpacked));
}

void DataFile::release(const char *end) const {
  release(bytes.take_front(size_t(end - bytes.begin())));
}

void DataFile::release(llvm::StringRef part) const {
  if (mapped)
    releaseMapped(part);
}

DataFile dataFile(llvm::StringRef path, const llvm::MemoryBuffer &buffer) {
  return {path, buffer.getBuffer(), inputName(path), isMapped(buffer)};
}

using Read = absl::Status (*)(const DataFile &file, RowSink &sink,
                              const ReadRequest &request);

/// The reader of the format that the bytes, else the extension, say.
static absl::StatusOr<Read> chooseReader(const DataFile &file) {
  if (file.bytes.empty())
    return readError(file.name, "the file is empty");
  FileKind kind = detectFileKind(file.bytes);
  switch (kind) {
  case FileKind::Npy:
    return readNpyRows;
  case FileKind::Zip:
    return readNpz;
  case FileKind::Hdf5:
    return readHdf5;
  case FileKind::Arff:
    return readArff;
  default:
    break;
  }
  std::string extension = llvm::sys::path::extension(file.path).lower();
  bool text = kind == FileKind::Csv || kind == FileKind::Text;
  if (text ? extension == ".csv" || file.path == "-"
           // A CSV's header can look like anything.
           : extension == ".csv" && kind >= FileKind::Binary)
    return readCsv;
  std::string expected =
      extension == ".npy"                          ? "an NPY file"
      : extension == ".npz"                        ? "an NPZ file"
      : extension == ".h5" || extension == ".hdf5" ? "an HDF5 file"
      : extension == ".arff"                       ? "an ARFF file"
                             : "an NPY, NPZ, HDF5, ARFF or CSV file";
  if (kind == FileKind::Csv)
    return readError(file.name, "expected " + expected +
                                    ", found a CSV file; name it '.csv'");
  return readError(file.name,
                   "expected " + expected + foundFileKind(file.bytes));
}

absl::Status readRows(const DataFile &file, RowSink &sink,
                      const ReadRequest &request) {
  absl::StatusOr<Read> read = chooseReader(file);
  return read.ok() ? (*read)(file, sink, request) : read.status();
}

/// Without a branch for each, which takes a multiple of the time.
static bool areFinite(llvm::ArrayRef<float> values) {
  constexpr uint32_t kExponent = 0x7f800000;
  uint32_t bad = 0;
  for (float value : values)
    bad |= (llvm::bit_cast<uint32_t>(value) & kExponent) == kExponent;
  return bad == 0;
}

absl::Status checkFinite(llvm::ArrayRef<float> rows, int64_t first,
                         const Dataset &dataset, const std::string &name,
                         llvm::StringRef what) {
  if (areFinite(rows))
    return absl::OkStatus();
  const float *bad =
      llvm::find_if(rows, [](float x) { return !std::isfinite(x); });
  size_t at = bad - rows.begin();
  size_t column = at % dataset.features;
  std::string text =
      absl::StrCat(name, ": ", nonFiniteText(*bad), view(what), " in row ",
                   first + int64_t(at / dataset.features), ", column ", column);
  if (!dataset.featureNames.empty())
    absl::StrAppend(&text, " (", quoted(dataset.featureNames[column]), ")");
  return absl::InvalidArgumentError(
      absl::StrCat(text, ", both counted from 0", kAllowNonFiniteHint));
}

static absl::StatusOr<Dataset> readUnscaled(const DataFile &file,
                                            const DatasetOptions &options) {
  if (options.maxSamples && *options.maxSamples < 0)
    return absl::InvalidArgumentError(absl::StrCat(
        "expected a number of samples from 0, found ", *options.maxSamples));
  ReadRequest request;
  request.allowNonFinite = options.allowNonFinite;
  request.maxRows =
      options.maxSamples.value_or(std::numeric_limits<int64_t>::max());
  DatasetBuilder builder(request.maxRows, options.takesLabels,
                         options.fileClasses);
  if (absl::Status status = readRows(file, builder, request); !status.ok())
    return status;
  return builder.finish(options.classNames, file.name);
}

absl::Status scaleFinite(Dataset &dataset, const Scaler &scaler,
                         llvm::StringRef path, bool allowNonFinite) {
  std::string name = inputName(path);
  if (absl::Status status = scale(dataset, scaler); !status.ok())
    return readError(name, std::string(status.message()));
  return allowNonFinite
             ? absl::OkStatus()
             : checkFinite(dataset.x, 0, dataset, name, " after scaling");
}

static absl::StatusOr<Dataset> parse(const DataFile &file,
                                     const DatasetOptions &options) {
  absl::StatusOr<Dataset> dataset = readUnscaled(file, options);
  if (!dataset.ok())
    return dataset;
  if (!options.allowNonFinite)
    if (absl::Status status =
            checkFinite(dataset->x, 0, *dataset, file.name, "");
        !status.ok())
      return status;
  if (options.scaler)
    if (absl::Status status = scaleFinite(*dataset, *options.scaler, file.path,
                                          options.allowNonFinite);
        !status.ok())
      return status;
  return dataset;
}

absl::StatusOr<Dataset> readDataset(llvm::StringRef path,
                                    const DatasetOptions &options) {
  absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      readInput(path, /*nullTerminated=*/false);
  if (!buffer.ok())
    return buffer.status();
  return parse(dataFile(path, **buffer), options);
}

absl::StatusOr<Dataset> parseDataset(llvm::StringRef bytes,
                                     const DatasetOptions &options) {
  return parse({"-", bytes, inputName("-")}, options);
}

absl::StatusOr<Labels> readLabels(llvm::StringRef path,
                                  const DatasetOptions &options) {
  absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      readInput(path, /*nullTerminated=*/false);
  if (!buffer.ok())
    return buffer.status();
  DataFile file = dataFile(path, **buffer);
  if (detectFileKind(file.bytes) == FileKind::Npy) {
    absl::StatusOr<std::vector<int32_t>> labels =
        parseNpyLabels(file.bytes, file.name);
    if (!labels.ok())
      return labels.status();
    if (options.maxSamples && *options.maxSamples >= 0 &&
        uint64_t(*options.maxSamples) < labels->size())
      labels->resize(*options.maxSamples);
    return Labels{*std::move(labels), {}};
  }
  DatasetOptions reading = options;
  reading.allowNonFinite = true;
  absl::StatusOr<Dataset> dataset = readUnscaled(file, reading);
  if (!dataset.ok())
    return dataset.status();
  if (!dataset->labelled)
    return readError(file.name, "expected labels (member 'y'), found none");
  return Labels{std::move(dataset->labels), std::move(dataset->warnings)};
}

absl::Status checkScaler(const Dataset &dataset, const Scaler &scaler) {
  int64_t size = int64_t(scaler.mean.size());
  if (scaler.mean.size() != scaler.scale.size() ||
      (size != dataset.features &&
       (dataset.sampleShape.empty() || size != dataset.sampleShape.back())))
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
  return absl::OkStatus();
}

absl::Status scale(Dataset &dataset, const Scaler &scaler) {
  absl::Status status = checkScaler(dataset, scaler);
  if (status.ok())
    scaler.apply(dataset.x);
  return status;
}

static absl::Status wrongShape(llvm::StringRef name, llvm::StringRef option,
                               const std::string &text) {
  return absl::InvalidArgumentError(absl::StrCat(
      inputName(name), ": ", text, "; ", view(option),
      " names the file, which needs the columns that the network was trained "
      "on, in that order"));
}

absl::Status checkSampleShape(llvm::StringRef name, llvm::StringRef option,
                              llvm::ArrayRef<int64_t> expected,
                              const Dataset &dataset) {
  llvm::ArrayRef<int64_t> shape = dataset.sampleShape;
  int64_t wanted = 1, found = dataset.features;
  for (int64_t size : expected)
    wanted *= size;
  bool isFlat = shape.size() == 1 || expected.size() == 1;
  if (isFlat ? wanted == found : shape == expected)
    return absl::OkStatus();
  auto whole = [](llvm::ArrayRef<int64_t> sample) {
    std::string text = "[n";
    for (int64_t size : sample)
      absl::StrAppend(&text, ", ", size);
    return text + "]";
  };
  if (shape.size() > 1 || expected.size() > 1)
    return wrongShape(
        name, option,
        absl::StrCat("expected data of shape ", whole(expected),
                     expected.size() > 1
                         ? absl::StrCat(" (or flat, [n, ", wanted, "])")
                         : std::string(),
                     ", as the network's input, found shape ", whole(shape)));
  std::string text = absl::StrCat("expected ", wanted,
                                  " features per sample, as many as the "
                                  "network has inputs, found ",
                                  found);
  const std::vector<std::string> &names = dataset.featureNames;
  if (found == wanted + 1)
    absl::StrAppend(&text, "; if one of the columns",
                    names.empty()
                        ? std::string()
                        : absl::StrCat(" (", quoted(names.front()), " to ",
                                       quoted(names.back()), ")"),
                    " is an index or the label, leave it out");
  else if (found == wanted - 1 && !names.empty())
    absl::StrAppend(&text, "; the last column of a CSV file is the label");
  return wrongShape(name, option, text);
}

absl::Status checkLabels(llvm::StringRef name, llvm::ArrayRef<int32_t> labels,
                         int64_t samples, int64_t results) {
  if (int64_t(labels.size()) != samples)
    return absl::InvalidArgumentError(
        absl::StrCat(inputName(name), ": expected ", samples,
                     " labels, one for each sample, found ", labels.size()));
  ClassifierOutput output(results);
  int64_t classes = output.classes();
  std::string reason = output.isBinary()
                           ? "a network with one result tells two classes apart"
                           : absl::StrCat(classes, " classes");
  for (size_t row = 0; row < labels.size(); ++row)
    if (labels[row] < 0 || labels[row] >= classes)
      return absl::InvalidArgumentError(
          absl::StrCat(inputName(name), ": expected labels from 0 to ",
                       classes - 1, " (", reason, "), found ", labels[row],
                       " in row ", row, " (counted from 0)"));
  return absl::OkStatus();
}

} // namespace mase
