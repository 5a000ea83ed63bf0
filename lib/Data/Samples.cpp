// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samples as the options of commands name them.
#include "DatasetBuilder.h"
#include "Readers.h"
#include "SampleBlocks.h"

#include "mase/Support/Error.h"
#include "mase/Support/InputFile.h"

#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"

#include <algorithm>
#include <cmath>
#include <limits>
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

/// The scaler whose path the table, else the options, name, if they do.
static absl::StatusOr<std::optional<Scaler>>
readNamedScaler(const DataOptions &options, const DataConfig &config) {
  std::string path = config.scaler.isSet() ? *config.scaler : options.scaler;
  if (path.empty())
    return std::nullopt;
  return readScaler(path);
}

/// The split, of which a scaler may be fitted on another one. That one, or the
/// one that the options name, is what is returned.
static absl::StatusOr<std::optional<Scaler>>
takeSplit(Dataset &data, const DataOptions &options, const DataConfig &config) {
  std::optional<Scaler> scaler;
  if (!config.scalerSplit.isSet()) {
    absl::StatusOr<std::optional<Scaler>> named =
        readNamedScaler(options, config);
    if (!named.ok())
      return named;
    scaler = *std::move(named);
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

static absl::StatusOr<DataConfig> configOf(const DataOptions &options) {
  if (options.samples < 0)
    return absl::InvalidArgumentError(absl::StrCat(
        "expected samples of at least 0, found ", options.samples));
  if (options.config)
    return *options.config;
  return parseInlineData(options.data, options.option);
}

/// Whether rows are taken whatever the others are.
static bool takesAllRows(const DataConfig &config) {
  return !config.split.isSet() && !config.scalerSplit.isSet();
}

static absl::Status checkNumber(const Dataset &data, const DataOptions &options,
                                const DataConfig &config) {
  if (data.samples > 0 || options.mayBeEmpty)
    return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      inputName(*config.file), ": expected at least one sample, found none",
      config.split.isSet() ? absl::StrCat(" in split ", quoted(*config.split))
                           : std::string()));
}

absl::StatusOr<Dataset> readSamples(const DataOptions &options,
                                    const DataTarget &target) {
  absl::StatusOr<DataConfig> config = configOf(options);
  if (!config.ok())
    return config.status();
  DatasetOptions reading;
  reading.allowNonFinite = options.allowNonFinite;
  reading.takesLabels = options.takesLabels;
  reading.classNames = target.classNames;
  reading.fileClasses = config->classes;
  if (options.samples > 0 && !options.seed && takesAllRows(*config))
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
  if (absl::Status status = checkNumber(*data, options, *config); !status.ok())
    return status;
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

namespace {

/// Keeps labels, and passes features on: checked and scaled.
class Stream : public DatasetBuilder {
public:
  Stream(const DataOptions &options, const DataConfig &config,
         const DataTarget &target, unsigned jobs, SampleSink &sink)
      : DatasetBuilder(std::numeric_limits<int64_t>::max(), options.takesLabels,
                       config.classes),
        options(options), config(config), target(target),
        name(inputName(*config.file)),
        blocks(sink, jobs,
               [this](int64_t first, llvm::MutableArrayRef<float> rows) {
                 return prepare(first, rows);
               }) {}

  absl::Status begin(const RowsHeader &header) override {
    absl::Status status = DatasetBuilder::begin(header);
    if (status.ok())
      status = checkSampleShape(*config.file, options.option, target.inputShape,
                                dataset);
    if (!status.ok())
      return status;
    absl::StatusOr<std::optional<Scaler>> named =
        readNamedScaler(options, config);
    if (!named.ok())
      return named.status();
    scaler = *std::move(named);
    if (scaler)
      if (absl::Status status = checkScaler(dataset, *scaler); !status.ok())
        return readError(name, std::string(status.message()));
    if (header.rows >= 0 &&
        llvm::MulOverflow(header.rows, dataset.features, announced))
      announced = std::numeric_limits<int64_t>::max();
    return blocks.begin({header.rows, dataset.features, dataset.labelled});
  }
  absl::Status features(llvm::ArrayRef<float> rows) override {
    // What comes through a pipe need not be what was announced, which finish()
    // says.
    const int64_t left = announced - accepted();
    accept(int64_t(rows.size()));
    return blocks.append(rows.take_front(
        size_t(std::clamp<int64_t>(left, 0, int64_t(rows.size())))));
  }
  absl::Status stored(const StoredRows &rows) override {
    accept(rows.rows * rows.width);
    return blocks.run(rows);
  }

  absl::StatusOr<Dataset> finish() {
    if (absl::Status status = blocks.finish(); !status.ok())
      return status;
    return DatasetBuilder::finish(target.classNames, name);
  }

private:
  /// From any thread.
  absl::Status prepare(int64_t first, llvm::MutableArrayRef<float> rows) const {
    absl::Status status;
    if (!options.allowNonFinite)
      status = checkFinite(rows, first, dataset, name, "");
    if (!status.ok() || !scaler)
      return status;
    scaler->apply(rows);
    return options.allowNonFinite
               ? status
               : checkFinite(rows, first, dataset, name, " after scaling");
  }

  const DataOptions &options;
  const DataConfig &config;
  const DataTarget &target;
  std::string name;
  std::optional<Scaler> scaler;
  int64_t announced = std::numeric_limits<int64_t>::max(); ///< elements
  SampleBlocks blocks;
};

} // namespace

/// Samples that have been read give theirs to a sink.
static absl::Status passOn(Dataset &data, unsigned jobs, SampleSink &sink) {
  SampleBlocks blocks(sink, jobs, [](int64_t, llvm::MutableArrayRef<float>) {
    return absl::OkStatus();
  });
  absl::Status status =
      blocks.begin({data.samples, data.features, data.labelled});
  if (status.ok())
    status = blocks.run(MemoryRows(data.x, data.samples, data.features));
  data.x = {};
  return status;
}

absl::StatusOr<Dataset> streamSamples(const DataOptions &options,
                                      const DataTarget &target, unsigned jobs,
                                      SampleSink &sink) {
  absl::StatusOr<DataConfig> config = configOf(options);
  if (!config.ok())
    return config.status();
  if (!takesAllRows(*config) || options.samples > 0 || options.hashesRows) {
    absl::StatusOr<Dataset> data = readSamples(options, target);
    if (data.ok())
      if (absl::Status status = passOn(*data, jobs, sink); !status.ok())
        return status;
    return data;
  }
  absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      readInput(*config->file, /*nullTerminated=*/false);
  if (!buffer.ok())
    return buffer.status();
  ReadRequest request;
  request.allowNonFinite = options.allowNonFinite;
  request.maxRows = std::numeric_limits<int64_t>::max();
  Stream stream(options, *config, target, jobs, sink);
  if (absl::Status status =
          readRows(dataFile(*config->file, **buffer), stream, request);
      !status.ok())
    return status;
  absl::StatusOr<Dataset> data = stream.finish();
  if (data.ok())
    if (absl::Status status = checkNumber(*data, options, *config);
        !status.ok())
      return status;
  return data;
}

} // namespace mase
