// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Readers of data.
#include "Targets.h"

#include "PipeSink.h"

#include "mase/Data/Array.h"
#include "mase/Data/Dataset.h"
#include "mase/Data/Scaler.h"

#include <cstdlib>

namespace mase::fuzz {

static void require(bool condition) {
  if (!condition)
    std::abort();
}

static void checkDataset(const Dataset &data) {
  int64_t width = 1;
  for (int64_t size : data.sampleShape)
    width *= size;
  require(!data.sampleShape.empty() && width == data.features);
  require(int64_t(data.x.size()) == data.samples * data.features);
  require(int64_t(data.labels.size()) == data.samples * data.labelled);
  require(data.featureNames.empty() ||
          int64_t(data.featureNames.size()) == data.features);
  if (!data.classNames.empty())
    for (int32_t label : data.labels)
      require(label >= 0 && size_t(label) < data.classNames.size());
}

/// Reads the data as several callers do.
static void readData(llvm::StringRef bytes) {
  for (bool lenient : {false, true}) {
    DatasetOptions options;
    options.allowNonFinite = lenient;
    if (lenient) {
      options.maxSamples = 3;
      options.classNames = {"g", "q", "w", "z", "t"};
    }
    absl::StatusOr<Dataset> data = parseDataset(bytes, options);
    if (data.ok())
      checkDataset(*data);
    else
      require(!data.status().message().empty());
  }
}

void runCsv(llvm::StringRef bytes) { readData(bytes); }
void runArff(llvm::StringRef bytes) { readData(bytes); }
void runNpz(llvm::StringRef bytes) { readData(bytes); }
void runHdf5(llvm::StringRef bytes) { readData(bytes); }

void runNpy(llvm::StringRef bytes) {
  readData(bytes);
  absl::StatusOr<Array> array = parseNpy(bytes, "x");
  if (array.ok()) {
    int64_t count = 1;
    for (int64_t size : array->shape)
      count = size == 0 ? 0 : count * size;
    bool isEmpty = llvm::is_contained(array->shape, 0);
    require(int64_t(array->data.size()) == (isEmpty ? 0 : count));
  }
  (void)parseNpyLabels(bytes, "y");
}

namespace {
/// Keeps nothing.
class NoSink : public RowSink {
public:
  absl::Status begin(const RowsHeader &header) override {
    require(!header.shape.empty());
    return absl::OkStatus();
  }
  absl::Status features(llvm::ArrayRef<float>) override {
    return absl::OkStatus();
  }
  absl::Status labels(llvm::ArrayRef<int32_t>) override {
    return absl::OkStatus();
  }
  absl::Status classes(llvm::ArrayRef<FoundClass>, bool) override {
    return absl::OkStatus();
  }
};
} // namespace

/// Blocks with their length in front, a byte.
void runHdf5Pipe(llvm::StringRef bytes) {
  NoSink sink;
  PipeReceiver receiver(sink);
  while (!bytes.empty()) {
    size_t length = uint8_t(bytes.front());
    bytes = bytes.drop_front();
    llvm::StringRef block = bytes.take_front(length);
    bytes = bytes.drop_front(block.size());
    if (!receiver.receive(block))
      break;
  }
  (void)receiver.finish("x");
}

void runScaler(llvm::StringRef bytes) {
  absl::StatusOr<Scaler> scaler = parseScaler(bytes, "scaler");
  if (scaler.ok())
    require(scaler->mean.size() == scaler->scale.size());
}

} // namespace mase::fuzz
