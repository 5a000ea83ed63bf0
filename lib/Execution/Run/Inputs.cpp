// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samples and labels for mase-run.
#include "Run.h"

using namespace mase;

absl::StatusOr<Dataset> mase::readRunData(const RunOptions &options,
                                          const DataTarget &target,
                                          int64_t results) {
  DataOptions reading;
  reading.data = options.input;
  reading.scaler = options.scaler;
  reading.allowNonFinite = options.allowNonFinite;
  reading.option = "--input";
  reading.takesLabels = options.labels.empty();
  reading.mayBeEmpty = true;
  absl::StatusOr<Dataset> data = readSamples(reading, target);
  if (!data.ok())
    return data;
  if (!options.labels.empty()) {
    DatasetOptions labels;
    labels.classNames = target.classNames;
    absl::StatusOr<Labels> read = readLabels(options.labels, labels);
    if (!read.ok())
      return read.status();
    data->labelled = true;
    data->labels = std::move(read->numbers);
    data->warnings.insert(data->warnings.end(), read->warnings.begin(),
                          read->warnings.end());
  }
  if (data->labelled)
    if (absl::Status status =
            checkLabels(options.labels.empty() ? options.input : options.labels,
                        data->labels, data->samples, results);
        !status.ok())
      return status;
  return data;
}
