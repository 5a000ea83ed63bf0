// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samples and labels for mase-run.
#include "Run.h"

using namespace mase;

absl::StatusOr<Dataset> mase::readSamples(const RunOptions &options,
                                          int64_t expected) {
  DatasetOptions datasetOptions;
  if (!options.scaler.empty()) {
    absl::StatusOr<Scaler> scaler = readScaler(options.scaler);
    if (!scaler.ok())
      return scaler.status();
    datasetOptions.scaler = *std::move(scaler);
  }
  datasetOptions.allowNonFinite = options.allowNonFinite;
  absl::StatusOr<Dataset> data = readDataset(options.input, datasetOptions);
  if (data.ok())
    if (absl::Status status =
            checkFeatureCount(options.input, "--input", expected, *data);
        !status.ok())
      return status;
  return data;
}

absl::StatusOr<std::vector<int32_t>>
mase::readRunLabels(const RunOptions &options, const Dataset &data,
                    int64_t results) {
  std::vector<int32_t> labels = data.labels;
  std::string name = options.input;
  if (!options.labels.empty()) {
    name = options.labels;
    absl::StatusOr<std::vector<int32_t>> read = readLabels(options.labels);
    if (!read.ok())
      return read.status();
    labels = *std::move(read);
  } else if (!data.labelled) {
    return labels;
  }
  if (absl::Status status = checkLabels(name, labels, data.samples, results);
      !status.ok())
    return status;
  return labels;
}
