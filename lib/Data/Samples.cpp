// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samples as the options of commands name them.
#include "Readers.h"
#include "mase/Data/Dataset.h"

#include "mase/Support/Error.h"
#include "mase/Support/InputFile.h"

#include "llvm/Support/xxhash.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace mase {

/// The first `count` of `n` rows in an order that `seed` alone decides.
static std::vector<int64_t> permutation(int64_t n, int64_t count,
                                        uint64_t seed) {
  std::vector<int64_t> rows(static_cast<size_t>(n));
  std::iota(rows.begin(), rows.end(), 0);
  // The engine's numbers are the same everywhere, std::shuffle's use of them
  // is not.
  std::mt19937_64 engine(seed);
  for (size_t i = 0; i < size_t(count); ++i)
    std::swap(rows[i], rows[i + engine() % (rows.size() - i)]);
  return rows;
}

/// Leaves the rows with these numbers, in the dataset's order.
static void keep(Dataset &dataset, std::vector<int64_t> rows) {
  std::sort(rows.begin(), rows.end());
  size_t features = size_t(dataset.features);
  for (size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(dataset.x.begin() + rows[i] * dataset.features, features,
                dataset.x.begin() + int64_t(i * features));
    if (dataset.labelled)
      dataset.labels[i] = dataset.labels[size_t(rows[i])];
  }
  dataset.samples = int64_t(rows.size());
  dataset.x.resize(rows.size() * features);
  if (dataset.labelled)
    dataset.labels.resize(rows.size());
}

namespace {

/// The parts of a file.
class Splits {
public:
  Splits(const DataConfig &config, int64_t samples)
      : config(config),
        order(permutation(samples, samples, uint64_t(*config.seed))) {}

  /// The rows of the part called `name`.
  std::vector<int64_t> rows(llvm::StringRef name) const {
    double before = 0;
    for (const SplitFraction &part : config.fractions) {
      if (part.name == name)
        return {order.begin() + position(before),
                order.begin() + position(before + part.fraction)};
      before += part.fraction;
    }
    return {};
  }

private:
  int64_t position(double share) const {
    int64_t samples = int64_t(order.size());
    return std::clamp<int64_t>(std::llround(share * double(samples)), 0,
                               samples);
  }

  const DataConfig &config;
  std::vector<int64_t> order;
};

} // namespace

/// Mean and standard deviation over the finite values of each feature.
static Scaler fit(const Dataset &dataset, llvm::ArrayRef<int64_t> rows) {
  size_t width = size_t(dataset.sampleShape.back());
  std::vector<double> mean(width), scale(width);
  std::vector<int64_t> count(width);
  auto forValues = [&](auto take) {
    for (int64_t row : rows)
      for (int64_t i = 0; i < dataset.features; ++i)
        if (float x = dataset.x[size_t(row * dataset.features + i)];
            std::isfinite(x))
          take(size_t(i) % width, double(x));
  };
  forValues([&](size_t i, double x) {
    mean[i] += x;
    ++count[i];
  });
  for (size_t i = 0; i < width; ++i)
    mean[i] /= double(std::max<int64_t>(count[i], 1));
  forValues(
      [&](size_t i, double x) { scale[i] += (x - mean[i]) * (x - mean[i]); });
  for (size_t i = 0; i < width; ++i) {
    scale[i] = std::sqrt(scale[i] / double(std::max<int64_t>(count[i], 1)));
    if (scale[i] == 0)
      scale[i] = 1;
  }
  return {std::move(mean), std::move(scale), {}};
}

int64_t countShared(const Dataset &samples, const Dataset &others) {
  std::vector<uint64_t> known = others.rowHashes;
  std::sort(known.begin(), known.end());
  return std::count_if(
      samples.rowHashes.begin(), samples.rowHashes.end(), [&](uint64_t hash) {
        return std::binary_search(known.begin(), known.end(), hash);
      });
}

static void hashRows(Dataset &dataset) {
  size_t bytes = size_t(dataset.features) * sizeof(float);
  const auto *data = reinterpret_cast<const uint8_t *>(dataset.x.data());
  for (int64_t row = 0; row < dataset.samples; ++row)
    dataset.rowHashes.push_back(
        llvm::xxh3_64bits(llvm::ArrayRef(data + size_t(row) * bytes, bytes)));
}

/// The split, of which a scaler may be fitted on another one. That one, or the
/// one that the options name, is what is returned.
static absl::StatusOr<std::optional<Scaler>>
takeSplit(Dataset &data, const DataOptions &options, const DataConfig &config) {
  std::optional<Scaler> scaler;
  std::string path = config.scaler.isSet() ? *config.scaler : options.scaler;
  if (!config.scalerSplit.isSet() && !path.empty()) {
    absl::StatusOr<Scaler> read = readScaler(path);
    if (!read.ok())
      return read.status();
    scaler = *std::move(read);
  }
  if (config.split.isSet() || config.scalerSplit.isSet()) {
    Splits splits(config, data.samples);
    if (config.scalerSplit.isSet()) {
      std::vector<int64_t> rows = splits.rows(*config.scalerSplit);
      if (rows.empty())
        return errorAt(config.scalerSplit.location,
                       "expected samples to fit a scaler on, found none of " +
                           std::to_string(data.samples));
      scaler = fit(data, rows);
    }
    if (config.split.isSet())
      keep(data, splits.rows(*config.split));
  }
  return scaler;
}

absl::StatusOr<Dataset> readSamples(const DataOptions &options,
                                    const DataTarget &target) {
  absl::StatusOr<DataConfig> config =
      options.config ? *options.config
                     : parseInlineData(options.data, options.option);
  if (!config.ok())
    return config.status();
  if (options.samples < 0)
    return absl::InvalidArgumentError(absl::StrCat(
        "expected samples of at least 0, found ", options.samples));
  bool isWhole = !config->split.isSet() && !config->scalerSplit.isSet();
  DatasetOptions reading;
  reading.allowNonFinite = options.allowNonFinite;
  reading.takesLabels = options.takesLabels;
  reading.classNames = target.classNames;
  reading.fileClasses = config->classes;
  if (options.samples > 0 && !options.seed && isWhole)
    reading.maxSamples = options.samples;
  absl::StatusOr<Dataset> data = readDataset(*config->file, reading);
  if (!data.ok())
    return data;
  if (absl::Status status = checkSampleShape(*config->file, options.option,
                                             target.inputShape, *data);
      !status.ok())
    return status;
  absl::StatusOr<std::optional<Scaler>> scaler =
      takeSplit(*data, options, *config);
  if (!scaler.ok())
    return scaler.status();
  if (data->samples == 0 && !options.mayBeEmpty)
    return absl::InvalidArgumentError(absl::StrCat(
        inputName(*config->file), ": expected at least one sample, found none",
        config->split.isSet()
            ? absl::StrCat(" in split ", quoted(*config->split))
            : std::string()));
  if (options.samples > 0 && options.samples < data->samples) {
    std::vector<int64_t> rows =
        options.seed
            ? permutation(data->samples, options.samples, *options.seed)
            : permutation(data->samples, 0, 0);
    rows.resize(size_t(options.samples));
    keep(*data, std::move(rows));
  }
  if (options.hashesRows)
    hashRows(*data);
  if (*scaler)
    if (absl::Status status =
            scaleFinite(*data, **scaler, *config->file, options.allowNonFinite);
        !status.ok())
      return status;
  return data;
}

} // namespace mase
