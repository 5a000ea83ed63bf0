// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samples and labels for mase-run.
#include "Run.h"

#include "mase/Data/Array.h"
#include "mase/Data/InputFile.h"

#include "llvm/Support/FileSystem.h"

using namespace mase;

/// Whether the file begins like an NPY file. Standard input is left to
/// readDataset: it can be read only once.
static bool isNpyFile(llvm::StringRef path) {
  constexpr llvm::StringLiteral kMagic = "\x93NUMPY";
  if (path == "-")
    return false;
  auto buffer = llvm::MemoryBuffer::getFileSlice(path, kMagic.size(), 0);
  return buffer && (*buffer)->getBuffer() == kMagic;
}

absl::StatusOr<Dataset> mase::readSamples(const RunOptions &options,
                                          int64_t expected) {
  DatasetOptions datasetOptions;
  if (!options.scaler.empty()) {
    absl::StatusOr<Scaler> scaler = readScaler(options.scaler);
    if (!scaler.ok())
      return scaler.status();
    datasetOptions.scaler = *std::move(scaler);
  }
  if (!isNpyFile(options.input)) {
    absl::StatusOr<Dataset> data = readDataset(options.input, datasetOptions);
    if (data.ok())
      if (absl::Status status =
              checkFeatureCount(options.input, expected, data->features);
          !status.ok())
        return status;
    return data;
  }

  absl::StatusOr<Array> array = readNpy(options.input);
  if (!array.ok())
    return array.status();
  int64_t size = 1;
  for (int64_t d : llvm::ArrayRef<int64_t>(array->shape)
                       .drop_front(array->shape.empty() ? 0 : 1))
    size *= d;
  if (array->shape.size() == 2)
    if (absl::Status status = checkFeatureCount(options.input, expected, size);
        !status.ok())
      return status;
  if (array->shape.empty() || size != expected)
    return absl::InvalidArgumentError(inputName(options.input) +
                                      ": expected an array [n, ...] of samples "
                                      "with " +
                                      std::to_string(expected) +
                                      " elements each, found shape " +
                                      shapeText(array->shape));
  Dataset data;
  data.samples = array->shape.front();
  data.features = size;
  data.x = std::move(array->data);
  if (datasetOptions.scaler)
    if (absl::Status status = scale(data, *datasetOptions.scaler); !status.ok())
      return status;
  return data;
}

absl::StatusOr<std::vector<int32_t>>
mase::readRunLabels(const RunOptions &options, const Dataset &data,
                    int64_t classes) {
  std::vector<int32_t> labels = data.labels;
  std::string name = options.input;
  if (!options.labels.empty()) {
    name = options.labels;
    absl::StatusOr<std::vector<int32_t>> read = readLabels(options.labels);
    if (!read.ok())
      return read.status();
    labels = *std::move(read);
  } else if (labels.empty()) {
    return labels;
  }
  if (absl::Status status = checkLabels(name, labels, data.samples, classes);
      !status.ok())
    return status;
  return labels;
}
