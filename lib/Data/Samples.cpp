// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samples as the options of commands name them.
#include "mase/Data/Dataset.h"
#include "mase/Support/InputFile.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace mase {

/// `count` samples of `dataset`, drawn without replacement, in their order.
static void draw(Dataset &dataset, int64_t count, uint64_t seed) {
  std::vector<int64_t> rows(size_t(dataset.samples));
  std::iota(rows.begin(), rows.end(), 0);
  // The engine's numbers are the same everywhere, std::shuffle's use of them
  // is not.
  std::mt19937_64 engine(seed);
  for (size_t i = 0; i < size_t(count); ++i)
    std::swap(rows[i], rows[i + engine() % (rows.size() - i)]);
  rows.resize(size_t(count));
  std::sort(rows.begin(), rows.end());
  size_t features = size_t(dataset.features);
  for (size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(dataset.x.begin() + rows[i] * dataset.features, features,
                dataset.x.begin() + int64_t(i * features));
    if (dataset.labelled)
      dataset.labels[i] = dataset.labels[size_t(rows[i])];
  }
  dataset.samples = count;
  dataset.x.resize(rows.size() * features);
  if (dataset.labelled)
    dataset.labels.resize(rows.size());
}

absl::StatusOr<Dataset> readSamples(const DataOptions &options,
                                    const DataTarget &target) {
  DatasetOptions reading;
  reading.allowNonFinite = options.allowNonFinite;
  reading.takesLabels = options.takesLabels;
  reading.classNames = target.classNames;
  if (options.samples < 0)
    return absl::InvalidArgumentError(absl::StrCat(
        "expected samples of at least 0, found ", options.samples));
  if (options.samples > 0 && !options.seed)
    reading.maxSamples = options.samples;
  if (!options.scaler.empty()) {
    absl::StatusOr<Scaler> scaler = readScaler(options.scaler);
    if (!scaler.ok())
      return scaler.status();
    reading.scaler = *std::move(scaler);
  }
  absl::StatusOr<Dataset> data = readDataset(options.data, reading);
  if (!data.ok())
    return data;
  if (absl::Status status = checkSampleShape(options.data, options.option,
                                             target.inputShape, *data);
      !status.ok())
    return status;
  if (data->samples == 0 && !options.mayBeEmpty)
    return absl::InvalidArgumentError(absl::StrCat(
        inputName(options.data), ": expected at least one sample, found none"));
  if (options.seed && options.samples > 0 && options.samples < data->samples)
    draw(*data, options.samples, *options.seed);
  return data;
}

} // namespace mase
